// An IRTE of which some bits are known: what may have been written, joined bit by bit. Unknown bits are
// 0 in `bits`, so that two equal states compare equal.

import { type Op } from "../model/calls.js";
import { IRTE_ALLOCATED, IRTE_FREE, isGuestMode, type IrteMode } from "./irte.js";
import {
  type IrteBits,
  isComplete,
  type Predicted,
  samePartial,
  masked,
  exactly,
  UNKNOWN_BITS,
  either,
  mapWords,
} from "../bits.js";
import { type IrteModel } from "../model/model.js";

/** null = not known. */
const GUEST_MODE = 1 << 7;

export function isPosted({ bits, known }: Predicted): boolean | null {
  return (known.loL & GUEST_MODE) === 0 ? null : isGuestMode(bits);
}

/** The mode, as far as the known bits leave no other; an entry with valid off may be a free one. */
export function partialMode(entry: Predicted): IrteMode | "unknown" {
  const { bits, known } = entry;
  if ((known.loL & GUEST_MODE) === 0) return "unknown";
  if (isGuestMode(bits)) return "posted";
  const isNot = (other: IrteBits): boolean => !samePartial(masked(exactly(other), known), entry);
  if (isNot(IRTE_FREE) && isNot(IRTE_ALLOCATED)) return "remapped";
  if (!isComplete(entry)) return "unknown";
  return isNot(IRTE_FREE) ? "allocated" : "free";
}

/** What an operation leaves of a shadow, and whether it writes to the table; null = it may. */
export interface Outcome {
  readonly shadow: Predicted;
  readonly writes: boolean | null;
}

/**
 * An operation on a shadow of which some bits are not known. Each bit that an operation writes depends
 * on at most one bit of the shadow and on guest_mode: with the unknown bits filled with zeros and with
 * ones, in either mode, what comes out the same each time is known.
 */
export function applied(op: Op, irte: IrteModel, shadow: Predicted): Outcome {
  let outcome: Outcome | null = null;
  for (const filled of fillings(shadow)) {
    const written = op(irte, filled);
    const one: Outcome = {
      shadow: written === null ? exactly(filled) : written === "unknown" ? UNKNOWN_BITS : written,
      writes: written === "unknown" ? null : written !== null,
    };
    outcome =
      outcome === null
        ? { ...one, shadow: either(one.shadow, one.shadow) }
        : {
            shadow: either(outcome.shadow, one.shadow),
            writes: outcome.writes === one.writes ? one.writes : null,
          };
  }
  return outcome ?? { shadow, writes: null };
}

function fillings(shadow: Predicted): readonly IrteBits[] {
  if (isComplete(shadow)) return [shadow.bits];
  const { bits, known } = shadow;
  const fills = [0, -1].map((fill) => mapWords((name) => bits[name] | (~known[name] & fill)));
  if (isPosted(shadow) !== null) return fills;
  return fills.flatMap((fill) => [
    { ...fill, loL: fill.loL & ~GUEST_MODE },
    { ...fill, loL: fill.loL | GUEST_MODE },
  ]);
}
