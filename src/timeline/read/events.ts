// The events of a timeline, and which of them is the last at a time.

import { type StoredEvent } from "../../domain/events/stored-event.js";
import type Database from "better-sqlite3";
import { type TwinEvent, type CallReturn } from "../../domain/events/event.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";

function timeStatement(sqlite: Database.Database): Database.Statement<[number], bigint> {
  const statement = prepared<[number], bigint>(sqlite, "SELECT time_ns FROM event WHERE seq = ?");
  return statement.pluck().safeIntegers();
}

/** The time of an event, in its recording's clock unit. Throws a RangeError if there is no such event. */
export function timeOf(sqlite: Database.Database, seq: number): bigint {
  const time = timeStatement(sqlite).get(seq);
  if (time === undefined) throw new RangeError(`event ${seq} is not in the timeline`);
  return time;
}

/**
 * The last event whose time is not after `time`; the recording's firstSeq - 1 if there is none. O(log n) reads,
 * because times do not fall in a recording; O(n) in a recording where some do.
 */
export function seqAtTime(sqlite: Database.Database, recording: Recording, time: bigint): number {
  const { firstSeq, lastSeq, id } = recording;
  if (lastSeq === null) return firstSeq - 1;
  if (recording.timeAnomalies > 0) {
    const found = sqlite
      .prepare<[number, bigint], number | null>(
        "SELECT max(seq) FROM event WHERE recording_id = ? AND time_ns <= ?",
      )
      .pluck()
      .get(id, time);
    return found ?? firstSeq - 1;
  }
  const at = timeStatement(sqlite);
  let low = firstSeq - 1;
  let high = lastSeq;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((at.get(middle) ?? 0n) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The least and the greatest time of a recording. */
export interface TimeBounds {
  /** The least. */
  readonly least: bigint;
  /** The greatest. */
  readonly greatest: bigint;
}

const BOUNDS_SQL =
  "SELECT min(time_ns), max(time_ns) FROM event NOT INDEXED WHERE seq BETWEEN ? AND ?";

/** The bounds that were read last, and of which state of which recording. */
const lastBounds = new WeakMap<
  Database.Database,
  { readonly of: string; readonly bounds: TimeBounds }
>();

/**
 * The bounds of a recording's times; null = it has no line. They are those of its first and last line, but in a recording
 * where times fall: there its events are read once, O(n).
 */
export function timeBounds(sqlite: Database.Database, recording: Recording): TimeBounds | null {
  const { id, first, last, lastSeq, timeAnomalies } = recording;
  if (first === null || last === null) return null;
  if (timeAnomalies === 0) return { least: first, greatest: last };
  const of = `${id} ${lastSeq ?? ""} ${first} ${last}`;
  const known = lastBounds.get(sqlite);
  if (known?.of === of) return known.bounds;
  const bounds = boundsOf([first, last, ...timesOfEvents(sqlite, recording)]);
  lastBounds.set(sqlite, { of, bounds });
  return bounds;
}

/** The least and the greatest time of a recording's events; none where it has none. */
function timesOfEvents(
  sqlite: Database.Database,
  { firstSeq, lastSeq }: Recording,
): readonly bigint[] {
  const times = prepared<[number, number], (bigint | null)[]>(sqlite, BOUNDS_SQL)
    .raw()
    .safeIntegers()
    .get(firstSeq, lastSeq ?? firstSeq - 1);
  return times?.flatMap((time) => time ?? []) ?? [];
}

function boundsOf(times: readonly bigint[]): TimeBounds {
  return {
    least: times.reduce((a, b) => (b < a ? b : a)),
    greatest: times.reduce((a, b) => (b > a ? b : a)),
  };
}

const LATER_SQL =
  "SELECT seq FROM event NOT INDEXED WHERE seq BETWEEN ? AND ? AND time_ns <> ? ORDER BY seq LIMIT 1";

/** The last of the events with which a recording begins and that have its first time; the place before its first event = none. */
export function lastAtStart(
  sqlite: Database.Database,
  { firstSeq, lastSeq, first }: Recording,
): number {
  if (lastSeq === null) return firstSeq - 1;
  const later = prepared<[number, number, bigint | null], number>(sqlite, LATER_SQL).pluck();
  return (later.get(firstSeq, lastSeq, first) ?? lastSeq + 1) - 1;
}

/**
 * What each field of an event is read from. `(x << 32) >> 32` sign-extends a low half. A column is one JSON text, because
 * SQLite and the engine make and parse that several times faster than better-sqlite3 makes row objects, and faster than
 * a text with an array for each row.
 */
const EXPRESSIONS = {
  seq: "seq",
  line: "line",
  billions: "time_ns / 1000000000",
  rest: "time_ns % 1000000000",
  cpu: "cpu",
  task: "task",
  kind: "kind",
  vm: "vm",
  vcpu: "vcpu",
  segment: "segment",
  devid: "devid",
  irte_index: "irte_index",
  gsi: "gsi",
  host_irq: "host_irq",
  cause: "cause",
  cause_seq: "cause_seq",
  loH: "lo >> 32",
  loL: "(lo << 32) >> 32",
  hiH: "hi >> 32",
  hiL: "(hi << 32) >> 32",
  a: "a",
  b: "b",
  c: "c",
  d: "d",
} as const;

/**
 * A search by seq (NOT INDEXED: by nothing else) reads in its order: to sort the rows first would take half as long
 * again. All columns are of one pass, so they are in one order.
 */
const EVENTS_SQL = `SELECT ${Object.values(EXPRESSIONS)
  .map((expression) => `json_group_array(${expression})`)
  .join(", ")} FROM event NOT INDEXED WHERE seq BETWEEN ? AND ?`;

/** Rows of one answer: few enough that they are garbage before the collector has moved them. */
const EVENTS_PER_ANSWER = 2048;

/** The events with a seq of `from` to `to`, both included, in order. */
export function eventsBetween(sqlite: Database.Database, from: number, to: number): TwinEvent[] {
  const columns = prepared<[number, number], readonly string[]>(sqlite, EVENTS_SQL).raw();
  const events: TwinEvent[] = [];
  for (let first = from; first <= to; first += EVENTS_PER_ANSWER) {
    const texts = columns.get(first, Math.min(to, first + EVENTS_PER_ANSWER - 1)) ?? [];
    pushEvents(
      events,
      texts.map((text) => JSON.parse(text) as Column),
    );
  }
  return events;
}

/** The returns of the calls that events of a range of seq are the entries of, in order of those events. */
export function returnsBetween(
  sqlite: Database.Database,
  from: number,
  to: number,
): readonly CallReturn[] {
  return prepared<[number, number], CallReturn>(
    sqlite,
    'SELECT seq, line, after_seq AS "after" FROM call_return WHERE seq BETWEEN ? AND ? ORDER BY seq',
  ).all(from, to);
}

type Column = readonly (number | null)[];

/** Adds the events of columns in the order of EXPRESSIONS. The schema lets none of seq, line, time, CPU and kind be NULL. */
function pushEvents(events: TwinEvent[], columns: readonly Column[]): void {
  const [seq = [], line = [], billions = [], rest = [], cpu = [], task = []] = columns;
  const [kind = [], vm = [], vcpu = [], segment = [], devid = [], irte_index = []] =
    columns.slice(6);
  const [gsi = [], host_irq = [], cause = [], cause_seq = []] = columns.slice(12);
  const [loH = [], loL = [], hiH = [], hiL = [], a = [], b = [], c = [], d = []] =
    columns.slice(16);
  for (let i = 0; i < seq.length; i++) {
    const event: StoredEvent = {
      seq: seq[i] ?? 0,
      line: line[i] ?? 0,
      billions: billions[i] ?? 0,
      rest: rest[i] ?? 0,
      cpu: cpu[i] ?? 0,
      task: task[i] ?? null,
      kind: kind[i] ?? 0,
      vm: vm[i] ?? null,
      vcpu: vcpu[i] ?? null,
      segment: segment[i] ?? null,
      devid: devid[i] ?? null,
      irte_index: irte_index[i] ?? null,
      gsi: gsi[i] ?? null,
      host_irq: host_irq[i] ?? null,
      cause: cause[i] ?? null,
      cause_seq: cause_seq[i] ?? null,
      words: ((loH[i] ?? null) === null ? 0 : 1) + ((hiH[i] ?? null) === null ? 0 : 1),
      loH: loH[i] ?? 0,
      loL: loL[i] ?? 0,
      hiH: hiH[i] ?? 0,
      hiL: hiL[i] ?? 0,
      a: a[i] ?? null,
      b: b[i] ?? null,
      c: c[i] ?? null,
      d: d[i] ?? null,
    };
    events.push(event);
  }
}
