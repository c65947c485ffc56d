// Intervals of lanes in a window, at a level of detail.

import { TwinError } from "../../base/errors.js";
import { type Steps } from "../../base/steps.js";
import { type TimeText } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import type Database from "better-sqlite3";
import { cut, flagsOf, windowOf, type Columns } from "./cut.js";
import { NOTHING, type LaneRows } from "./lane-rows.js";
import { laneOfId } from "./lane-ids.js";
import { type LaneSource } from "./lane-reader.js";
import { laneStore } from "./lane-store.js";

/** Which lanes are asked for, from when to when, and how finely. */
export interface LaneIntervalsOptions {
  /** Ids of `lanes()`, 1 to 512. Must be given. */
  readonly lanes: readonly string[];
  /** The begin of the window in the recording's clock unit, inclusive. Absent = the recording's first line. */
  readonly from?: TimeText | undefined;
  /** Its end, exclusive. Absent = behind the recording's last line. */
  readonly to?: TimeText | undefined;
  /** About how many columns the window has, 1 to 16,384. Absent = 0: every interval is exact. */
  readonly columns?: number | undefined;
  /** At most so many rows of all lanes together; more are ERR_USAGE. Absent = as many as there are. */
  readonly rows?: number | undefined;
  /**
   * true: a check is not waited for. Then the lane of findings of a recording that was not checked is `pending`. Absent =
   * false.
   */
  readonly quick?: boolean | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** The rows of a lane as columns of equal length, by the begin of their intervals. */
export interface LaneColumns {
  /** The begin, inclusive, in units since the window's `from`; below 0 where it begins before. */
  readonly from: readonly number[];
  /** The end, exclusive; null = it goes on to the end. The same as the begin: a moment. */
  readonly to: readonly (number | null)[];
  /** The event that begins it; null = none. */
  readonly seq: readonly (number | null)[];
  /** The place of its state, a key of `states` of `lanes()`, in `words`. */
  readonly state: readonly number[];
  /** The place of its label in `words`. */
  readonly label: readonly number[];
  /** One of LANE_SOURCES. */
  readonly source: readonly number[];
  /** Of LANE_FLAGS, added up. */
  readonly flags: readonly number[];
  /** 1 = exact; else so many intervals begin in this column, whose bounds `from` and `to` are. */
  readonly count: readonly number[];
}

/** One lane in a window. */
export interface LaneWindow {
  /** Its id. */
  readonly id: string;
  /** true: its rows are not known yet, so it has none here. Only the lane of findings, and only with `quick`. */
  readonly pending: boolean;
  /** The texts that rows point to. */
  readonly words: readonly string[];
  /** Its rows. */
  readonly rows: LaneColumns;
}

/** Lanes in a window. */
export interface LaneIntervals {
  /** The begin of the window: that which was asked for, or the edge of a column before it. */
  readonly from: TimeText;
  /** Its end, exclusive, likewise. */
  readonly to: TimeText;
  /** How many columns it has; 0 = every interval is exact. */
  readonly columns: number;
  /** Units of a column, a power of two; 0 = every interval is exact. */
  readonly bucket: number;
  /** The lanes in the order in which they were asked for. */
  readonly lanes: readonly LaneWindow[];
}

const LANES_MAX = 512;
const COLUMNS_MAX = 16_384;

/**
 * Reads lanes in a window. Throws ERR_USAGE for a window that is none, or has too many rows, ERR_NAME for a lane that is
 * none.
 */
export function* laneIntervals(
  sqlite: Database.Database,
  recording: Recording,
  options: LaneIntervalsOptions,
): Steps<LaneIntervals> {
  const { lanes: ids } = options;
  if (ids.length === 0 || ids.length > LANES_MAX)
    throw new TwinError("ERR_USAGE", `laneIntervals takes 1 to ${LANES_MAX} lanes`);
  const [source, store] = laneStore(sqlite, recording);
  const columns = columnsOf(windowOfText(source, options), options.columns ?? 0, source.base);
  const budget = new RowBudget(options.rows ?? Infinity);
  const lanes: LaneWindow[] = [];
  for (const id of ids) {
    const isPending = options.quick === true && (yield* store.isPending(source, id));
    const rows = isPending ? NOTHING : yield* store.rows(source, id);
    const hasTexts = laneOfId(source.table, id).of.rows_from === "markers";
    const window = yield* laneWindow({ id, rows, hasTexts }, columns, budget);
    lanes.push({ ...window, pending: isPending });
    yield;
  }
  const from = BigInt(columns.from) + source.base;
  return {
    from: String(from),
    to: String(from + BigInt(columns.bucket) * BigInt(columns.count)),
    columns: columns.isExact ? 0 : columns.count,
    bucket: columns.isExact ? 0 : columns.bucket,
    lanes,
  };
}

/** A span of times, [from, to). */
export interface TimeWindow {
  /** Its begin, inclusive. */
  readonly from: bigint;
  /** Its end, exclusive. */
  readonly to: bigint;
}

/** The window that is asked for. Throws ERR_USAGE where it is none. */
export function windowOfText(
  { bounds }: LaneSource,
  { from, to }: Pick<LaneIntervalsOptions, "from" | "to">,
): TimeWindow {
  const window = {
    from: from === undefined ? (bounds?.least ?? 0n) : timeOfText("from", from),
    to: to === undefined ? (bounds?.greatest ?? 0n) + 1n : timeOfText("to", to),
  };
  if (window.from >= window.to)
    throw new TwinError(
      "ERR_USAGE",
      `a window ends after its begin: ${window.from} to ${window.to} is none`,
    );
  return window;
}

function timeOfText(name: string, text: string): bigint {
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text);
  throw new TwinError(
    "ERR_USAGE",
    `${name} is a time in units of the clock, not ${JSON.stringify(text)}`,
  );
}

/** Columns of a power of two units, as many as were asked for or up to twice as many, from the edge of one on. */
export function columnsOf(
  { from, to }: TimeWindow,
  wanted: number,
  base: bigint,
): Columns & { readonly isExact: boolean } {
  if (!(Number.isSafeInteger(wanted) && wanted >= 0 && wanted <= COLUMNS_MAX))
    throw new TwinError("ERR_USAGE", `columns is a whole number up to ${COLUMNS_MAX}`);
  if (wanted === 0)
    return { from: Number(from - base), bucket: Number(to - from), count: 1, isExact: true };
  let bucket = 1n;
  while (bucket * 2n * BigInt(wanted) <= to - from) bucket *= 2n;
  const start = floor(from, bucket);
  const count = Number((to - start + bucket - 1n) / bucket);
  return { from: Number(start - base), bucket: Number(bucket), count, isExact: bucket === 1n };
}

function floor(value: bigint, step: bigint): bigint {
  const over = value % step;
  return over < 0n ? value - over - step : value - over;
}

/** A lane that was read. */
interface ReadLane {
  readonly id: string;
  readonly rows: LaneRows;
  /** Its rows have texts of their own, which are read one by one. */
  readonly hasTexts: boolean;
}

function* laneWindow(
  { id, rows, hasTexts }: ReadLane,
  columns: Columns & { readonly isExact: boolean },
  budget: RowBudget,
): Steps<Omit<LaneWindow, "pending">> {
  const made = new WindowBuilder(rows, columns.from, budget);
  if (columns.isExact) yield* made.everyRow(columns);
  else
    cut(rows, columns, {
      exact: (row) => {
        made.add(row, rows.from[row] ?? 0, rows.to[row] ?? 0, 1);
      },
      merged: (column, top, count) => {
        const from = columns.from + column * columns.bucket;
        made.add(top, from, from + columns.bucket, count);
      },
    });
  if (hasTexts) yield* made.readTexts(columns.bucket * ROOM_COLUMNS);
  return { id, words: made.words, rows: made.columns };
}

/** The text of one of several moments in a column is of use where so many columns behind it are empty. */
const ROOM_COLUMNS = 48;

/** Between so many rows, or texts, others get their turn. */
const ROWS_AT_ONCE = 8192;
const TEXTS_AT_ONCE = 64;

/** The rows that an answer may have. */
class RowBudget {
  private readonly most: number;
  private taken = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Takes one more. Throws ERR_USAGE where there is none left. */
  take(): void {
    if (++this.taken <= this.most) return;
    throw new TwinError(
      "ERR_USAGE",
      `these lanes have more than ${this.most} rows in this window: ask for fewer lanes, a shorter window, or (fewer) columns`,
    );
  }
}

class WindowBuilder {
  readonly words: string[] = [];
  readonly columns = {
    from: [] as number[],
    to: [] as (number | null)[],
    seq: [] as (number | null)[],
    state: [] as number[],
    label: [] as number[],
    source: [] as number[],
    flags: [] as number[],
    count: [] as number[],
  };
  private readonly places = new Map<string, number>();
  /** Of each column's row its place in the lane. */
  private readonly picked: number[] = [];
  private readonly rows: LaneRows;
  private readonly start: number;
  private readonly budget: RowBudget;

  constructor(rows: LaneRows, start: number, budget: RowBudget) {
    this.rows = rows;
    this.start = start;
    this.budget = budget;
  }

  /** A row with these bounds; `count` above 1: it stands for the column. */
  add(row: number, from: number, to: number, count: number): void {
    const { rows, columns, start } = this;
    const meaning = rows.meanings[rows.code[row] ?? -1];
    if (meaning === undefined) return;
    this.budget.take();
    const seq = rows.seq[row] ?? 0;
    columns.from.push(from - start);
    columns.to.push(to === Infinity ? null : to - start);
    columns.seq.push(seq === 0 ? null : seq);
    columns.state.push(this.placeOf(meaning.state));
    columns.label.push(this.placeOf(meaning.state === "marker" ? "" : meaning.label));
    this.picked.push(row);
    columns.source.push(meaning.source);
    columns.flags.push(flagsOf(rows, row, count > 1));
    columns.count.push(count);
  }

  /** Reads the texts of markers, each by itself: of a column with several only where `room` units behind it are empty. */
  *readTexts(room: number): Steps<void> {
    const { labelOf, meanings, code } = this.rows;
    const { from, seq, label, count } = this.columns;
    for (const [at, row] of this.picked.entries()) {
      const isRead = count[at] === 1 || (from[at + 1] ?? Infinity) - (from[at] ?? 0) >= room;
      if (!isRead) continue;
      const text = labelOf?.(seq[at] ?? 0) ?? meanings[code[row] ?? -1]?.label ?? "";
      label[at] = this.placeOf(text);
      if (at % TEXTS_AT_ONCE === 0) yield;
    }
  }

  /** Every row of the window. */
  *everyRow({ from, bucket, count }: Columns): Steps<void> {
    const { rows } = this;
    const [first, next] = windowOf(rows, from, from + bucket * count);
    for (let row = first; row < next; row++) {
      const begin = rows.from[row] ?? 0;
      const end = rows.to[row] ?? 0;
      if (begin >= from || end > from) this.add(row, begin, end, 1);
      if (row % ROWS_AT_ONCE === 0) yield;
    }
  }

  private placeOf(word: string): number {
    const known = this.places.get(word);
    if (known !== undefined) return known;
    const place = this.words.push(word) - 1;
    this.places.set(word, place);
    return place;
  }
}
