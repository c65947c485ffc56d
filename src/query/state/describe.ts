// What is known at a moment of a recording: the folded state, less what a gap around it may have
// changed, as a document.

import { newDraft } from "../../domain/events/stored-event.js";
import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { evolve } from "../../domain/fold/evolve.js";
import { type TwinState } from "../../domain/fold/state.js";
import {
  gapAt,
  hasLost,
  stateAt,
  type Directory,
  type Recording,
} from "../../timeline/read/read.js";
import { Describer } from "./at.js";
import { type AtDocument, type AtFilter } from "./document.js";
import { predictedAt } from "./predicted.js";
import { type Moment } from "../subject/when.js";

interface Described {
  readonly document: AtDocument;
  /** What the document is of. */
  readonly state: TwinState;
}

/** The state at a moment, and its document. */
export function describeAt(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
  moment: Moment,
  filter: AtFilter = {},
): Described {
  const gap = gapAt(sqlite, recording, moment.seq);
  const folded = stateAt(sqlite, recording, moment.seq);
  const state = gap === null ? folded : forget(folded, gap.cpu, moment.seq);
  const describer = new Describer(recording, who, hasLost(sqlite, recording, moment.seq));
  const predicted = predictedAt(sqlite, recording, moment.seq);
  return { document: describer.describe(state, moment, gap, filter, predicted), state };
}

/** What is left of a state inside a span whose events of one CPU were lost. */
function forget(state: TwinState, cpu: number, seq: number): TwinState {
  const at = { seq, line: 0, billions: 0, rest: 0, cpu, task: null };
  return evolve(state, newDraft(KIND.events_lost, at));
}
