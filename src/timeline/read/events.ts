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
 * Columns in the order of `eventOf`. `(x << 32) >> 32` sign-extends a low half. As one JSON text, because
 * SQLite and the engine make and parse that several times faster than better-sqlite3 makes row objects. A search by seq
 * (NOT INDEXED: by nothing else) reads in its order: to sort the rows first would take half as long again.
 */
const EVENTS_SQL = `SELECT json_group_array(json_array(
  seq, line, time_ns / 1000000000, time_ns % 1000000000,
  cpu, task, kind, vm, vcpu, segment, devid, irte_index, gsi, host_irq, cause, cause_seq,
  lo >> 32, (lo << 32) >> 32, hi >> 32, (hi << 32) >> 32, a, b, c, d))
  FROM event NOT INDEXED WHERE seq BETWEEN ? AND ?`;

/** Rows of one JSON text: few enough that they are garbage before the collector has moved them. */
const EVENTS_PER_TEXT = 2048;

/** The events with a seq of `from` to `to`, both included, in order. */
export function eventsBetween(sqlite: Database.Database, from: number, to: number): TwinEvent[] {
  const page = prepared<[number, number], string>(sqlite, EVENTS_SQL).pluck();
  const events: TwinEvent[] = [];
  for (let first = from; first <= to; first += EVENTS_PER_TEXT) {
    const text = page.get(first, Math.min(to, first + EVENTS_PER_TEXT - 1)) ?? "[]";
    for (const row of JSON.parse(text) as EventRow[]) events.push(eventOf(row));
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

type Slot = number | null;
type EventRow = readonly [
  ...[seq: number, line: number, billions: number, rest: number, cpu: number, task: Slot],
  ...[kind: number, vm: Slot, vcpu: Slot, segment: Slot, devid: Slot, irte_index: Slot],
  ...[gsi: Slot, host_irq: Slot, cause: Slot, cause_seq: Slot],
  ...[loH: Slot, loL: Slot, hiH: Slot, hiL: Slot, a: Slot, b: Slot, c: Slot, d: Slot],
];

function eventOf(row: EventRow): StoredEvent {
  const [seq, line, billions, rest, cpu, task, kind, vm, vcpu, segment, devid, irte_index] = row;
  return {
    seq,
    line,
    billions,
    rest,
    cpu,
    task,
    kind,
    vm,
    vcpu,
    segment,
    devid,
    irte_index,
    gsi: row[12],
    host_irq: row[13],
    cause: row[14],
    cause_seq: row[15],
    words: (row[16] === null ? 0 : 1) + (row[18] === null ? 0 : 1),
    loH: row[16] ?? 0,
    loL: row[17] ?? 0,
    hiH: row[18] ?? 0,
    hiL: row[19] ?? 0,
    a: row[20],
    b: row[21],
    c: row[22],
    d: row[23],
  };
}
