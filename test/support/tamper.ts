// Someone who changes a timeline with SQL, though triggers forbid it, and covers his tracks.

import { cpSync } from "node:fs";
import Database from "better-sqlite3";
import { openTimeline, type VerifyReport } from "../../src/index.js";

/** Copies a timeline to `path` and changes the copy; its triggers are as they were afterwards. */
export function tamper(
  base: string,
  path: string,
  change: (sqlite: Database.Database) => unknown,
): string {
  cpSync(base, path);
  const sqlite = new Database(path);
  sqlite.pragma("foreign_keys = OFF");
  const triggers = sqlite
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'",
    )
    .all();
  for (const { name } of triggers) sqlite.exec(`DROP TRIGGER ${name}`);
  change(sqlite);
  for (const { sql } of triggers) sqlite.exec(sql);
  sqlite.close();
  return path;
}

/** What `verify` says of a timeline. */
export async function verify(path: string, anchor?: string): Promise<VerifyReport> {
  const timeline = await openTimeline(path, { readonly: true });
  try {
    return timeline.verify({ anchor });
  } finally {
    timeline.close();
  }
}
