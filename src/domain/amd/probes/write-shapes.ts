// What a write looks like, from the entry before it and after: by that a function whose probe a recording
// lacks can be the writer, or cannot.

import { agrees, type IrteBits } from "../../values/bits.js";
import { inverted, maskOfAll } from "../../values/bit-fields.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";

type Test = (before: IrteBits, seen: IrteBits) => boolean;

/** All but the fields that a load, put, block or unblock changes. */
const BUT_RUN = inverted(maskOfAll([IRTE.is_run, IRTE.ga_log_intr, IRTE.destination]));

/** The shapes by name. */
export const WRITE_SHAPES = {
  /** Posted before and after, to the same vCPU: IsRun, GALogIntr and the destination alone may differ. */
  "run bits": (before, seen) =>
    isGuestMode(before) && isGuestMode(seen) && agrees({ bits: before, known: BUT_RUN }, seen),
  /** Posted before, remapped after, or the other way round. */
  toggle: (before, seen) => isGuestMode(before) !== isGuestMode(seen),
  posted: (before, seen) => isGuestMode(before) || isGuestMode(seen),
  remapped: (before, seen) => !isGuestMode(before) && !isGuestMode(seen),
  valid: (_before, seen) => IRTE.valid.isSet(seen),
  "not valid": (_before, seen) => !IRTE.valid.isSet(seen),
} as const satisfies Readonly<Record<string, Test>>;

/** The name of a shape. */
export type WriteShape = keyof typeof WRITE_SHAPES;
