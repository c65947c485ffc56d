// What no event gives back is sealed, column by column; the schema is the program's; and no byte of the
// file can change what was recorded without being found.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { TwinError, openTimeline } from "../../../src/index.js";
import { EVENT_COLUMNS } from "../../../src/timeline/store/row-bytes.js";
import { SEALED } from "../../../src/timeline/integrity/chain.js";
import { LOG_VERSION } from "../../../src/timeline/schema/log-version.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedLines } from "../../support/shipped.js";
import { tamper, verify } from "../../support/tamper.js";

const SEED = seedOr(20261123);
console.log(`sealed.test.ts: seed ${SEED} (IRQTWIN_TEST_SEED)`);

const scratch = new Scratch();
/** One short recording with a line that does not parse. */
let short: string;

beforeAll(async () => {
  short = scratch.path(".db");
  const header = ["# irqtwin vm: pid=1 name=web1", "# irqtwin what: is this"];
  const one = [...header, ...shippedLines("6.17-s1-one"), "this is no ftrace line", ""];
  const timeline = await openTimeline(short, { create: true });
  await timeline.import(scratch.file(".txt", one.join("\n")));
  timeline.close();
});

function changed(change: (sqlite: Database.Database) => void): string {
  return tamper(short, scratch.path(".db"), change);
}

const facts = Object.entries(SEALED[LOG_VERSION] ?? {}).flatMap(([table, { columns }]) =>
  columns.split(" ").map((column): [string, string] => [table, column]),
);

test.each(facts)("%s.%s is sealed", async (table, column) => {
  const path = changed((sqlite) => {
    const [row] = sqlite
      .prepare<[], Record<string, unknown>>(`SELECT * FROM ${table} LIMIT 1`)
      .all();
    expect(row, "a row to change").toBeDefined();
    const isText =
      (sqlite.pragma(`table_info(${table})`) as { name: string; type: string }[]).find(
        ({ name }) => name === column,
      )?.type === "TEXT";
    const other = isText ? `coalesce(${column}, '') || 'x'` : `coalesce(${column}, 0) + 1000`;
    const value =
      // A version above the newest is refused before anything is verified.
      column === "log_version"
        ? "2"
        : table === "gap" && column === "kind"
          ? "'lost'"
          : table === "recording" && column === "clock_unit"
            ? "'ns'"
            : other;
    const first = `SELECT ${SEALED[LOG_VERSION]?.[table]?.key ?? ""} FROM ${table} ORDER BY recording_id LIMIT 1`;
    const key = table === "recording" ? "1" : `(${first})`;
    sqlite.exec(
      `UPDATE ${table} SET ${column} = ${value} WHERE (${SEALED[LOG_VERSION]?.[table]?.key ?? ""}) = ${key}`,
    );
  });
  const report = await verify(path);
  expect(report.verdict).toBe("damaged");
  expect(report.findings.map(({ what }) => what).join("; ")).toMatch(
    new RegExp(`table ${table} |it is gone|no links`),
  );
});

test("a trigger, a view or a word of the vocabulary that is not the program's is found", async () => {
  for (const sql of [
    "DROP VIEW v_gap",
    "DROP VIEW v_gap; CREATE VIEW v_gap AS SELECT 1",
    "UPDATE event_kind SET name = 'other' WHERE id = 3",
    "UPDATE cause SET name = 'other' WHERE id = 3",
  ]) {
    const path = changed((sqlite) => sqlite.exec(sql));
    expect(
      (await verify(path)).findings.map(({ step }) => step),
      sql,
    ).toEqual(["schema"]);
  }
  const bare = scratch.path(".db");
  cpSync(short, bare);
  const sqlite = new Database(bare);
  sqlite.exec("DROP TRIGGER event_no_update; CREATE VIEW mine AS SELECT 1");
  sqlite.close();
  expect((await verify(bare)).findings.map(({ what }) => what)).toEqual([
    "trigger event_no_update is missing",
    "view mine is there, and no migration makes it",
  ]);
});

test("any byte of the file: refused with a code, found, or no matter to what was recorded", async () => {
  const facts = (path: string): string =>
    JSON.stringify(
      Object.entries({ event: { columns: EVENT_COLUMNS, key: "seq" }, ...SEALED[LOG_VERSION] }).map(
        ([table, { columns, key }]) =>
          rowsOf(path, `SELECT ${columns.replaceAll(" ", ", ")} FROM ${table} ORDER BY ${key}`).map(
            (row) => row.join("\u001f"),
          ),
      ),
    );
  const bytes = readFileSync(short);
  const whole = facts(short);
  let found = 0;
  const flip = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(flip, async ([at, mask]) => {
      const path = scratch.path(".db");
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ mask;
      writeFileSync(path, copy);
      try {
        const report = await verify(path);
        if (report.verdict === "intact") expect(facts(path)).toBe(whole);
        else found++;
      } catch (error) {
        expect(error).toBeInstanceOf(TwinError);
      }
    }),
    { seed: SEED, numRuns: 100 },
  );
  expect(found).toBeGreaterThan(15);
});
