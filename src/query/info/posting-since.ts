// Since when an entry is posted, or is not: the event at which that began, and its cause.

import { type Cause } from "../../domain/events/causes.js";
import type Database from "better-sqlite3";
import { parseIrteName } from "../../domain/values/names.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** The event since which an entry is as it is, and its time and cause. */
export interface Since {
  /** The event. */
  readonly since_seq: number;
  /** Its time, in the recording's clock unit. */
  readonly since_ns: string;
  /** Its cause (CAUSES); null = none is known. */
  readonly cause: Cause | null;
}

interface Row extends Since {
  readonly mode: string;
  readonly to_seq: number | null;
}

/**
 * Since when an entry is posted; of one that is not: since its posting ended, or, if it was not posted in its present
 * life, since it has its mode. Where events were lost, since it is known. null = no interval holds the moment.
 */
export function postingSince(
  sqlite: Database.Database,
  { id }: Recording,
  irte: string,
  seq: number,
): Since | null {
  const { devid, index } = parseIrteName(irte) ?? { devid: -1, index: -1 };
  const rows = sqlite
    .prepare<unknown[], Row>(
      `SELECT from_seq AS since_seq, cast(from_ns AS text) AS since_ns, cause, mode, to_seq FROM v_irte
       WHERE recording_id = ? AND devid = ? AND irte_index = ? AND irte = ? AND from_seq <= ?
       ORDER BY from_seq DESC`,
    )
    .iterate(id, devid, index, irte, seq);
  return walkedBack(rows);
}

/** Rows of an entry, the newest first. */
function walkedBack(rows: Iterable<Row>): Since | null {
  let now: Row | null = null;
  let began: Row | null = null;
  let since: Row | null = null;
  for (const row of rows) {
    if (since !== null && row.to_seq !== since.since_seq) break;
    now ??= row;
    if (row.mode === "free" || row.mode === "unknown") break;
    if (now.mode === "posted" && row.mode !== "posted") break;
    if (row.mode === "posted" && now.mode !== "posted") return since;
    if (row.mode === now.mode && (began === null || began === since)) began = row;
    since = row;
  }
  return began ?? now;
}
