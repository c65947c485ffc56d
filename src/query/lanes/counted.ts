// The moments that counters count, from lanes of moments.

import { type LaneRows } from "./lane-rows.js";
import { inOrder, type Moments } from "./packed-lanes.js";

/** The moments of a lane by their labels. */
export function momentsOf({ from, code, meanings }: LaneRows): readonly Moments[] {
  const moments = meanings.map(({ label }, own) => ({
    name: label,
    times: from.filter((_, at) => code[at] === own),
  }));
  return inOrder(moments);
}
