// A table slice by slice, in the order of its key, so that no statement takes long.

import type Database from "better-sqlite3";

/** Rows of one slice: at first, at most, and at least, for a slice of few rows takes nearly as long on a busy machine. */
const ROWS_FIRST = 512;
const ROWS_MIN = 256;
const ROWS_MAX = 16_384;
/** A slice should take so many milliseconds, at least and at most: then readers and timers wait for it shortly. */
const MS_MIN = 5;
const MS_MAX = 15;

/** Some neighbouring rows of a table. */
export interface Slice {
  /** The SQL condition that they meet, and no others. */
  readonly where: string;
  /** Its parameters. */
  readonly values: readonly unknown[];
  /** No row comes after them. */
  readonly isLast: boolean;
}

/** A recording, and the events that it has. */
export interface RecordingRows {
  /** Its number. */
  readonly id: number;
  /** Its first event. */
  readonly firstSeq: number;
  /** Its last event; null = it has none. */
  readonly lastSeq: number | null;
}

/** Which rows of a table are in its slices. */
export interface SliceRange {
  /** A table whose key is seq is taken from there on. Absent = from its beginning. */
  readonly firstSeq?: number;
  /** Where the key tells which rows are this recording's, no others are taken. Absent = all are. */
  readonly only?: RecordingRows;
}

/** By table and key column: how many keys there are for each seq. All other keys tell nothing of a seq. */
const KEYS_PER_SEQ: Readonly<Record<string, number>> = {
  "event seq": 1,
  "call_return seq": 1,
  "marker seq": 1,
  "write_verdict seq": 1,
  "checkpoint seq": 1,
  "frame first_seq": 1,
  "interrupt id": 1,
  "fate_change id": 2 ** 20,
  "fate_state fate_change": 2 ** 20,
};

/** The condition that all rows of a recording meet, as far as the key of their table tells it. */
function keysOf(table: string, key: string, { id, firstSeq, lastSeq }: RecordingRows): string {
  if (key.split(", ")[0] === "recording_id") return `recording_id = ${id}`;
  const perSeq = KEYS_PER_SEQ[`${table} ${key}`];
  if (perSeq === undefined) return "TRUE";
  const from = BigInt(firstSeq) * BigInt(perSeq);
  const to = BigInt((lastSeq ?? firstSeq - 1) + 1) * BigInt(perSeq);
  return `${key} >= ${from} AND ${key} < ${to}`;
}

/** The slices of one table, each as large as the time allows that the one before it took. */
export class TableSlices {
  private readonly sqlite: Database.Database;
  private readonly table: string;
  /** The columns of the key, with a comma between them. */
  private readonly key: string;
  /** What all rows of the slices meet. */
  private readonly within: string;
  /** The key of the last row that was looked at; null = none was. */
  private from: readonly unknown[] | null = null;
  private rows = ROWS_FIRST;

  /** `table`: in the database `schema` of the connection. */
  constructor(
    sqlite: Database.Database,
    schema: string,
    table: string,
    { firstSeq, only }: SliceRange = {},
  ) {
    this.sqlite = sqlite;
    this.table = `${schema}.${table}`;
    const key = sqlite
      .prepare<[string, string], string>(
        "SELECT name FROM pragma_table_info(?, ?) WHERE pk > 0 ORDER BY pk",
      )
      .pluck()
      .all(table, schema);
    this.key = key.join(", ");
    this.within = only === undefined ? "TRUE" : keysOf(table, this.key, only);
    if (firstSeq !== undefined && this.key === "seq") this.from = [firstSeq - 1];
  }

  /** Does something with the next slice. true = it was the last one. */
  next(use: (slice: Slice) => void): boolean {
    const started = performance.now();
    const slice = this.cut();
    use(slice);
    const ms = performance.now() - started;
    if (ms < MS_MIN) this.rows = Math.min(ROWS_MAX, this.rows * 2);
    if (ms > MS_MAX) this.rows = Math.max(ROWS_MIN, Math.ceil(this.rows / 2));
    return slice.isLast;
  }

  private cut(): Slice {
    const { table, key, from, within } = this;
    const after = `${within} AND ${from === null ? "TRUE" : `(${key}) > (${placesFor(from)})`}`;
    const to = this.sqlite
      .prepare<unknown[], unknown[]>(
        `SELECT ${key} FROM ${table} WHERE ${after} ORDER BY ${key} LIMIT 1 OFFSET ${this.rows - 1}`,
      )
      .raw()
      .safeIntegers()
      .get(...(from ?? []));
    this.from = to ?? null;
    if (to === undefined) return { where: after, values: from ?? [], isLast: true };
    const where = `${after} AND (${key}) <= (${placesFor(to)})`;
    return { where, values: [...(from ?? []), ...to], isLast: false };
  }
}

function placesFor(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
