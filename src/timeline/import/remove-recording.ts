// Removes a recording whose import did not come to its end.

import type Database from "better-sqlite3";
import { q, run } from "../store/sql.js";

/** Removes an unfinished recording and all its rows. The caller holds the transaction. */
export function removeRecording(sqlite: Database.Database, id: number): void {
  const tables = [
    "chain",
    "checkpoint",
    "frame",
    "irte_interval",
    "vcpu_interval",
    "route_interval",
    "link_interval",
    "irte_predicted_interval",
    "prediction",
    "write_verdict",
    "finding",
    "audit",
    "call_return",
    "marker",
    "event",
    "gap",
    "rejected_line",
    "header_word",
    "header_line",
    "recording_name",
    "host_cpu",
    "vcpu",
    "vm",
    "task",
  ] as const;
  for (const table of tables) run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  run(sqlite, q.deleteFrom("recording").where("id", "=", id));
}
