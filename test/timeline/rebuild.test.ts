// The projections hold nothing of their own: dropped, they come back from the events as they were.

import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const PROJECTIONS = [
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "checkpoint",
];

function contents(file: string): unknown[] {
  const sqlite = new Database(file, { readonly: true });
  const rows = PROJECTIONS.map((table) =>
    sqlite.prepare(`SELECT * FROM ${table}`).safeIntegers().all(),
  );
  sqlite.close();
  return rows;
}

test("projections that were deleted are rebuilt from the events, row for row", async () => {
  const file = scratch.path(".db");
  const timeline = await openTimeline(file);
  await timeline.import(shippedPath("6.16-m2-mono-standard"));
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  timeline.close();
  const before = contents(file);
  const sqlite = new Database(file);
  for (const table of PROJECTIONS) sqlite.exec(`DELETE FROM ${table}`);
  sqlite.close();
  expect(contents(file)).not.toEqual(before);
  const again = await openTimeline(file);
  again.rebuild();
  again.close();
  expect(contents(file)).toEqual(before);
});
