// How many questions of one kind are under way at once: each holds memory and takes its turns of the one thread.

import { aborted, refuseAborted } from "../../base/abort.js";
import { HttpError } from "./http-error.js";

/** How many a gate lets through. */
export interface GateSize {
  /** So many are under way at once. */
  readonly running: number;
  /** So many more wait for a place; any further one is refused. */
  readonly waiting: number;
}

/**
 * The gates of a server, and how many each lets through.
 * - questions: what costs time or memory. They take turns at one thread, so more of them would not be answered sooner. A
 *   browser has six under way, so a few of them find a place to wait.
 * - traces: readings of a trace, each of which holds parts of it and may take long. The page has one under way.
 * - rules: checks by other rules, which take a recording's events once.
 */
const SIZES = {
  questions: { running: 4, waiting: 16 },
  traces: { running: 4, waiting: 8 },
  rules: { running: 1, waiting: 2 },
} as const satisfies Readonly<Record<string, GateSize>>;

/** The name of a gate of a server. */
export type GateName = keyof typeof SIZES;

/** The gates of one server. */
export type Gates = Readonly<Record<GateName, Gate>>;

/** The gates of a new server. */
export function newGates(): Gates {
  const { questions, traces, rules } = SIZES;
  return { questions: new Gate(questions), traces: new Gate(traces), rules: new Gate(rules) };
}

/** Gives the place back. What is called again does nothing. */
export type Leave = () => void;

/** A gate with places. Who comes first has the next one. */
export class Gate {
  private readonly size: GateSize;
  private readonly queue: (() => void)[] = [];
  private running = 0;

  /** A gate of that size. */
  constructor(size: GateSize) {
    this.size = size;
  }

  /**
   * Waits for a place, and gives what gives it back. Throws ERR_TOO_MANY where too many wait already, ERR_ABORTED when
   * `signal` fires before there is a place.
   */
  async enter(signal: AbortSignal): Promise<Leave> {
    refuseAborted(signal);
    // Who leaves hands its place on: it is counted already.
    if (this.running >= this.size.running) await this.placeFreed(signal);
    else this.running++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.queue.shift();
      if (next === undefined) this.running--;
      else next();
    };
  }

  private async placeFreed(signal: AbortSignal): Promise<void> {
    if (this.queue.length >= this.size.waiting) throw new HttpError("ERR_TOO_MANY");
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.queue.splice(this.queue.indexOf(take), 1);
        reject(aborted(signal));
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.queue.push(take);
    });
  }
}
