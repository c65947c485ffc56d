// The moments that counters count, from lanes of moments.

import { type LaneRows } from "./lane-rows.js";
import { type Moments } from "./packed-lanes.js";

/** The moments of a lane by their labels, in the order in which these come up. */
export function momentsOf({ from, code, meanings }: LaneRows): readonly Moments[] {
  return meanings.map(({ label }, own) => ({
    name: label,
    times: from.filter((_, at) => code[at] === own),
  }));
}
