// The part of the folded state at a moment that one entry of the table is told from. A checkpoint of a long recording
// holds thousands of entities: SQLite picks what is asked for out of its text, and nothing else of it is decoded.

import type Database from "better-sqlite3";
import { type TwinEvent } from "../../domain/events/event.js";
import { type KvmState, type TwinState } from "../../domain/fold/state.js";
import { type IrteRef } from "../../domain/values/names.js";
import { platformOf } from "../../platforms/registry.js";
import { decodeState } from "../store/checkpoint.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";
import { checkpointsAt, replayedFrom, startOf } from "./state-at.js";

interface Checkpoints {
  readonly recording: number;
  readonly from: number;
  readonly to: number;
}

/** All parts of a checkpoint but its entities. */
const REST_SQL = `
  SELECT json_remove(state, '$.irtes', '$.vms', '$.vcpus', '$.routes', '$.gone') AS value FROM checkpoint
  WHERE recording_id = :recording AND seq = :to`;

const ENTRY_SQL = `
  SELECT entry.value FROM checkpoint AS c, json_each(c.state, '$.irtes') AS entry
  WHERE c.recording_id = :recording AND c.seq BETWEEN :from AND :to
    AND entry.value ->> 'devid' = :devid AND entry.value ->> 'index' = :index AND entry.value ->> 'segment' = :segment
  ORDER BY c.seq DESC LIMIT 1`;

const VMS_SQL = `
  SELECT vm.value FROM checkpoint AS c, json_each(c.state, '$.vms') AS vm
  WHERE c.recording_id = :recording AND c.seq BETWEEN :from AND :to
    AND vm.value ->> 'vm' IN (SELECT value FROM json_each(:vms))
  ORDER BY c.seq`;

/**
 * Of the folded state after event `seq` the entry, all irqfds, and the VMs that these are of. What else the state has is what
 * the events since the last checkpoint alone say. Throws ERR_TIMELINE_DAMAGED.
 */
export function entryStateAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
  entry: IrteRef,
): TwinState {
  const stored = checkpointsAt(sqlite, recording, seq);
  const to = stored.at(-1)?.seq ?? recording.firstSeq - 1;
  const batches = [...replayedFrom(sqlite, to + 1, seq)];
  const checkpoints = { recording: recording.id, from: stored[0]?.seq ?? to, to };
  const before =
    stored.length === 0
      ? startOf(recording)
      : decodeState([partOf(sqlite, checkpoints, entry, batches.flat())]);
  const { fold } = platformOf(recording);
  return batches.reduce((state, batch) => fold.evolveBatch(state, batch), before);
}

/** The text of a checkpoint that has these entities alone. `events`: those that are folded from there on. */
function partOf(
  sqlite: Database.Database,
  checkpoints: Checkpoints,
  { segment, devid, index }: IrteRef,
  events: readonly TwinEvent[],
): string {
  const textsOf = (sql: string, values: Readonly<Record<string, number | string>>): string[] =>
    prepared<[typeof values], string>(sqlite, sql)
      .pluck()
      .all({ ...checkpoints, ...values });
  const rest = textsOf(REST_SQL, {})[0] ?? "{}";
  const { irqfds } = JSON.parse(rest) as Pick<KvmState, "irqfds">;
  const named = new Set([...irqfds, ...events].map(({ vm }) => vm));
  const irtes = textsOf(ENTRY_SQL, { segment, devid, index });
  const vms = textsOf(VMS_SQL, { vms: JSON.stringify([...named]) });
  return `${rest.slice(0, -1)},"irtes":[${irtes.join()}],"vms":[${vms.join()}],"vcpus":[],"routes":[]}`;
}
