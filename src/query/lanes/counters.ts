// What is counted over the time: IRTE writes by cause, GA log entries, and how many of the entries are posted.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type TimeText } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Columns, lowerBound } from "./cut.js";
import { columnsOf, windowOfText, type LaneIntervalsOptions } from "./intervals.js";
import { type EntryModes, type ModeSpans } from "./entry-modes.js";
import { laneStore } from "./lane-store.js";
import { type Moments } from "./packed-lanes.js";

/** From when to when counters are asked for, and how finely. */
export interface CountersOptions extends Pick<LaneIntervalsOptions, "from" | "to" | "signal"> {
  /** About how many columns the window has, 1 to 16,384. Absent = 256. */
  readonly columns?: number | undefined;
}

/** One counter. */
export interface CounterSeries {
  /** Its id, as the lane of it has it. */
  readonly id: string;
  /** What its values are. */
  readonly unit: "per second" | "per 10^9 ticks" | "%";
  /** Its parts, which add up. */
  readonly parts: readonly {
    /** What is counted, such as a cause. */
    readonly name: string;
    /** A value for each column; null = there is none. */
    readonly values: readonly (number | null)[];
  }[];
}

/** Counters in a window. */
export interface Counters {
  /** The begin of the window: that which was asked for, or the edge of a column before it. */
  readonly from: TimeText;
  /** Its end, exclusive, likewise. */
  readonly to: TimeText;
  /** How many columns it has. */
  readonly columns: number;
  /** Units of a column. */
  readonly bucket: number;
  /** The counters. */
  readonly series: readonly CounterSeries[];
}

const COLUMNS_DEFAULT = 256;
const PER = 1_000_000_000;

/** Counts in a window. Throws ERR_USAGE for a window that is none. */
export function* countersOf(
  sqlite: Database.Database,
  recording: Recording,
  options: CountersOptions,
): Steps<Counters> {
  const [source, store] = laneStore(sqlite, recording);
  const wanted = Math.max(1, options.columns ?? COLUMNS_DEFAULT);
  const columns = columnsOf(windowOfText(source, options), wanted, source.base);
  const { writes, gaLog } = yield* store.moments(source);
  const modes = yield* store.modes(source);
  const counted = shareOf(modes, columns);
  // What an entry holds is not known everywhere, so nothing is told of all entries.
  const share = store.known(source).isWhole
    ? counted
    : { ...counted, values: counted.values.map(() => null) };
  const rate = recording.clockUnit === "ticks" ? "per 10^9 ticks" : "per second";
  const from = BigInt(columns.from) + source.base;
  return {
    from: String(from),
    to: String(from + BigInt(columns.bucket) * BigInt(columns.count)),
    columns: columns.count,
    bucket: columns.bucket,
    series: [
      { id: "counter:writes", unit: rate, parts: rates(writes, columns) },
      { id: "counter:ga_log", unit: rate, parts: rates(gaLog, columns) },
      { id: "counter:posted_share", unit: "%", parts: [share] },
    ],
  };
}

/** How often each comes, column by column. */
function rates(
  moments: readonly Moments[],
  { from, bucket, count }: Columns,
): CounterSeries["parts"] {
  return moments.map(({ name, times }) => {
    const counts = new Float64Array(count);
    const last = lowerBound(times, from + bucket * count);
    for (let at = lowerBound(times, from); at < last; at++) {
      const column = Math.floor(((times[at] ?? 0) - from) / bucket);
      counts[column] = (counts[column] ?? 0) + 1;
    }
    return { name, values: Array.from(counts, (n) => (n * PER) / bucket) };
  });
}

/** The share of posted entries at the end of each column. */
function shareOf(
  { posted, remapped }: EntryModes,
  { from, bucket, count }: Columns,
): CounterSeries["parts"][number] {
  const values = Array.from({ length: count }, (_, column) => {
    const edge = from + (column + 1) * bucket;
    const arePosted = countBefore(posted, edge);
    const inUse = arePosted + countBefore(remapped, edge);
    return inUse === 0 ? null : (100 * arePosted) / inUse;
  });
  return { name: "posted", values };
}

/** How many spans have begun before a time and have not ended before it. */
function countBefore({ begins, ends }: ModeSpans, time: number): number {
  return lowerBound(begins, time) - lowerBound(ends, time);
}
