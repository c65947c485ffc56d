// The events of a timeline as a ready-made CSV, and a table of the importer's shape to load it into:
// what `.import` and COPY begin with.

import { closeSync, existsSync, openSync, writeFileSync, writeSync } from "node:fs";
import Database from "better-sqlite3";

export const CSV = "events.csv";
export const CREATE = "create.sql";
export const CREATE_WITH_INDEX = "create-with-index.sql";
const ROWS_PER_WRITE = 4096;

/** The columns of the event table. */
export function eventColumns(path: string): string[] {
  const sqlite = new Database(path, { readonly: true });
  const columns = sqlite.prepare("SELECT * FROM event LIMIT 0").columns();
  sqlite.close();
  return columns.map(({ name }) => name);
}

/**
 * Writes events.csv, create.sql and create-with-index.sql, once a run; the number of events. The
 * table is not STRICT, because `.import` cannot give NULL: it stores empty text.
 */
export function writeCsv(folder: string, timeline: string): number {
  const sqlite = new Database(`${folder}/${timeline}`, { readonly: true });
  const events = sqlite.prepare<[], number>("SELECT count(*) FROM event").pluck().get() ?? 0;
  if (!existsSync(`${folder}/${CSV}`)) {
    const file = openSync(`${folder}/${CSV}`, "w");
    let lines: string[] = [];
    const flush = (): void => {
      writeSync(file, lines.join(""));
      lines = [];
    };
    const rows = sqlite.prepare<[], unknown[]>("SELECT * FROM event").raw().safeIntegers();
    for (const row of rows.iterate()) {
      if (lines.push(`${row.join(",")}\n`) === ROWS_PER_WRITE) flush();
    }
    flush();
    closeSync(file);
    writeScripts(folder, sqlite);
  }
  sqlite.close();
  return events;
}

function writeScripts(folder: string, sqlite: Database.Database): void {
  const sql = sqlite.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE name = 'event'");
  const table = (sql.pluck().get() ?? "").replace(/\) STRICT$/, ")");
  const indexes = sqlite
    .prepare<[], string>(
      "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL",
    )
    .pluck()
    .all()
    .map((index) => index.replace("IS NOT NULL", "<> ''"));
  const pragmas =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;";
  writeFileSync(`${folder}/${CREATE}`, `${pragmas}\n${table};\n`);
  writeFileSync(
    `${folder}/${CREATE_WITH_INDEX}`,
    `${pragmas}\n${[table, ...indexes].join(";\n")};\n`,
  );
}
