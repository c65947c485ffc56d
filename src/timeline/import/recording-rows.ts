// What an import writes of its recording besides the batches.

import type Database from "better-sqlite3";
import { type Updateable } from "kysely";
import { stampToInteger } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type TwinEvent } from "../../domain/events/event.js";
import { type RecordingReader } from "../../source/reader.js";
import { type NameCount } from "../../source/read-batch.js";
import { type RecordingTable } from "../schema/tables.js";
import { type SourcePart } from "../read/kept-recordings.js";
import { q, run } from "../store/sql.js";
import { write, type Writes } from "../store/writes.js";
import { wallClock } from "../store/wall-clock.js";

/** Columns of a row of `recording`, and their new values. */
export type RecordingUpdate = Updateable<RecordingTable>;

/** The columns of `recording` that say how far it has been read. */
export function progressRow(reader: RecordingReader): RecordingUpdate {
  const { counts, clock } = reader;
  const integerOf = ({ billions, rest }: Stamp): number | bigint => stampToInteger(billions, rest);
  return {
    first_ns: clock.first === null ? null : integerOf(clock.first),
    last_ns: clock.first === null ? null : integerOf(clock.last),
    lines_total: counts.total,
    lines_header: counts.header,
    lines_events: counts.events,
    lines_unused: counts.unused,
    lines_rejected: counts.rejected,
    lines_gaps: counts.gaps,
    time_anomalies: clock.anomalies,
    first_time_anomaly: clock.firstAnomaly,
  };
}

/** Stores which event names stood in the trace, and how often, in the place of what is stored of them. */
export function storeNames(
  writes: Writes,
  recording_id: number,
  names: readonly NameCount[],
): void {
  write(writes, q.deleteFrom("recording_name").where("recording_id", "=", recording_id));
  for (const { name, known, events, unused } of names) {
    const row = { recording_id, name, known: known ? 1 : 0, events, unused };
    write(writes, q.insertInto("recording_name").values(row));
  }
}

/** Stores the gap before the first event: what came earlier is unknown, what the ring buffer overwrote is lost. */
export function storeStartGap(
  sqlite: Database.Database,
  recording_id: number,
  firstEvent: TwinEvent,
  overwritten: number,
): void {
  const isOverwritten = overwritten > 0;
  run(
    sqlite,
    q.insertInto("gap").values({
      recording_id,
      kind: isOverwritten ? "overwritten" : "start",
      cpu: null,
      line: null,
      lost: isOverwritten ? overwritten : null,
      from_seq: null,
      to_seq: firstEvent.seq,
      from_ns: null,
      to_ns: stampToInteger(firstEvent.billions, firstEvent.rest),
    }),
  );
}

/** Stores which part of a source that goes on the recording is. */
export function storePart(
  sqlite: Database.Database,
  recording_id: number,
  { from_byte, to_byte, tail_sha256 }: SourcePart,
): void {
  const row = { recording_id, ended_at: wallClock(sqlite), from_byte, to_byte, tail_sha256 };
  run(sqlite, q.insertInto("recording_part").values(row));
}
