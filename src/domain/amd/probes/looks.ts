// What a write looks like, from the entry before it and after: by that a function whose probe a recording
// lacks can be the writer, or cannot.

import { type IrteBits } from "../../bits.js";
import { isGuestMode } from "../irte.js";

type Test = (before: IrteBits, seen: IrteBits) => boolean;

/** Bit 0 of the first word of an entry. */
const VALID = 1;
/** Of the first word's low half all but IsRun and GALogIntr, which come and go while an entry is posted. */
const AT_REST = 0xbb;

/** The looks by name. */
export const LOOKS = {
  /** Posted before and after, to the same vCPU: IsRun, GALogIntr and the destination alone may differ. */
  "run bits": isRunUpdate,
  /** Posted before, remapped after, or the other way round. */
  toggle: (before, seen) => isGuestMode(before) !== isGuestMode(seen),
  posted: (before, seen) => isGuestMode(before) || isGuestMode(seen),
  remapped: (before, seen) => !isGuestMode(before) && !isGuestMode(seen),
  valid: (_before, seen) => (seen.loL & VALID) !== 0,
  "not valid": (_before, seen) => (seen.loL & VALID) === 0,
} as const satisfies Readonly<Record<string, Test>>;

/** The name of a look. */
export type Look = keyof typeof LOOKS;

function isRunUpdate(before: IrteBits, seen: IrteBits): boolean {
  const isSameVcpu = before.loH === seen.loH && before.hiL === seen.hiL;
  const isPosted = isGuestMode(before) && isGuestMode(seen);
  return isSameVcpu && isPosted && ((before.loL ^ seen.loL) & AT_REST) === 0;
}
