// Which recordings are redacted: a line of their header says so, which no file has, and which is sealed with the others.

import type Database from "better-sqlite3";
import { REDACTED_KEY, REDACTED_LINE } from "../../source/header/header-keys.js";
import { first, q, run } from "../store/sql.js";

/** Are names, pids, pointers and texts of this recording replaced? */
export function isRedacted(sqlite: Database.Database, recording: number): boolean {
  const mark = q
    .selectFrom("header_line")
    .select("line")
    .where("recording_id", "=", recording)
    .where("line", "=", REDACTED_LINE);
  return first(sqlite, mark) !== undefined;
}

/** Notes that it is so. The caller holds the transaction. */
export function markRedacted(sqlite: Database.Database, recording_id: number): void {
  const value = "names, pids, pointers and texts are replaced";
  const row = { recording_id, line: REDACTED_LINE, key: REDACTED_KEY, value, problem: null };
  run(sqlite, q.insertInto("header_line").values(row));
}
