// The invariants and known bugs of AMD hosts as people look them up: without their tests, by number.

import { byNumber } from "../../values/by-number.js";
import { type Invariant, type KnownBug } from "../../platform/invariant.js";
import { INVARIANT_ROWS, type InvariantId } from "./invariants.js";
import { BUG_ROWS, type BugId } from "./known-bugs.js";

/** Every invariant, by its number. */
export const INVARIANTS: readonly (Invariant & { readonly id: InvariantId })[] = INVARIANT_ROWS.map(
  ({ id, class: cls, holds_in, made_by, says, not_checked }) => ({
    id,
    class: cls,
    holds_in,
    made_by,
    says,
    ...(not_checked === undefined ? {} : { not_checked }),
  }),
).sort((a, b) => byNumber(a.id, b.id)) as (Invariant & { readonly id: InvariantId })[];

/** The known bugs by id. */
export const KNOWN_BUGS: Readonly<Record<BugId, KnownBug>> = Object.fromEntries(
  BUG_ROWS.map(
    ({ id, title, in: profiles, fixed_by, fixes, fixed_in, should, where, stimulus }) => [
      id,
      { id, title, in: profiles, fixed_by, fixes, fixed_in, should, where, stimulus },
    ],
  ),
) as Record<BugId, KnownBug>;
