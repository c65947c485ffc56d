// Writes with the exchanges that carry them out. A write is judged when it is known whether its exchange follows; the
// events after it wait for that, in order. Usually the exchange is the next event.

import { type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";

/**
 * The exchange of a write: null = its line is missing; undefined = not known, or the event is no write. `isNext`: no
 * other exchange of the entry came before it, so nothing else changed the entry meanwhile.
 */
export interface Pair {
  /**
   * The event `irte_exchanged` of the write; null = its line is missing; undefined = not known, or the event is no
   * write.
   */
  readonly exchange: TwinEvent | null | undefined;
  /** The exchange is the event right after the write. */
  readonly isNext: boolean;
}

const NO_PAIR: Pair = { exchange: undefined, isNext: false };
const MISSING: Pair = { exchange: null, isNext: true };

/** Events that wait at most: a task that does not go on keeps the others waiting no longer. */
const WAITING_MAX = 256;
/** Events of the task itself after which the exchange does not come any more: an interrupt may print one before. */
const OWN_MAX = 2;

/** Hands on events in order, each write with its exchange. */
export class Pairs {
  private readonly waiting: TwinEvent[] = [];
  private readonly next: (event: TwinEvent, pair: Pair) => void;
  /** An exchange was seen: before the first one none is missed. null = not known: the first write waits for it. */
  private seesExchanges: boolean | null = null;

  /** `next` gets each event, a write with its exchange. */
  constructor(next: (event: TwinEvent, pair: Pair) => void) {
    this.next = next;
  }

  /** Takes the next event. */
  push(event: TwinEvent): void {
    if (event.kind === KIND.irte_exchanged) this.seesExchanges = true;
    if (this.waiting.length === 0 && !this.waits(event)) {
      this.next(event, NO_PAIR);
      return;
    }
    this.waiting.push(event);
    this.drain(false);
  }

  /** There is no event any more. */
  end(): void {
    this.drain(true);
  }

  private waits({ kind }: TwinEvent): boolean {
    return this.seesExchanges !== false && kind === KIND.irte_written;
  }

  private drain(isEnd: boolean): void {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      const pair = this.waits(first) ? this.pairOf(first, isEnd) : NO_PAIR;
      if (pair === null) return;
      if (this.waits(first)) this.seesExchanges ??= false;
      this.waiting.shift();
      this.next(first, pair);
    }
  }

  /** null = not known yet. */
  private pairOf(write: TwinEvent, isEnd: boolean): Pair | null {
    let own = 0;
    let isNext = true;
    for (const event of this.waiting.slice(1)) {
      if (payload.written_seq(event) === write.seq) return { exchange: event, isNext };
      if (event.kind === KIND.events_lost) return NO_PAIR;
      if (event.kind === KIND.irte_exchanged && isSameEntry(event, write)) isNext = false;
      if (event.task !== write.task) continue;
      own++;
      if (own >= OWN_MAX || event.kind === KIND.irte_written) return this.missing();
    }
    return isEnd || this.waiting.length > WAITING_MAX ? NO_PAIR : null;
  }

  private missing(): Pair {
    return this.seesExchanges === true ? MISSING : NO_PAIR;
  }
}

function isSameEntry(a: TwinEvent, b: TwinEvent): boolean {
  return a.devid === b.devid && a.irte_index === b.irte_index && a.segment === b.segment;
}
