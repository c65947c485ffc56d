// The wall clock of the host that writes a timeline. Nothing that is said of a recording rests on it: it only tells when
// something was done with the timeline.

import type Database from "better-sqlite3";
import { prepared } from "./sql.js";

/** The time now in UTC, such as `2026-01-31T12:00:00.000Z`. */
export function wallClock(sqlite: Database.Database): string {
  const sql = "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
  return prepared<[], string>(sqlite, sql).pluck().get() ?? "";
}
