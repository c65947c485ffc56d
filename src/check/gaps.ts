// Where events were lost, as the checker walks past: in a gap nothing is judged, and at its edges what was
// known is known no more.

import { KIND } from "../domain/events/kinds.js";
import { type TwinEvent } from "../domain/events/event.js";

/** Lost events of a CPU: after its last event `from` (null = the beginning), up to the marker's event. */
export interface GapSpan {
  /** The last event of the CPU before the gap; null = the gap is at the beginning. */
  readonly from: number | null;
  /** The event of the marker that ends it. */
  readonly to: number;
}

/** The gaps of a recording, in step with its events. */
export class Gaps {
  /** All, in order of their beginning. */
  private readonly spans: GapSpan[];
  /** So many of them have begun. */
  private begun = 0;
  /** The last event of those that have begun. */
  private end = 0;
  /** Tasks that were seen to end a function since events were lost; null = none were lost. */
  private settled: Set<number | null> | null = null;

  /** `spans`: the gaps of the recording. */
  constructor(spans: readonly GapSpan[]) {
    this.spans = inOrder(spans);
  }

  /** More gaps, all of which begin behind the events that were looked at. */
  add(spans: readonly GapSpan[]): void {
    const later = this.spans.splice(this.begun);
    this.spans.push(...inOrder([...later, ...spans]));
  }

  /** Does a gap begin or end with this event? */
  isEdge({ seq, kind }: TwinEvent): boolean {
    let begins = false;
    for (let next = this.spans[this.begun]; next !== undefined; next = this.spans[this.begun]) {
      if (seq <= (next.from ?? 0)) break;
      begins = true;
      this.end = Math.max(this.end, next.to);
      this.begun++;
    }
    return begins || kind === KIND.events_lost;
  }

  /** Is the event inside a gap? Ask after `isEdge`. */
  holds({ seq }: TwinEvent): boolean {
    return seq <= this.end;
  }

  /** Events are lost here: every task may be in the middle of a function that was not seen. */
  forgetTasks(): void {
    this.settled = new Set();
  }

  /** The task was seen to end a function. */
  noteEnded(task: number | null): void {
    this.settled?.add(task);
  }

  /** After a gap the first function that is seen of a task may run inside one that was not. */
  isSettled({ task }: TwinEvent): boolean {
    return this.settled === null || this.settled.has(task);
  }
}

function inOrder(spans: readonly GapSpan[]): GapSpan[] {
  return [...spans].sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
}
