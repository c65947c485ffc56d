// What the colours of bars mean: what the platform's table says of its own, and what is the same on all platforms.

import { computed } from "@preact/signals";
import { isWarm } from "../pure/bars.js";
import { laneTable, listed } from "./data.js";

/** The names of swatches, each with what it means. */
export const legend = computed<readonly (readonly [swatch: string, text: string])[]>(() => [
  ...Object.entries(laneTable.value.legend),
  ...(listed.value.some(isWarm) ? [["misdirected", "wrong"] as const] : []),
  ["unknown", "unknown"],
  ["predicted", "predicted"],
]);
