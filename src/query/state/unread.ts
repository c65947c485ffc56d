// The state where lines could not be read: what such a line said is not known, so nothing that it could have changed is
// known until it shows itself again.

import type Database from "better-sqlite3";
import { newDraft } from "../../domain/events/stored-event.js";
import { KIND } from "../../domain/events/kinds.js";
import { NONE, type TwinState } from "../../domain/fold/state.js";
import { type Fold } from "../../domain/fold/evolve.js";
import { stampOf } from "../../base/stamp.js";
import { type Since } from "../../domain/values/ids.js";
import { type IrteRef } from "../../domain/values/names.js";
import { platformOf } from "../../platforms/registry.js";
import { eventsBetween, timeOf } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { entryStateAt } from "../../timeline/read/entry-state-at.js";
import { stateAt } from "../../timeline/read/state-at.js";
import { lastUnread } from "../../timeline/read/unread-lines.js";
import { prepared } from "../../timeline/store/sql.js";

const EVENT_BEFORE_SQL = "SELECT max(seq) AS seq FROM event WHERE seq BETWEEN ? AND ? AND line < ?";

/**
 * The folded state after event `seq`, less what the lines up to there that could not be read may have changed. `one`: only
 * what this entry is told from has to be in it; null = all.
 */
export function stateOf(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
  one: IrteRef | null,
): TwinState {
  const isPart = one !== null && recording.lines.rejected === 0;
  return isPart
    ? entryStateAt(sqlite, recording, seq, one)
    : stateDespiteUnread(sqlite, recording, seq);
}

/** The folded state after event `seq`, less what the lines up to there that could not be read may have changed. */
function stateDespiteUnread(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): TwinState {
  const folded = stateAt(sqlite, recording, seq);
  if (recording.lines.rejected === 0) return folded;
  const { fold } = platformOf(recording);
  // Lines that were put in another order: any of them may stand before the moment.
  if (recording.isSorted) return withoutAny(fold, folded, sinceOf(sqlite, recording, seq));
  const line = lastUnread(sqlite, recording, seq);
  if (line === null) return folded;
  const before = prepared<[number, number, number], { seq: number | null }>(
    sqlite,
    EVENT_BEFORE_SQL,
  ).get(recording.firstSeq, seq, line)?.seq;
  const from = before ?? recording.firstSeq - 1;
  const since = sinceOf(sqlite, recording, from);
  const known = withoutAny(fold, stateAt(sqlite, recording, from), since);
  return fold.evolveBatch(known, eventsBetween(sqlite, from + 1, seq));
}

/** The event as the moment since which something is not known; the recording's first one stands for that before it. */
function sinceOf(sqlite: Database.Database, { first, firstSeq }: Recording, seq: number): Since {
  const time = seq < firstSeq ? (first ?? 0n) : timeOf(sqlite, seq);
  return { seq, ...stampOf(time) };
}

/** What is still known of a state where events of any CPU may be missing, up to a moment. */
export function withoutAny(fold: Fold, state: TwinState, at: Since): TwinState {
  return allCpus(state).reduce((known, cpu) => withoutLost(fold, known, cpu, at), state);
}

/** Events of any CPU may be missing, those of which the state knows nothing included. */
function allCpus({ kvm }: TwinState): readonly number[] {
  return [...new Set([0, ...[...kvm.vcpus.values()].map(({ pcpu }) => pcpu ?? NONE)])];
}

/** What is still known of a state at a moment inside a span in which events of one CPU were lost. */
export function withoutLost(fold: Fold, state: TwinState, cpu: number, at: Since): TwinState {
  return fold.evolve(state, newDraft(KIND.events_lost, { ...at, line: 0, cpu, task: null }));
}
