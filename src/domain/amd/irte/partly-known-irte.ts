// An IRTE of which some bits are known: what it is, and what an operation of the driver leaves of it.

import {
  UNKNOWN_BITS,
  either,
  exactly,
  isComplete,
  mapWords,
  masked,
  samePartial,
  type IrteBits,
  type Predicted,
} from "../../values/bits.js";
import { EntryDraft, hasField } from "../../values/bit-fields.js";
import { type Op } from "../../model/calls.js";
import { type IrteModel } from "../../model/model.js";
import { IRTE_ALLOCATED, IRTE_FREE, type IrteMode } from "./irte.js";
import { IRTE, isGuestMode } from "./irte-fields.js";

/** Is the entry posted? null = not known. */
export function isPosted({ bits, known }: Predicted): boolean | null {
  return hasField(known, IRTE.guest_mode) ? isGuestMode(bits) : null;
}

/** The mode, as far as the known bits leave no other; an entry with valid off may be a free one. */
export function partialMode(entry: Predicted): IrteMode | "unknown" {
  const posted = isPosted(entry);
  if (posted === null) return "unknown";
  if (posted) return "posted";
  const isNot = (other: IrteBits): boolean =>
    !samePartial(masked(exactly(other), entry.known), entry);
  if (isNot(IRTE_FREE) && isNot(IRTE_ALLOCATED)) return "remapped";
  if (!isComplete(entry)) return "unknown";
  return isNot(IRTE_FREE) ? "allocated" : "free";
}

/** What an operation leaves of a shadow, and whether it writes to the table; null = it may. */
export interface Outcome {
  /** The driver's copy afterwards. */
  readonly shadow: Predicted;
  /** Does the operation write to the table? null = it may. */
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
    const one = outcomeOf(op(irte, filled), filled);
    outcome = outcome === null ? one : joined(outcome, one);
  }
  return outcome ?? { shadow, writes: null };
}

function outcomeOf(written: ReturnType<Op>, filled: IrteBits): Outcome {
  if (written === "unknown") return { shadow: UNKNOWN_BITS, writes: null };
  if (written === null) return { shadow: exactly(filled), writes: false };
  return { shadow: either(written, written), writes: true };
}

function joined(a: Outcome, b: Outcome): Outcome {
  return {
    shadow: either(a.shadow, b.shadow),
    writes: a.writes === b.writes ? a.writes : null,
  };
}

/** The shadow with its unknown bits filled in, in the ways that can make a difference. */
function fillings(shadow: Predicted): readonly IrteBits[] {
  if (isComplete(shadow)) return [shadow.bits];
  const { bits, known } = shadow;
  const fills = [0, -1].map((fill) => mapWords((name) => bits[name] | (~known[name] & fill)));
  if (isPosted(shadow) !== null) return fills;
  return fills.flatMap((fill) =>
    [false, true].map((mode) => new EntryDraft(fill).setFlag(IRTE.guest_mode, mode).done().bits),
  );
}
