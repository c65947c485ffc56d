// Questions of several statements, and when the file has changed between two of them.

import type Database from "better-sqlite3";
import { prepared } from "./sql.js";

/** The connections that are within `inOneRead`. */
const reading = new WeakSet<Database.Database>();

/** Asks what only reads, and reads all of it as of one commit. */
export function inOneRead<Result>(
  sqlite: Database.Database,
  question: (sqlite: Database.Database) => Result,
): Result {
  if (sqlite.inTransaction) return question(sqlite);
  prepared<[], never>(sqlite, "BEGIN").run();
  reading.add(sqlite);
  try {
    return question(sqlite);
  } finally {
    reading.delete(sqlite);
    end(sqlite);
  }
}

/** An error of SQLite may have ended the transaction. */
function end(sqlite: Database.Database): void {
  if (sqlite.inTransaction) prepared<[], never>(sqlite, "COMMIT").run();
}

/**
 * Changes with every commit: `data_version` with those of other connections, `total_changes` with our own. null = this
 * connection has not committed what it wrote.
 */
export function commitVersion(sqlite: Database.Database): string | null {
  if (sqlite.inTransaction && !reading.has(sqlite)) return null;
  const theirs = prepared<[], number>(sqlite, "PRAGMA data_version").pluck().get() ?? 0;
  const ours = prepared<[], number>(sqlite, "SELECT total_changes()").pluck().get() ?? 0;
  return `${theirs} ${ours}`;
}
