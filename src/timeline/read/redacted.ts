// Which recordings are redacted: a line of their header says so, which no file has, and which is sealed with the others.

import type Database from "better-sqlite3";
import { REDACTED_KEY, REDACTED_LINE } from "../../source/header/header-keys.js";
import { first, q, run } from "../store/sql.js";

/** Are names, pids, pointers and texts of this recording replaced? */
export function isRedacted(sqlite: Database.Database, recording: number): boolean {
  return redactionMark(sqlite, recording) !== null;
}

/** What a recording says of its redaction (`Redaction.mark`); null = it is not redacted. */
export function redactionMark(sqlite: Database.Database, recording: number): string | null {
  const mark = q
    .selectFrom("header_line")
    .select("value")
    .where("recording_id", "=", recording)
    .where("line", "=", REDACTED_LINE);
  return first(sqlite, mark)?.value ?? null;
}

/** Notes that it is so: `value` is the mark of its redaction. The caller holds the transaction. */
export function markRedacted(sqlite: Database.Database, recording_id: number, value: string): void {
  const row = { recording_id, line: REDACTED_LINE, key: REDACTED_KEY, value, problem: null };
  run(sqlite, q.insertInto("header_line").values(row));
}
