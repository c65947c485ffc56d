// What is known at a moment of a recording: the folded state, less what a gap around it may have
// changed, as a document.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/event.js";
import { evolve } from "../../domain/fold/evolve.js";
import { type TwinState } from "../../domain/fold/state.js";
import { type Directory } from "../../timeline/read/directory.js";
import { gapAt, hasLost } from "../../timeline/read/gaps.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { stateAt } from "../../timeline/read/state-at.js";
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
  return evolve(state, {
    seq,
    line: 0,
    billions: 0,
    rest: 0,
    cpu,
    task: null,
    kind: KIND.events_lost,
    vm: null,
    vcpu: null,
    segment: null,
    devid: null,
    irte_index: null,
    gsi: null,
    host_irq: null,
    cause: null,
    cause_seq: null,
    words: 0,
    loH: 0,
    loL: 0,
    hiH: 0,
    hiL: 0,
    a: null,
    b: null,
    c: null,
    d: null,
  });
}
