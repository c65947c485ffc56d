// A new timeline is not taken through all migrations: what the first ones make of it is noted, and made at once.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashOfAll, makeAtOnce } from "../../../src/timeline/open/migrate.js";
import { MIGRATIONS } from "../../../src/timeline/open/migration-texts.js";
import { schemaHash } from "../../../src/timeline/open/schema-objects.js";

const { migrations } = MIGRATIONS;
const FOLDER = fileURLToPath(new URL("../../../migrations/at-once/", import.meta.url));
// To note what more migrations make, remove the file, write its name for the newest one, and run this test with -u.
const [FILE = ""] = readdirSync(FOLDER);
const first = migrations.slice(0, migrations.findIndex(({ name }) => `${name}.sql` === FILE) + 1);

let stepwise: Database.Database;

beforeEach(() => {
  stepwise = new Database(":memory:");
  for (const { sql } of first) stepwise.exec(sql);
});

afterEach(() => {
  stepwise.close();
});

/** Each table's rows, as statements that insert them. */
function rowsIn(sqlite: Database.Database): readonly string[] {
  const tables = sqlite
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")
    .pluck()
    .all();
  return tables.flatMap((table) => {
    const columns = sqlite
      .prepare<[string], string>("SELECT name FROM pragma_table_info(?)")
      .pluck()
      .all(table);
    const values = columns.map((name) => `quote("${name}")`).join(" || ', ' || ");
    return sqlite
      .prepare<[], string>(
        `SELECT 'INSERT INTO ${table} VALUES (' || ${values} || ')' FROM ${table}`,
      )
      .pluck()
      .all();
  });
}

test("it is noted what the first migrations make", async () => {
  expect(first.length).toBeGreaterThan(0);
  const objects = stepwise
    .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    .pluck()
    .all();
  const text = [
    `-- sha256 of the migrations: ${hashOfAll(first)}`,
    `-- What ${first[0]?.name ?? ""} to ${first.at(-1)?.name ?? ""} make of an empty database; a test writes it.`,
    ...[...objects, ...rowsIn(stepwise)].map((sql) => `${sql};`),
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot(`${FOLDER}${FILE}`);
});

test("what is made at once is what they make, with its rows", () => {
  const atOnce = new Database(":memory:");
  expect(makeAtOnce(atOnce, migrations)).toBe(first.length);
  expect(schemaHash(atOnce)).toBe(schemaHash(stepwise));
  expect(rowsIn(atOnce)).toEqual(rowsIn(stepwise));
  atOnce.close();
});

test("other migrations are run one by one", () => {
  const empty = new Database(":memory:");
  const other = migrations.map((each, i) => (i === 3 ? { ...each, sql: `${each.sql}\n` } : each));
  expect(makeAtOnce(empty, other)).toBe(0);
  expect(rowsIn(empty)).toEqual([]);
  empty.close();
});
