// Long work in steps: a generator pauses at each `yield`. The same work runs at once, or in turns with everything else
// that the process does, and then it can be stopped.

import { refuseAborted } from "./abort.js";

/** Work that pauses at each `yield`, and returns its result. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Work in turns goes on for so many milliseconds before timers and signals get their turn. */
export const TURN_MS = 20;

/** Does all the work now. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * Does the work in turns. Throws ERR_ABORTED soon after `signal` fires; the work is left where it is then. `rest`: it rests
 * for so many times as long as a turn before the next one, so that it takes a share of the process only.
 */
export async function inTurns<Result>(
  steps: Steps<Result>,
  signal?: AbortSignal,
  rest = 0,
): Promise<Result> {
  let isOver = false;
  try {
    let until = 0;
    for (;;) {
      if (performance.now() >= until) {
        await (rest === 0 || until === 0 ? nextTurn() : pause(rest * TURN_MS));
        refuseAborted(signal);
        until = performance.now() + TURN_MS;
      }
      const step = steps.next();
      isOver = step.done === true;
      if (step.done === true) return step.value;
    }
  } finally {
    if (!isOver) endEarly(steps);
  }
}

/** Timers, signals and input get their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What the work has opened is closed. */
function endEarly(steps: Iterator<undefined>): void {
  steps.return?.();
}
