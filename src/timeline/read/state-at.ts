// The folded state at a moment: the last checkpoint before it, and a replay of the events after that.

import type Database from "better-sqlite3";
import { type Selectable } from "kysely";
import { type Batch } from "../../domain/events/event.js";
import { TwinError } from "../../base/errors.js";
import { platformOf } from "../../platforms/registry.js";
import { readBy } from "../../domain/platform/read-by.js";
import { emptyState, type TwinState } from "../../domain/fold/state.js";
import { checkpointHash, decodeState } from "../store/checkpoint.js";
import { eventsBetween } from "./events.js";
import { type CheckpointTable } from "../schema/derived-tables.js";
import { type Recording } from "./recordings.js";

/** Events folded at a time while replaying. */
const REPLAY_EVENTS = 8192;

/** The last checkpoint up to a seq: the whole one that it adds to, and those between. */
const CHECKPOINT_SQL = `
  SELECT seq, recording_id, state, whole_seq, sha256 FROM checkpoint
  WHERE recording_id = :recording AND seq <= :seq AND seq >= (
    SELECT coalesce(whole_seq, seq) FROM checkpoint
    WHERE recording_id = :recording AND seq <= :seq ORDER BY seq DESC LIMIT 1)
  ORDER BY seq`;

/**
 * The folded state of a recording after event `seq`; with firstSeq - 1 the state before its first event. Reads the
 * last checkpoint and replays the events after it.
 */
export function stateAt(sqlite: Database.Database, recording: Recording, seq: number): TwinState {
  const stored = checkpointsAt(sqlite, recording, seq);
  const { fold } = platformOf(recording);
  let state = decodeState(
    stored.map((checkpoint) => checkpoint.state),
    startOf(recording),
  );
  const from = (stored.at(-1)?.seq ?? recording.firstSeq - 1) + 1;
  for (const batch of replayedFrom(sqlite, from, seq)) state = fold.evolveBatch(state, batch);
  return state;
}

/** The state before the first event of a recording. */
export function startOf(recording: Recording): TwinState {
  return emptyState(readBy(recording), recording.seesExchanges);
}

/** The checkpoints that give the state at the last one up to event `seq`, in order. Throws ERR_TIMELINE_DAMAGED. */
export function checkpointsAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): readonly Selectable<CheckpointTable>[] {
  const stored = sqlite
    .prepare<[{ recording: number; seq: number }], Selectable<CheckpointTable>>(CHECKPOINT_SQL)
    .all({ recording: recording.id, seq });
  for (const checkpoint of stored) refuseChanged(checkpoint);
  return stored;
}

/** The events of a span, in parts of which each is folded at a time. */
export function* replayedFrom(
  sqlite: Database.Database,
  from: number,
  to: number,
): Generator<Batch> {
  for (let at = from; at <= to; at += REPLAY_EVENTS)
    yield eventsBetween(sqlite, at, Math.min(to, at + REPLAY_EVENTS - 1));
}

/** What was changed since it was stored is not the state of anything. Throws ERR_TIMELINE_DAMAGED. */
function refuseChanged(checkpoint: Selectable<CheckpointTable>): void {
  const { seq, sha256 } = checkpoint;
  if (sha256 === null || sha256 === checkpointHash(checkpoint)) return;
  throw new TwinError(
    "ERR_TIMELINE_DAMAGED",
    `the checkpoint at @${seq} is not what was stored: its SHA-256 is not ${sha256}; ask \`irqtwin verify\` what else is damaged, and import the trace anew`,
  );
}
