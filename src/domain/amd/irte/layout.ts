// Where the fields of an entry stand, for those who draw its bits.

import { type EntryField } from "../../platform/entry-layout.js";
import { hasField } from "../../values/bit-fields.js";
import { type Predicted } from "../../values/bits.js";
import { RESERVED_POSTED, RESERVED_REMAPPED } from "./irte-bits.js";
import { IRTE, IRTE_FIELDS, appliesTo, type IrteField } from "./irte-fields.js";

/** The fields of an entry by its guest_mode; one whose guest_mode is not known is drawn as remapped. */
export function layoutOf({ bits, known }: Predicted): readonly EntryField[] {
  const isModeKnown = hasField(known, IRTE.guest_mode);
  const fields = IRTE_FIELDS.filter((field) => appliesTo(field, bits)).map((field): EntryField => ({
    field: field.name,
    pieces: field.pieces,
    unit: field.unit,
    meaning: field.meaning,
    value: isModeKnown && hasField(known, field) ? shownValue(field, field.read(bits)) : null,
  }));
  const isPosted = isModeKnown && IRTE.guest_mode.isSet(bits);
  const reserved = (isPosted ? RESERVED_POSTED : RESERVED_REMAPPED).map((field): EntryField => ({
    field: "reserved",
    pieces: field.pieces,
    unit: null,
    meaning: "no field: Linux leaves it 0",
    value: hasField(known, field) ? String(field.read(bits)) : null,
  }));
  return [...fields, ...reserved];
}

function shownValue({ format }: IrteField, value: number): string {
  return format === "hex" ? `0x${value.toString(16)}` : String(value);
}
