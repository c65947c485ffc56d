// The moments that counters count, from lanes of moments.

import { type LaneRows } from "./lane-rows.js";
import { inOrder, type Moments } from "./packed-lanes.js";

/** What counters count, by its name. */
export interface Counted {
  /** IRTE writes by their causes. */
  readonly writes: readonly Moments[];
  /** GA log entries. */
  readonly gaLog: readonly Moments[];
}

/** The moments of a lane by their labels. */
export function momentsOf({ from, code, meanings }: LaneRows): readonly Moments[] {
  const moments = meanings.map(({ label }, own) => ({
    name: label,
    times: from.filter((_, at) => code[at] === own),
  }));
  return inOrder(moments);
}
