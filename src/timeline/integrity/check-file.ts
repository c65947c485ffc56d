// The checks of `verify` that know nothing of recordings: SQLite's own, foreign keys, and the schema.

import { type Steps } from "../../base/steps.js";
import { allPlatforms } from "../../platforms/registry.js";
import { layoutRow, type LayoutRow } from "../store/tag-layout.js";
import type Database from "better-sqlite3";
import { migrationFiles } from "../open/migrate.js";
import {
  freshSchema,
  isRead,
  schemaDifferences,
  type SchemaDifference,
} from "../open/schema-objects.js";
import { type PragmaRows } from "./pragmas.js";
import { type Report } from "./report.js";

/** SQLite's own check of the file, as `rows` gives it. Returns its pages. */
export function checkSqlite(rows: PragmaRows, sqlite: Database.Database, report: Report): number {
  for (const row of rows("integrity_check") as readonly { integrity_check: string }[])
    if (row.integrity_check !== "ok") report(row.integrity_check);
  const pages = sqlite.pragma("main.page_count", { simple: true });
  return Number(pages);
}

/** A row that a foreign key names is not there. */
interface MissingRow {
  readonly table: string;
  readonly rowid: number | null;
  readonly parent: string;
}

/** Every row that a foreign key names is there, as `rows` tells. Returns the rows that have foreign keys. */
export function* checkForeignKeys(
  rows: PragmaRows,
  sqlite: Database.Database,
  report: Report,
): Steps<number> {
  for (const { table, rowid, parent } of rows("foreign_key_check") as readonly MissingRow[]) {
    const row = rowid === null ? "a row" : `row ${rowid}`;
    report(`${row} of ${table} names a row of ${parent} that is not there`);
  }
  const tables = sqlite
    .prepare<[], string>(
      `SELECT name FROM main.sqlite_schema WHERE type = 'table'
         AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(name))`,
    )
    .pluck()
    .all();
  let count = 0;
  for (const table of tables) {
    count += sqlite.prepare<[], number>(`SELECT count(*) FROM main."${table}"`).pluck().get() ?? 0;
    yield;
  }
  return count;
}

/** Are tables or views others than the migrations make, but for those that someone added? */
export function hasOtherRelations(sqlite: Database.Database): boolean {
  return schemaDifferences(sqlite).some(isRead);
}

/**
 * Tables, views and triggers are those that the migrations make; so are the rows of the vocabulary. Returns the
 * number of objects.
 */
export function checkSchema(sqlite: Database.Database, report: Report): number {
  const fresh = freshSchema();
  try {
    for (const { object, how } of schemaDifferences(sqlite)) report(`${object} ${SAID[how]}`);
    const made = schemaCount(fresh);
    if (hasOtherRelations(sqlite)) return made;
    checkLayouts(sqlite, fresh, report);
    for (const table of ["event_kind", "cause"]) {
      const rows = (from: Database.Database): string =>
        JSON.stringify(from.prepare(`SELECT * FROM main.${table} ORDER BY 1`).raw().all());
      if (rows(sqlite) !== rows(fresh)) report(`table ${table} is not what the migrations make`);
    }
    checkMigrationTables(sqlite, report);
    return made;
  } finally {
    fresh.close();
  }
}

function schemaCount(sqlite: Database.Database): number {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE sql IS NOT NULL";
  return sqlite.prepare<[], number>(sql).pluck().get() ?? 0;
}

const SAID: Readonly<Record<SchemaDifference["how"], string>> = {
  missing: "is missing",
  changed: "is not what the migrations make",
  added: "is there, and no migration makes it",
};

/** Which migrations were applied, and with which text: those of this program, in their order. */
function checkMigrationTables(sqlite: Database.Database, report: Report): void {
  const tables = sqlite
    .prepare<[], string>(
      `SELECT name FROM main.sqlite_schema
       WHERE type = 'table' AND name IN ('kysely_migration', 'migration_checksum') ORDER BY name`,
    )
    .pluck()
    .all();
  if (tables.length < 2) {
    report("the tables of the migrations are missing");
    return;
  }
  const files = migrationFiles();
  const rows = (sql: string): string => JSON.stringify(sqlite.prepare(sql).raw().all());
  const sums = files.map(({ name, sha256 }) => [name, sha256]);
  if (
    rows("SELECT name, sha256 FROM main.migration_checksum ORDER BY name") !== JSON.stringify(sums)
  )
    report("table migration_checksum does not have the migrations of this program");
  const names = files.map(({ name }) => [name]);
  if (rows("SELECT name FROM main.kysely_migration ORDER BY name") !== JSON.stringify(names))
    report("table kysely_migration does not have the migrations of this program");
}

/** The layouts of tags: those of the migrations, and besides only what a platform says of its profiles. */
function checkLayouts(sqlite: Database.Database, fresh: Database.Database, report: Report): void {
  const sql = "SELECT rules, bits, is_idx FROM main.tag_layout ORDER BY rules";
  const rows = (from: Database.Database): readonly LayoutRow[] =>
    from.prepare<[], LayoutRow>(sql).raw().all();
  const known = new Set([...rows(fresh), ...knownLayouts()].map(String));
  const stored = new Set(rows(sqlite).map(String));
  const isWhole = rows(fresh).every((row) => stored.has(String(row)));
  if (!isWhole || [...stored].some((row) => !known.has(row)))
    report("table tag_layout is not what the migrations and the rules make");
}

function knownLayouts(): readonly LayoutRow[] {
  return allPlatforms().flatMap((platform) =>
    platform.profiles.flatMap((profile) => {
      const layout = platform.tagLayoutOf(profile);
      return layout === null ? [] : [layoutRow(profile, layout)];
    }),
  );
}
