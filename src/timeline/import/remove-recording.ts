// Removes a recording whose import did not come to its end, or that is dropped: for every reader at one stroke, then its
// rows, a few at a time. Until these are gone its numbers are not given away.

import type Database from "better-sqlite3";
import { inTurns, type Steps } from "../../base/steps.js";
import { DROPPED } from "../schema/dropped.js";
import { all, q, run } from "../store/sql.js";
import { PROJECTIONS } from "../derive/rebuild.js";
import { TableSlices, type Slice, type SliceRange } from "../store/table-slices.js";

/** All tables with rows of a recording. Those that name rows of others come before them. */
const TABLES = [
  ...PROJECTIONS,
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

/**
 * Drops an unfinished recording: no question finds it any more, and no import goes on with it. Its rows stay until
 * `removeDropped`. The caller holds the transaction.
 */
export function dropRecording(sqlite: Database.Database, id: number): void {
  run(sqlite, q.deleteFrom("chain").where("recording_id", "=", id));
  const values = { importer: DROPPED, batches: 0, last_seq: null };
  run(sqlite, q.updateTable("recording").set(values).where("id", "=", id));
}

/**
 * Removes what an import stores after its last batch and before it is complete: it may have died between. The names of
 * lines stay, because questions about the recording need them until it has read as far again. The caller holds the transaction.
 */
export function clearLast(sqlite: Database.Database, id: number): void {
  for (const table of ["irte_predicted_interval", "prediction"] as const)
    run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
}

/** Removes what is left of dropped recordings, in turns. Throws ERR_ABORTED soon after the signal fires. */
export function removeDropped(sqlite: Database.Database, signal?: AbortSignal): Promise<void> {
  return inTurns(removingDropped(sqlite), signal);
}

/** Removes what is left of dropped recordings. Whoever else does so at the same time is not in the way. */
export function* removingDropped(sqlite: Database.Database): Steps<void> {
  for (const dropped of droppedIn(sqlite)) {
    // The rows of other recordings with such a key are all before those of the newest.
    const range = { firstSeq: dropped.first_seq };
    yield* removingRows(sqlite, dropped.id, range, () => isDropped(sqlite, dropped));
    sqlite
      .transaction(() => {
        if (isDropped(sqlite, dropped))
          run(sqlite, q.deleteFrom("recording").where("id", "=", dropped.id));
      })
      .immediate();
  }
}

/** A dropped recording, and the first of its events. */
interface Dropped {
  readonly id: number;
  readonly first_seq: number;
}

function droppedIn(sqlite: Database.Database): readonly Dropped[] {
  return all(
    sqlite,
    q
      .selectFrom("recording")
      .select(["id", "first_seq"])
      .where("state", "=", "importing")
      .where("importer", "=", DROPPED),
  );
}

/** Its number may be another recording's by now. */
function isDropped(sqlite: Database.Database, { id }: Dropped): boolean {
  return droppedIn(sqlite).some((each) => each.id === id);
}

/**
 * Removes the rows of a recording from all tables, those of its own and of its links apart, while `isStill` says that
 * they are to be removed: each slice is a transaction of its own.
 */
export function* removingRows(
  sqlite: Database.Database,
  id: number,
  range: SliceRange,
  isStill: () => boolean,
): Steps<void> {
  for (const table of TABLES) {
    const slices = new TableSlices(sqlite, "main", table, range);
    const remove = ({ where, values }: Slice): void => {
      sqlite
        .prepare(`DELETE FROM main.${table} WHERE recording_id = ? AND ${where}`)
        .run(id, ...values);
    };
    const removeNext = sqlite.transaction(() => !isStill() || slices.next(remove));
    while (!removeNext.immediate()) yield;
    yield;
  }
}
