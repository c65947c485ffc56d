// A collection of garbage at a moment that is known to be a good one.

/** Collects garbage now, where the process lets a program ask for it (`node --expose-gc`). Else V8 does it some time. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
