// The events of a timeline, and which of them is the last at a time.

import { type StoredEvent } from "../../domain/events/stored-event.js";
import type Database from "better-sqlite3";
import { type TwinEvent, type CallReturn } from "../../domain/events/event.js";
import { prepared } from "../store/sql.js";
import {
  columnsOf,
  numberIn,
  selectColumns,
  slotIn,
  type Column,
  type ColumnsOf,
} from "./columns.js";
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
 * The columns of events. `(x << 32) >> 32` sign-extends a low half. A search by seq (NOT INDEXED: by nothing else) reads
 * in its order: to sort the rows first would take half as long again.
 */
const EVENTS = selectColumns(
  {
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
  },
  "FROM event NOT INDEXED WHERE seq BETWEEN ? AND ?",
);
type EventColumns = ColumnsOf<typeof EVENTS>;

/** Rows of one answer: few enough that they are garbage before the collector has moved them. */
const EVENTS_PER_ANSWER = 2048;

/** The events with a seq of `from` to `to`, both included, in order. */
export function eventsBetween(sqlite: Database.Database, from: number, to: number): TwinEvent[] {
  const events: TwinEvent[] = [];
  for (let first = from; first <= to; first += EVENTS_PER_ANSWER) {
    const last = Math.min(to, first + EVENTS_PER_ANSWER - 1);
    const columns = columnsOf(sqlite, EVENTS, first, last);
    for (let row = 0; row < columns.seq.length; row++) events.push(eventIn(columns, row));
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

function eventIn(of: EventColumns, row: number): StoredEvent {
  return {
    seq: numberIn(of.seq, row),
    line: numberIn(of.line, row),
    billions: numberIn(of.billions, row),
    rest: numberIn(of.rest, row),
    cpu: numberIn(of.cpu, row),
    task: slotIn(of.task, row),
    kind: numberIn(of.kind, row),
    vm: slotIn(of.vm, row),
    vcpu: slotIn(of.vcpu, row),
    segment: slotIn(of.segment, row),
    devid: slotIn(of.devid, row),
    irte_index: slotIn(of.irte_index, row),
    gsi: slotIn(of.gsi, row),
    host_irq: slotIn(of.host_irq, row),
    cause: slotIn(of.cause, row),
    cause_seq: slotIn(of.cause_seq, row),
    words: wordIn(of.loH, row) + wordIn(of.hiH, row),
    loH: numberIn(of.loH, row),
    loL: numberIn(of.loL, row),
    hiH: numberIn(of.hiH, row),
    hiL: numberIn(of.hiL, row),
    a: slotIn(of.a, row),
    b: slotIn(of.b, row),
    c: slotIn(of.c, row),
    d: slotIn(of.d, row),
  };
}

/** Is the word there? 1 = yes. */
function wordIn(half: Column, row: number): number {
  return slotIn(half, row) === null ? 0 : 1;
}
