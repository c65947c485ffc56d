// The kinds of lanes that the platforms of irqtwin have.

import { AMD_LANES } from "../domain/amd/lanes.js";
import { type LaneTable } from "../domain/platform/lanes.js";

/** The name of a kind of lane. */
export type LaneKind = keyof (typeof AMD_LANES)["kinds"];

/** Every kind of lane, with what one row of it is. */
export const LANE_KINDS = saysOf(AMD_LANES.kinds);

function saysOf<Kinds extends LaneTable["kinds"]>(
  kinds: Kinds,
): { readonly [Kind in keyof Kinds]: Kinds[Kind]["says"] } {
  const says = Object.entries(kinds).map(([kind, each]) => [kind, each.says]);
  return Object.fromEntries(says) as { readonly [Kind in keyof Kinds]: Kinds[Kind]["says"] };
}
