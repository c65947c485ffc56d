// The checks of `verify` that know nothing of recordings: SQLite's own, foreign keys, and the schema.

import { allPlatforms } from "../../platforms/registry.js";
import { layoutRow, type LayoutRow } from "../store/tag-layout.js";
import Database from "better-sqlite3";
import { migrationFiles } from "../open/migrate.js";
import { type Report } from "./report.js";

/** SQLite's own check of the file. Returns its pages. */
export function checkSqlite(sqlite: Database.Database, report: Report): number {
  const rows = sqlite.pragma("main.integrity_check(20)") as { integrity_check: string }[];
  for (const { integrity_check: what } of rows) if (what !== "ok") report(what);
  const pages = sqlite.pragma("main.page_count", { simple: true });
  return Number(pages);
}

/** Every row that a foreign key names is there. Returns the rows that have foreign keys. */
export function checkForeignKeys(sqlite: Database.Database, report: Report): number {
  const rows = sqlite.pragma("main.foreign_key_check") as {
    readonly table: string;
    readonly rowid: number | null;
    readonly parent: string;
  }[];
  for (const { table, rowid, parent } of rows) {
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
  const count = (table: string): number =>
    sqlite.prepare<[], number>(`SELECT count(*) FROM main."${table}"`).pluck().get() ?? 0;
  return tables.reduce((sum, table) => sum + count(table), 0);
}

/**
 * Tables, views and triggers are those that the migrations make; so are the rows of the vocabulary. Returns the
 * number of objects.
 */
export function checkSchema(sqlite: Database.Database, report: Report): number {
  const fresh = new Database(":memory:");
  try {
    for (const { sql } of migrationFiles()) fresh.exec(sql);
    const SCHEMA = "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    const stored = new Map(sqlite.prepare<[], [string, string]>(SCHEMA).raw().all());
    const made = fresh.prepare<[], [string, string]>(SCHEMA).raw().all();
    for (const [name, sql] of made) {
      const found = stored.get(name);
      if (found === undefined) report(`${name} is missing`);
      else if (found !== sql) report(`${name} is not what the migrations make`);
    }
    checkLayouts(sqlite, fresh, report);
    for (const table of ["event_kind", "cause"]) {
      const rows = (from: Database.Database): string =>
        JSON.stringify(from.prepare(`SELECT * FROM main.${table} ORDER BY 1`).raw().all());
      if (rows(sqlite) !== rows(fresh)) report(`table ${table} is not what the migrations make`);
    }
    return made.length;
  } finally {
    fresh.close();
  }
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
