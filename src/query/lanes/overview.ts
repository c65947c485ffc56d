// The whole recording at a glance: how dense its events are, where its findings are, and where events are missing.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { type Steps } from "../../base/steps.js";
import { type TimeText } from "../../domain/values/ids.js";
import { seqAtTime } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { gapsOf } from "./lane-list.js";
import { pagesOf, type LaneSource } from "./lane-reader.js";
import { laneStore } from "./lane-store.js";

/** How finely the overview is. */
export interface OverviewOptions {
  /** How many columns, 1 to 4,096. Absent = 512. */
  readonly columns?: number | undefined;
  /** true: findings are not read where nobody has asked for them yet; then `checked` is false. Absent = false. */
  readonly quick?: boolean | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** The recording in columns of equal width. */
export interface Overview {
  /** The time of the first line, where the first column begins; null = there is no line. */
  readonly from_ns: TimeText | null;
  /** Behind the last line, where the last column ends; null = there is no line. */
  readonly to_ns: TimeText | null;
  /** How many events each column has. */
  readonly density: readonly number[];
  /** The columns with findings, and how many each has. */
  readonly findings: readonly {
    /** The column, from 0. */
    readonly column: number;
    /** How many. */
    readonly n: number;
  }[];
  /** false: the findings are not known, because the recording was not checked yet or by `quick`. `report()` tells them. */
  readonly checked: boolean;
  /** The columns in which events are missing, from the first to the last one of each span. */
  readonly gaps: readonly {
    /** The first column. */
    readonly from_column: number;
    /** The last column. */
    readonly to_column: number;
  }[];
}

const COLUMNS_DEFAULT = 512;
const COLUMNS_MAX = 4096;

/** Makes the overview. Its cost grows with the columns. Throws ERR_USAGE for a number of columns that is none. */
export function* overviewOf(
  sqlite: Database.Database,
  recording: Recording,
  { columns = COLUMNS_DEFAULT, quick = false }: OverviewOptions,
): Steps<Overview> {
  if (!(Number.isSafeInteger(columns) && columns >= 1 && columns <= COLUMNS_MAX))
    throw new TwinError("ERR_USAGE", `columns is a whole number from 1 to ${COLUMNS_MAX}`);
  const [source, store] = laneStore(sqlite, recording);
  if (source.bounds === null)
    return { from_ns: null, to_ns: null, density: [], findings: [], gaps: [], checked: false };
  const { least: first, greatest } = source.bounds;
  const end = greatest + 1n;
  const edge = (column: number): bigint =>
    first + ((end - first) * BigInt(column)) / BigInt(columns);
  const columnOf = (time: bigint): number => {
    let column = Number(((time - first) * BigInt(columns)) / (end - first));
    column = Math.min(Math.max(column, 0), columns - 1);
    // Where the edge was rounded down, the time may be in the next column.
    return column + 1 < columns && edge(column + 1) <= time ? column + 1 : column;
  };
  const density = yield* recording.timeAnomalies > 0
    ? countedOneByOne(source, columns, columnOf)
    : countedByEdges(source, columns, edge);
  const counts = new Map<number, number>();
  const report = quick ? store.reportInMemory : yield* store.reportSoFar(source);
  for (const { time_ns } of report?.findings ?? []) {
    const column = columnOf(BigInt(time_ns));
    counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  const gaps = gapsOf(source).map(({ from_ns, to_ns }) => ({
    from_column: from_ns === null ? 0 : columnOf(BigInt(from_ns)),
    to_column: columnOf(BigInt(to_ns)),
  }));
  const byColumn = [...counts].sort(([a], [b]) => a - b);
  return {
    from_ns: String(first),
    to_ns: String(end),
    density,
    findings: byColumn.map(([column, n]) => ({ column, n })),
    gaps,
    checked: report !== null,
  };
}

/** How many events each column has, where times do not fall: a search for each. */
function* countedByEdges(
  { sqlite, recording }: LaneSource,
  columns: number,
  edge: (column: number) => bigint,
): Steps<number[]> {
  const density: number[] = [];
  let before = recording.firstSeq - 1;
  for (let column = 0; column < columns; column++) {
    const seq = seqAtTime(sqlite, recording, edge(column + 1) - 1n);
    density.push(seq - before);
    before = seq;
    if (column % 64 === 63) yield;
  }
  return density;
}

const TIMES_SQL = `SELECT json_group_array(time_ns - :base) AS times FROM event NOT INDEXED
  WHERE recording_id = :recording AND seq BETWEEN :first AND :last`;

/** The same where times fall: each event is read. */
function* countedOneByOne(
  source: LaneSource,
  columns: number,
  columnOf: (time: bigint) => number,
): Steps<number[]> {
  const density = new Array<number>(columns).fill(0);
  yield* pagesOf<{ readonly times: string }>(source, TIMES_SQL, [], ({ times }) => {
    for (const time of JSON.parse(times) as number[]) {
      const column = columnOf(source.base + BigInt(time));
      density[column] = (density[column] ?? 0) + 1;
    }
  });
  return density;
}
