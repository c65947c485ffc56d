// Where the fields of a table entry stand, as a platform tells it.

import { type BitPiece } from "../values/bit-fields.js";

/** One field of an entry. */
export interface EntryField {
  /** The kernel's name of the field; `reserved` = bits that are no field. */
  readonly field: string;
  /** Where its bits stand, the lowest first. */
  readonly pieces: readonly BitPiece[];
  /** What the number counts; null = it is a name or a code. */
  readonly unit: string | null;
  /** What it says. */
  readonly meaning: string;
  /** Its value as people write it; null = not known. */
  readonly value: string | null;
}
