// How far V8 lets the heap of a process grow.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Keeps a process that imports small: from one collection of old garbage to the next its heap grows to two and a half
 * times what lives, and not to three or four times that. Most of what an import leaves behind is gone before it is old.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=150");
  setFlagsFromString("--expose-gc");
  // A context of its own has it, as V8 has made the one of the program before. Most imports do not ask.
  Object.defineProperty(globalThis, "gc", {
    get: (): unknown => runInNewContext("gc"),
    configurable: true,
  });
}
