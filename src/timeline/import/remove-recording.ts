// Removes a recording whose import did not come to its end: for every reader at one stroke, then its rows, a few at a
// time. Until these are gone its numbers are not given away.

import type Database from "better-sqlite3";
import { inTurns, type Steps } from "../../base/steps.js";
import { DROPPED } from "../schema/dropped.js";
import { all, q, run } from "../store/sql.js";

/** All tables with rows of a recording. Those that name rows of others come before them. */
const TABLES = [
  "checkpoint",
  "frame",
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "irte_predicted_interval",
  "prediction",
  "fate_change",
  "fate_case",
  "fate_facts",
  "fate_state",
  "fate_verdict",
  "interrupt",
  "interrupt_case",
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

/** Rows that one transaction looks at: at first, and at most. */
const ROWS_FIRST = 512;
const ROWS_MAX = 16_384;
/** A transaction should take so many milliseconds, at least and at most: then readers and timers wait for it shortly. */
const MS_MIN = 5;
const MS_MAX = 15;

/**
 * Drops an unfinished recording: no question finds it any more, and no import goes on with it. Its rows stay until
 * `removeDropped`. The caller holds the transaction.
 */
export function dropRecording(sqlite: Database.Database, id: number): void {
  run(sqlite, q.deleteFrom("chain").where("recording_id", "=", id));
  const values = { importer: DROPPED, batches: 0, last_seq: null };
  run(sqlite, q.updateTable("recording").set(values).where("id", "=", id));
}

/** Removes what is left of dropped recordings, in turns. Throws ERR_ABORTED soon after the signal fires. */
export function removeDropped(sqlite: Database.Database, signal?: AbortSignal): Promise<void> {
  return inTurns(removingDropped(sqlite), signal);
}

/** Removes what is left of dropped recordings. Whoever else does so at the same time is not in the way. */
export function* removingDropped(sqlite: Database.Database): Steps<void> {
  for (const dropped of droppedIn(sqlite)) {
    for (const table of TABLES) yield* removingRows(sqlite, table, dropped);
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

/** Goes through a table once, by its key. */
function* removingRows(
  sqlite: Database.Database,
  table: (typeof TABLES)[number],
  dropped: Dropped,
): Steps<void> {
  const slices = new Slices(sqlite, table, dropped);
  let rows = ROWS_FIRST;
  for (let isLast = false; !isLast;) {
    const started = performance.now();
    isLast = sqlite
      .transaction(() => !isDropped(sqlite, dropped) || slices.removeNext(rows))
      .immediate();
    const ms = performance.now() - started;
    if (ms < MS_MIN) rows = Math.min(ROWS_MAX, rows * 2);
    if (ms > MS_MAX) rows = Math.ceil(rows / 2);
    yield;
  }
}

/** A table from where a recording's rows can begin, slice by slice. */
class Slices {
  private readonly sqlite: Database.Database;
  private readonly table: string;
  private readonly id: number;
  /** The columns of the key, with a comma between them. */
  private readonly key: string;
  /** The key of the last row that was looked at; null = none was. */
  private from: readonly unknown[] | null = null;

  constructor(sqlite: Database.Database, table: string, { id, first_seq }: Dropped) {
    this.sqlite = sqlite;
    this.table = table;
    this.id = id;
    const key = sqlite
      .prepare<[string], string>("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")
      .pluck()
      .all(table);
    this.key = key.join(", ");
    // The rows of other recordings with such a key are all before those of the newest.
    if (key.length === 1 && key[0] === "seq") this.from = [first_seq - 1];
  }

  /** Looks at the next rows, and removes the recording's. true = these were the last ones. */
  removeNext(rows: number): boolean {
    const { sqlite, table, key, id } = this;
    const after = this.from === null ? "TRUE" : `(${key}) > (${placesFor(this.from)})`;
    const to = sqlite
      .prepare<unknown[], unknown[]>(
        `SELECT ${key} FROM main.${table} WHERE ${after} ORDER BY ${key} LIMIT 1 OFFSET ${rows - 1}`,
      )
      .raw()
      .safeIntegers()
      .get(...(this.from ?? []));
    const until = to === undefined ? "TRUE" : `(${key}) <= (${placesFor(to)})`;
    sqlite
      .prepare(`DELETE FROM main.${table} WHERE recording_id = ? AND ${after} AND ${until}`)
      .run(id, ...(this.from ?? []), ...(to ?? []));
    this.from = to ?? null;
    return to === undefined;
  }
}

function placesFor(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
