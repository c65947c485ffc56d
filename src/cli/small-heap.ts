// How far V8 lets the heap of a process grow.

import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Most of what an import leaves behind is gone before it is old: a small heap may grow by so many percent of what lives, */
const GROWTH_PERCENT = 150;
/** a larger one up to this, */
const HEAP_MB = 55;
/** and one of which more lives by this: what each line leaves behind does not grow with what is kept. */
const GROWTH_MB = 20;
const MB = 1e6;

/**
 * Keeps a process that imports small: from one collection of old garbage to the next its heap grows to two and a half
 * times what lives, and not to three or four times that, and that of a long recording by GROWTH_MB.
 */
export function keepHeapSmall(): void {
  letGrow(GROWTH_PERCENT);
  new PerformanceObserver((list) => {
    if (list.getEntries().some(isOfOld)) letGrow(growthOf(getHeapStatistics().used_heap_size / MB));
  }).observe({ entryTypes: ["gc"] });
  // Most imports do not ask for it.
  Object.defineProperty(globalThis, "gc", { get: collector, configurable: true });
}

/** By how many percent a heap may grow of which so many MB live. */
export function growthOf(livingMB: number): number {
  const growthMB = Math.max(GROWTH_MB, HEAP_MB - livingMB);
  return Math.min(GROWTH_PERCENT, Math.round((100 * growthMB) / livingMB));
}

/** What collects garbage: a context that is made from then on has it, and the program's own was made before. */
function collector(): unknown {
  setFlagsFromString("--expose-gc");
  return runInNewContext("globalThis.gc");
}

function letGrow(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/** Was it a collection of old garbage, and not of the young generation alone? */
function isOfOld(entry: object): boolean {
  const { detail } = entry as { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
