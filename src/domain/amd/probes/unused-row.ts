// How a row of a probe whose lines are not used is written down.

import { type Definition } from "./definition.js";
import { type ProbeRow } from "./row.js";

type Named<Name extends string> = Omit<ProbeRow, "name"> & { readonly name: Name };

/** A probe of the full set, whose lines are counted by name and not stored. */
export function unused<const Name extends string>(
  [name, type, fn]: readonly [Name, "entry" | "return" | "inside", string],
  definitions: readonly Definition[],
  file: string,
  more: Partial<Pick<ProbeRow, "symbols" | "facts" | "tells" | "level">> = {},
): Named<Name> {
  return { name, type, function: fn, definitions, file, level: "full", ...more };
}
