// What is told of batches once their transaction is committed.

import { type Batch } from "../../domain/events/event.js";
import { type TwinState } from "../../domain/fold/state.js";
import { tell, type CommittedPart } from "./listener.js";
import { type ImportJudge, type ImportOptions } from "./options.js";

const NOTHING = { unheard: [], untold: [] } as const;

/** Keeps what is to be told of a recording until it is committed. */
export class CommitNews {
  private readonly recording: number;
  private readonly options: Pick<ImportOptions, "onBatch"> & ImportJudge;
  /** Events that the caller wants to be told of. */
  private unheard: Batch[] = [];
  /** What the listener is told. */
  private untold: CommittedPart[] = [];
  /** What of both is in a transaction that may be under way. */
  private given: { readonly unheard: readonly Batch[]; readonly untold: readonly CommittedPart[] } =
    NOTHING;

  /** `recording`: its number. `options`: whom to tell. */
  constructor(recording: number, options: CommitNews["options"]) {
    this.recording = recording;
    this.options = options;
  }

  /** Notes a batch, or a part of one. `stateNow`: copies the state after it, if a listener asks for it. */
  note(events: Batch, stateNow: () => TwinState): void {
    if (events.length > 0 && this.isHeard()) this.unheard.push(events);
    const { listener } = this.options;
    if (listener === undefined) return;
    const [first, last] = [events[0], events.at(-1)];
    const [first_seq, last_seq] = [first?.seq ?? null, last?.seq ?? null];
    this.untold.push({ first_seq, last_seq, state: listener.isHeard() ? stateNow() : null });
  }

  /** What was noted since the last call is given to a transaction. All that was given before is told. */
  give(): void {
    const { unheard, untold } = this;
    this.given = { unheard, untold };
    this.unheard = [];
    this.untold = [];
  }

  /** Tells what was given: it is committed. */
  tellGiven(): void {
    const { options, recording } = this;
    const { unheard, untold } = this.given;
    this.given = NOTHING;
    for (const events of unheard) tell(() => options.onBatch?.(events));
    for (const part of untold) tell(() => options.listener?.committed(recording, part));
  }

  private isHeard(): boolean {
    return this.options.onBatch !== undefined && (this.options.isHeard?.() ?? true);
  }
}
