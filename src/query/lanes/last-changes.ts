// When each lane changed last before a moment: what lists of lanes are ordered by.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { type LaneSubject } from "../../domain/platform/lanes.js";
import { irteName } from "../../domain/values/names.js";
import { timeOf } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { resolveWhen, type When } from "../subject/when.js";
import { countedCpus, countedEntries, entryTable } from "./interval-counts.js";
import { ownLane } from "./lane-ids.js";
import { type LaneSource } from "./lane-reader.js";
import { type LaneRows } from "./lane-rows.js";
import { laneStore } from "./lane-store.js";
import { rowNames } from "./row-names.js";

/** Up to which moment changes count. */
export interface LastChangesOptions {
  /** The moment. Absent = the end. */
  readonly when?: When | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** The last change of a lane up to a moment. */
export interface LaneChange {
  /** An id of `lanes()`. */
  readonly lane: string;
  /** The event; null = the lane had not changed yet. */
  readonly seq: Seq | null;
  /** Its time, in the recording's clock unit; null = the lane had not changed yet. */
  readonly time_ns: TimeText | null;
}

/** The last changes of the lanes of CPUs, vCPUs and IRTEs. Throws ERR_WHEN. */
export function* lastChanges(
  sqlite: Database.Database,
  recording: Recording,
  when: When,
): Steps<readonly LaneChange[]> {
  const { seq: last } = resolveWhen(sqlite, recording, when);
  const [source, store] = laneStore(sqlite, recording);
  const changes: LaneChange[] = [];
  const { table } = source;
  const add = (subject: LaneSubject, name: string, seq: Seq): void => {
    const lane = ownLane(table, subject, name);
    if (lane === null) return;
    const isChanged = seq > 0;
    const time_ns = isChanged ? String(timeOf(sqlite, seq)) : null;
    changes.push({ lane, seq: isChanged ? seq : null, time_ns });
  };
  for (const { pcpu } of countedCpus(source)) {
    const lane = ownLane(table, "cpu", String(pcpu));
    if (lane === null) break;
    add("cpu", String(pcpu), largestUpTo(yield* store.rows(source, lane), last));
  }
  for (const [name, seq] of yield* vcpuChanges(source, last)) add("vcpu", name, seq);
  yield;
  for (const [name, seq] of yield* entryChanges(source, last)) add("irte", name, seq);
  return changes;
}

function largestUpTo(rows: LaneRows, last: Seq): Seq {
  let largest = 0;
  for (const each of rows.seq) if (each <= last && each > largest) largest = each;
  return largest;
}

/** So many subjects are looked up between two turns. */
const SUBJECTS_PER_STEP = 256;

const VCPU_SQL = `SELECT from_seq FROM vcpu_interval WHERE vcpu = ? AND from_seq <= ?
  ORDER BY from_seq DESC LIMIT 1`;

/** By the names of vCPUs; a number can have been given away twice. */
function* vcpuChanges(source: LaneSource, last: Seq): Steps<ReadonlyMap<string, Seq>> {
  const statement = prepared<[number, Seq], Seq>(source.sqlite, VCPU_SQL).pluck();
  const changes = new Map<string, Seq>();
  let done = 0;
  for (const [row, name] of rowNames(source).vcpus) {
    const seq = statement.get(row, last) ?? 0;
    changes.set(name, Math.max(seq, changes.get(name) ?? 0));
    if (++done % SUBJECTS_PER_STEP === 0) yield;
  }
  return changes;
}

/** By the names of IRTEs. */
function* entryChanges(source: LaneSource, last: Seq): Steps<ReadonlyMap<string, Seq>> {
  const { sqlite, recording } = source;
  const sql = `SELECT from_seq FROM ${entryTable(source)} WHERE devid = ? AND irte_index = ? AND segment = ?
    AND from_seq BETWEEN ? AND ? ORDER BY from_seq DESC LIMIT 1`;
  const statement = prepared<number[], Seq>(sqlite, sql).pluck();
  const changes = new Map<string, Seq>();
  for (const { segment, devid, irte_index } of countedEntries(source)) {
    const seq = statement.get(devid, irte_index, segment, recording.firstSeq, last) ?? 0;
    changes.set(irteName(segment, devid, irte_index), seq);
    if (changes.size % SUBJECTS_PER_STEP === 0) yield;
  }
  return changes;
}
