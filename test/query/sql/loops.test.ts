// What SQLite does for every view, every recipe and every count of writes: nothing reads a whole table, or the whole of
// a recording's part of it, again for each row of another one. Such a plan costs the square of a recording.

import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { COOKBOOK, SCHEMA, WRITE_GROUPS, narrowingSql, openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let counts: readonly (readonly [string, string])[] = [];

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  counts = WRITE_GROUPS.map((by) => [by, timeline.recording().audit({ by }).sql]);
  timeline.close();
});

interface Step {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** The plan of a statement, of one recording as irqtwin asks it, or of all as another client does. */
function planOf(sql: string, isNarrowed: boolean): readonly Step[] {
  const sqlite = new Database(db, { readonly: true });
  for (const each of isNarrowed ? narrowingSql(sql, null) : []) sqlite.exec(each);
  const steps = sqlite.prepare<[], Step>(`EXPLAIN QUERY PLAN ${sql}`).all();
  sqlite.close();
  return steps;
}

/** Reads all rows, or all of one recording, which mostly is all. */
const READS_ALL = /^SCAN |^SEARCH \w+$|^SEARCH .* \(recording_id=\?\)(?: LEFT-JOIN)?$/;
/** Goes over more rows than one: no search by a key of one row, as `rowid` is. */
const LOOP = /^(?:SCAN|SEARCH) (?!.* \((?:rowid|rules)=\?\))/;
/** A table of a few rows that irqtwin itself fills: eight fields of an entry, kinds, causes, layouts of tags. */
const SMALL = /^(?:SCAN|SEARCH) (?:field|k|witness|cause|\d+ CONSTANT ROWS?|CONSTANT ROW)\b/;

/** The steps that read everything once for each row of a loop around them. */
function rereads(plan: readonly Step[]): readonly string[] {
  const byId = new Map(plan.map((step) => [step.id, step]));
  const isRepeated = ({ parent }: Step): boolean => {
    for (let at = byId.get(parent); at !== undefined; at = byId.get(at.parent)) {
      if (/^(?:MATERIALIZE|SCALAR SUBQUERY|LIST SUBQUERY) /.test(at.detail)) return false;
      if (at.detail.startsWith("CORRELATED ")) return true;
    }
    return false;
  };
  const isInner = (step: Step): boolean =>
    plan.some(
      ({ id, parent, detail }) =>
        parent === step.parent && id < step.id && LOOP.test(detail) && !SMALL.test(detail),
    );
  return plan
    .filter(({ detail }) => READS_ALL.test(detail) && !SMALL.test(detail))
    .filter((step) => isInner(step) || isRepeated(step))
    .map(({ detail }) => detail);
}

describe.each([
  ["of one recording", true],
  ["of all recordings", false],
])("asked %s", (_whose, isNarrowed) => {
  const views = SCHEMA.filter(({ kind }) => kind === "view");
  test.each(views.map(({ name }) => name))("%s reads no table in a loop", (name) => {
    expect(rereads(planOf(`SELECT * FROM ${name}`, isNarrowed))).toEqual([]);
  });

  test.each(COOKBOOK.map(({ id, sql }) => [id, sql]))("%s reads no table in a loop", (_id, sql) => {
    expect(rereads(planOf(sql, isNarrowed))).toEqual([]);
  });
});

test("counts of writes read no table in a loop", () => {
  expect(counts.length).toBeGreaterThan(4);
  for (const [by, sql] of counts) expect(rereads(planOf(sql, false)), by).toEqual([]);
});

describe("is told apart from", () => {
  test.each([
    ["a join without a key", "SELECT * FROM v_link AS l JOIN v_route AS r ON l.irte < r.type"],
    [
      "a join by a name that is made",
      "SELECT * FROM v_link AS l JOIN v_irte AS i ON l.irte || '' = i.irte || ''",
    ],
    [
      "a subquery for each row",
      "SELECT (SELECT max(gsi) FROM event WHERE line > w.line) FROM event w",
    ],
    ["a join by the recording alone", "SELECT * FROM v_link JOIN v_route USING (recording_id)"],
  ])("%s", (_what, sql) => {
    expect(rereads(planOf(sql, false))).not.toEqual([]);
  });
});
