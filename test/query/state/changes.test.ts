// What an event changed is found by the entries that frames name, and is what v_irte_change says of that event.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import Database from "better-sqlite3";
import { openTimeline, type FieldChange, type Timeline } from "../../../src/index.js";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const TAG_BITS = 12;

/** Lines of many frames; some exchanges are missing, so that writes count at events of other entries. */
function lines(count: number): string {
  const template = traceTemplate(shippedText("7.3-s2-two"), TAG_BITS);
  return [...repeatedLines(template, count)]
    .filter((line, i) => i % 3 !== 0 || !line.includes("irte_cmpxchg"))
    .flatMap((line, i) => (i % 5000 === 4999 ? ["CPU:1 [LOST 3 EVENTS]", line] : [line]))
    .join("\n");
}

/** A value of `at` as the view has it. */
function inSql(value: FieldChange["new"]): unknown {
  if (typeof value === "string" && !value.startsWith("0x")) return value;
  return value === null ? null : Number(value);
}

describe("changesAt()", () => {
  const db = scratch.path(".db");
  let timeline: Timeline;
  beforeAll(async () => {
    timeline = await openTimeline(db, { create: true });
    for (const count of [3000, 40_000])
      await timeline.import(scratch.file(".txt", `${lines(count)}\n`));
  });
  afterAll(() => {
    timeline.close();
  });

  test("is what v_irte_change says of each event", () => {
    const sqlite = new Database(db, { readonly: true });
    const rows = sqlite
      .prepare<[], [number, string, string, unknown]>(
        "SELECT seq, irte, field, new FROM v_irte_change",
      )
      .raw()
      .all();
    const atSeq = new Map<number, unknown[]>();
    for (const [seq, ...row] of rows) atSeq.set(seq, [...(atSeq.get(seq) ?? []), row]);
    expect(sqlite.prepare("SELECT count(*) FROM frame").pluck().get()).toBeGreaterThan(4);
    // Some entries changed at an event that does not name them, where no events were lost.
    const apart = `SELECT 1 FROM v_irte AS i JOIN v_event AS e ON e.seq = i.from_seq
      WHERE e.irte IS NOT i.irte AND e.kind <> 'events_lost'`;
    expect(sqlite.prepare(apart).all().length).toBeGreaterThan(10);
    sqlite.close();
    const recordings = timeline.recordings();
    const last = timeline.recording().last_seq ?? 0;
    expect(atSeq.size).toBeGreaterThan(1000);
    const different = Array.from({ length: last + 1 }, (_, i) => i + 1).filter((seq) => {
      // An event that another recording has is refused.
      const own = recordings.filter((each) => each.first_seq <= seq && seq <= (each.last_seq ?? 0));
      const changes = own.flatMap((recording) => recording.changesAt({ seq }));
      const said = changes.map((each) => [each.irte, each.field, inSql(each.new)]);
      return JSON.stringify(said) !== JSON.stringify(atSeq.get(seq) ?? []);
    });
    expect(different).toEqual([]);
  });

  test("needs no frame", async () => {
    const copy = scratch.path(".db");
    const other = await openTimeline(copy, { create: true });
    await other.import(scratch.file(".txt", `${lines(3000)}\n`));
    const said = (): unknown[] =>
      [...other.recording().log()].flatMap(({ seq }) => other.recording().changesAt({ seq }));
    const framed = said();
    const sqlite = new Database(copy);
    sqlite.exec("DELETE FROM frame");
    sqlite.close();
    other.close();
    const bare = await openTimeline(copy);
    const unframed = [...bare.recording().log()].flatMap(({ seq }) =>
      bare.recording().changesAt({ seq }),
    );
    bare.close();
    expect(framed.length).toBeGreaterThan(100);
    expect(unframed).toEqual(framed);
  });
});
