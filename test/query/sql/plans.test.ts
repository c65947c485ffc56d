// What SQLite does for the questions that everyone asks in SQL: an as-of question never reads the log.

import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  timeline.close();
});

const AS_OF = "from_ns <= 43995080912 AND (to_ns IS NULL OR 43995080912 < to_ns)";

function planOf(sql: string): readonly string[] {
  const sqlite = new Database(db, { readonly: true });
  const rows = sqlite.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all();
  sqlite.close();
  return rows.map(({ detail }) => detail);
}

/** Full scans of the log: by its own name, or the `e` of the views. */
function scansOfLog(plan: readonly string[]): readonly string[] {
  return plan.filter((step) => /^SCAN (event|e|ae|re)\b/.test(step));
}

describe("the query plan of a question as of a moment", () => {
  it.each([
    ["all IRTEs", `SELECT * FROM v_irte WHERE ${AS_OF}`],
    ["one IRTE", `SELECT * FROM v_irte WHERE devid = 64 AND irte_index = 0 AND ${AS_OF}`],
    ["all vCPUs", `SELECT * FROM v_vcpu WHERE ${AS_OF}`],
    ["all routes", `SELECT * FROM v_route WHERE ${AS_OF}`],
    ["all links", `SELECT * FROM v_link WHERE ${AS_OF}`],
    ["the changes of one IRTE", "SELECT * FROM v_irte_change WHERE devid = 64 AND irte_index = 0"],
  ])("%s: does not scan the log", (_what, sql) => {
    expect(scansOfLog(planOf(sql))).toEqual([]);
  });

  it("one IRTE is found by its key", () => {
    const plan = planOf(`SELECT * FROM v_irte WHERE devid = 64 AND irte_index = 0 AND ${AS_OF}`);
    expect(plan.join("\n")).toMatch(/SEARCH i USING .*devid=\? AND irte_index=\?/);
  });

  it("of one event and a range of them is a search by seq", () => {
    const plan = planOf("SELECT * FROM v_event WHERE seq BETWEEN 10 AND 20");
    expect(plan.join("\n")).toMatch(/SEARCH e USING INTEGER PRIMARY KEY/);
  });

  it("for which VM a lost interrupt was is found among what connects its entry, however much was written to it", () => {
    const plan = planOf("SELECT vm_id FROM v_interrupt WHERE verdict = 'lost'");
    expect(plan.join("\n")).toMatch(
      /SEARCH e USING INDEX event_connects \(devid=\? AND irte_index=\? AND rowid<\?\)/,
    );
  });

  it("is told apart from a scan of the log", () => {
    expect(scansOfLog(planOf("SELECT count(*) FROM v_event WHERE comm = 'x'"))).not.toEqual([]);
  });
});
