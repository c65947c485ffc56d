// What the bits of an IRTE say, field by field, as far as they are known.

import { type Predicted } from "../../values/bits.js";
import { hasField, type BitField } from "../../values/bit-fields.js";
import { type EntryFields } from "../../platform/platform.js";
import { IRTE } from "./irte-fields.js";
import { isPosted, partialMode } from "./partly-known-irte.js";

/** The fields of an entry; null = not all bits of the field are known. */
export function describeIrte(entry: Predicted): EntryFields {
  const { bits, known } = entry;
  const posted = isPosted(entry);
  const number = (field: BitField): number | null =>
    hasField(known, field) ? field.read(bits) : null;
  const flag = (field: BitField): boolean | null =>
    hasField(known, field) ? field.isSet(bits) : null;
  // A remapped entry has other fields in these places.
  const ofPosted = (field: BitField): boolean | null => (posted === true ? flag(field) : posted);
  const ga_root_ptr = number(IRTE.ga_root_ptr);
  return {
    mode: partialMode(entry),
    valid: flag(IRTE.valid),
    vector: number(IRTE.vector),
    is_run: ofPosted(IRTE.is_run),
    ga_log_intr: ofPosted(IRTE.ga_log_intr),
    destination: number(IRTE.destination),
    ga_tag: number(IRTE.ga_tag),
    ga_root_ptr: ga_root_ptr === null ? null : `0x${ga_root_ptr.toString(16)}`,
  };
}
