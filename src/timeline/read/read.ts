// Reads a timeline: recordings, the seq of a moment, events, folded states.

import { type StoredEvent } from "../../domain/events/stored-event.js";
import type Database from "better-sqlite3";
import { sql, type InferResult } from "kysely";
import { TwinError } from "../../base/errors.js";
import { type TwinEvent, type CallReturn } from "../../domain/events/event.js";
import { evolveBatch } from "../../domain/fold/evolve.js";
import { isRulesId, type RulesId } from "../../domain/amd/releases.js";
import { type TwinState } from "../../domain/fold/state.js";
import { decodeState } from "../store/checkpoint.js";
import { all, first, prepared, q } from "../store/sql.js";

/** A recording as its table row, times as bigint. */
export interface Recording {
  readonly id: number;
  readonly state: "importing" | "complete";
  readonly file: string;
  readonly sha256: string | null;
  readonly format: string;
  readonly kernel: string | null;
  readonly rules: RulesId | null;
  readonly rulesFrom: string;
  readonly clockUnit: "ns" | "ticks";
  readonly firstSeq: number;
  readonly lastSeq: number | null;
  readonly first: bigint | null;
  readonly last: bigint | null;
  readonly lines: Readonly<
    Record<"total" | "header" | "events" | "unused" | "rejected" | "gaps", number>
  >;
  readonly overwritten: number;
  readonly timeAnomalies: number;
  readonly firstTimeAnomaly: number | null;
  /** The recording that this one corrects; null = none. */
  readonly supersedes: number | null;
  /** The complete recording that corrects this one; null = this one is current. */
  readonly supersededBy: number | null;
}

const textOf = (column: "first_ns" | "last_ns") =>
  sql<string | null>`cast(${sql.ref(column)} as text)`.as(`${column}_text`);
const RECORDINGS = q
  .selectFrom("recording")
  .selectAll()
  .select([textOf("first_ns"), textOf("last_ns")])
  .orderBy("id");
type RecordingRow = InferResult<typeof RECORDINGS>[number];
let recordingsSql: string | null = null;

/** All recordings, oldest first. An import that runs shows what it has committed. */
export function recordings(sqlite: Database.Database): readonly Recording[] {
  recordingsSql ??= RECORDINGS.compile().sql;
  const rows = prepared<[], RecordingRow>(sqlite, recordingsSql).all();
  return rows.map((row) => recordingOf(row, rows));
}

function recordingOf(row: RecordingRow, all: readonly RecordingRow[]): Recording {
  return {
    id: row.id,
    state: row.state,
    file: row.file,
    sha256: row.sha256,
    format: row.format,
    kernel: row.kernel,
    rules: row.rules !== null && isRulesId(row.rules) ? row.rules : null,
    rulesFrom: row.rules_from,
    clockUnit: row.clock_unit,
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    first: row.first_ns_text === null ? null : BigInt(row.first_ns_text),
    last: row.last_ns_text === null ? null : BigInt(row.last_ns_text),
    lines: {
      total: row.lines_total,
      header: row.lines_header,
      events: row.lines_events,
      unused: row.lines_unused,
      rejected: row.lines_rejected,
      gaps: row.lines_gaps,
    },
    overwritten: row.overwritten,
    timeAnomalies: row.time_anomalies,
    firstTimeAnomaly: row.first_time_anomaly,
    supersedes: row.supersedes,
    supersededBy:
      all.find(({ supersedes, state }) => supersedes === row.id && state === "complete")?.id ??
      null,
  };
}

/**
 * The recording of that number, or the newest complete one (else the newest). A correction is newer than
 * what it corrects, so that one is current.
 */
export function pickRecording(sqlite: Database.Database, id?: number): Recording {
  const list = recordings(sqlite);
  const newest = list.findLast(({ state }) => state === "complete") ?? list.at(-1);
  if (newest === undefined) {
    throw new TwinError(
      "ERR_TIMELINE_EMPTY",
      "the timeline holds no recording: import one with `irqtwin import FILE`",
    );
  }
  if (id === undefined) return newest;
  const found = list.find((recording) => recording.id === id);
  if (found === undefined) {
    throw new TwinError(
      "ERR_NO_RECORDING",
      `there is no recording ${id}: the timeline has ${list.map((each) => each.id).join(", ")}`,
    );
  }
  return found;
}

function timeStatement(sqlite: Database.Database): Database.Statement<[number], bigint> {
  const statement = prepared<[number], bigint>(sqlite, "SELECT time_ns FROM event WHERE seq = ?");
  return statement.pluck().safeIntegers();
}

/** The time of an event, in the recording's clock unit. */
export function timeOf(sqlite: Database.Database, seq: number): bigint {
  const time = timeStatement(sqlite).get(seq);
  if (time === undefined) throw new RangeError(`event ${seq} is not in the timeline`);
  return time;
}

/**
 * The last event whose time is not after `time`; the recording's first seq - 1 where there is none.
 * By halving, because times do not fall in a recording; where some do, by looking at each.
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

/**
 * Columns in the order of `eventOf`. `(x << 32) >> 32` sign-extends a low half. As one JSON text, because
 * SQLite and the engine make and parse that several times faster than better-sqlite3 makes row objects.
 */
const EVENTS_SQL = `SELECT json_group_array(json_array(
  seq, line, time_ns / 1000000000, time_ns % 1000000000,
  cpu, task, kind, vm, vcpu, segment, devid, irte_index, gsi, host_irq, cause, cause_seq,
  (lo IS NOT NULL) + (hi IS NOT NULL),
  coalesce(lo >> 32, 0), coalesce((lo << 32) >> 32, 0),
  coalesce(hi >> 32, 0), coalesce((hi << 32) >> 32, 0),
  a, b, c, d))
  FROM (SELECT * FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq)`;

/** Rows of one JSON text: far below what SQLite takes as one value. */
const EVENTS_PER_TEXT = 8192;

/** The events of a range of seq, in order. */
export function eventsBetween(sqlite: Database.Database, from: number, to: number): TwinEvent[] {
  const page = sqlite.prepare<[number, number], string>(EVENTS_SQL).pluck();
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
    "SELECT seq, line FROM call_return WHERE seq BETWEEN ? AND ? ORDER BY seq",
  ).all(from, to);
}

type Slot = number | null;
type EventRow = readonly [
  ...[seq: number, line: number, billions: number, rest: number, cpu: number, task: Slot],
  ...[kind: number, vm: Slot, vcpu: Slot, segment: Slot, devid: Slot, irte_index: Slot],
  ...[gsi: Slot, host_irq: Slot, cause: Slot, cause_seq: Slot, words: number],
  ...[loH: number, loL: number, hiH: number, hiL: number, a: Slot, b: Slot, c: Slot, d: Slot],
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
    words: row[16],
    loH: row[17],
    loL: row[18],
    hiH: row[19],
    hiL: row[20],
    a: row[21],
    b: row[22],
    c: row[23],
    d: row[24],
  };
}

/** Events folded at a time while replaying. */
const REPLAY_EVENTS = 8192;

/** The last checkpoint up to a seq: the whole one that it adds to, and those between. */
const CHECKPOINT_SQL = `
  SELECT seq, state FROM checkpoint
  WHERE recording_id = :recording AND seq <= :seq AND seq >= (
    SELECT coalesce(whole_seq, seq) FROM checkpoint
    WHERE recording_id = :recording AND seq <= :seq ORDER BY seq DESC LIMIT 1)
  ORDER BY seq`;

/** The state after event `seq` (firstSeq - 1: before the first): the last checkpoint, and a replay. */
export function stateAt(sqlite: Database.Database, recording: Recording, seq: number): TwinState {
  const stored = sqlite
    .prepare<[{ recording: number; seq: number }], { seq: number; state: string }>(CHECKPOINT_SQL)
    .all({ recording: recording.id, seq });
  let state = decodeState(
    stored.map((checkpoint) => checkpoint.state),
    recording.rules,
  );
  const replayed = stored.at(-1)?.seq ?? recording.firstSeq - 1;
  for (let from = replayed + 1; from <= seq; from += REPLAY_EVENTS) {
    state = evolveBatch(
      state,
      eventsBetween(sqlite, from, Math.min(seq, from + REPLAY_EVENTS - 1)),
    );
  }
  return state;
}

/** The lost spans of a recording: after event `from` (null = from the beginning) up to event `to`. */
export function gaps(
  sqlite: Database.Database,
  recording: Recording,
): readonly { readonly from: number | null; readonly to: number }[] {
  return all(
    sqlite,
    q
      .selectFrom("gap")
      .select(["from_seq as from", "to_seq as to"])
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .orderBy("to_seq"),
  );
}

/** A lost span that holds the moment after `seq`: events before it in time are missing. */
export function gapAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): { cpu: number; lost: number | null; line: number | null } | null {
  const gap = first(
    sqlite,
    q
      .selectFrom("gap")
      .select(["cpu", "lost", "line"])
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .where("to_seq", ">", seq)
      .where((eb) => eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]))
      .limit(1),
  );
  return gap === undefined ? null : { ...gap, cpu: gap.cpu ?? 0 };
}

/** Have events been lost by the moment after `seq`? What is lost later is nothing to it. */
export function hasLost(sqlite: Database.Database, recording: Recording, seq: number): boolean {
  const gap = first(
    sqlite,
    q
      .selectFrom("gap")
      .select("id")
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .where((eb) => eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]))
      .limit(1),
  );
  return gap !== undefined;
}

/** Who is who in a recording. */
export interface Directory {
  readonly vms: ReadonlyMap<number, { readonly kvm: string | null; readonly vm_id: number | null }>;
  readonly vcpus: ReadonlyMap<
    number,
    { readonly vm: number; readonly vcpu_id: number; readonly vcpu_idx: number | null }
  >;
  /** Event names that stood in the trace: what could be observed. */
  readonly names: ReadonlySet<string>;
}

export function directory(sqlite: Database.Database, recording: Recording): Directory {
  const of = recording.id;
  const vms = all(
    sqlite,
    q.selectFrom("vm").select(["id", "kvm", "vm_id"]).where("recording_id", "=", of),
  );
  const vcpus = all(sqlite, q.selectFrom("vcpu").selectAll().where("recording_id", "=", of));
  const names = all(
    sqlite,
    q.selectFrom("recording_name").select("name").where("recording_id", "=", of),
  );
  return {
    vms: new Map(vms.map((row) => [row.id, row])),
    vcpus: new Map(vcpus.map((row) => [row.id, row])),
    names: new Set(names.map(({ name }) => name)),
  };
}
