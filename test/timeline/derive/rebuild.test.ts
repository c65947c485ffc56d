// The projections hold nothing of their own: dropped, they come back from the events as they were.

import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { ALL_IRTE_NAMES } from "../../support/predicted.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const PROJECTIONS = [
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "irte_predicted_interval",
  "prediction",
  "checkpoint",
  "frame",
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
  const timeline = await openTimeline(file, { create: true });
  await timeline.import(shippedPath("6.16-m2-mono-standard"));
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  const lines = shippedLines("6.17-s1-one").filter((line) => !ALL_IRTE_NAMES.test(line));
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`));
  timeline.close();
  const before = contents(file);
  const sqlite = new Database(file);
  for (const table of PROJECTIONS) sqlite.exec(`DELETE FROM ${table}`);
  sqlite.close();
  expect(contents(file)).not.toEqual(before);
  const again = await openTimeline(file, { create: true });
  again.rebuild();
  again.close();
  expect(contents(file)).toEqual(before);
});
