// In which fields two IRTEs differ, and how bad it is.

import {
  IRTE_FIELDS,
  LEFT_ZERO,
  IRTE,
  appliesTo,
  isGuestMode,
  type IrteField,
  type IrteFieldName,
} from "./irte-fields.js";
import { type IrteBits, type Predicted } from "../../values/bits.js";
import { type Severity } from "../../platform/invariant.js";

/** The name that a difference in bits without a field of their own is told by. */
const RESERVED = "reserved";

/** The name of what two entries differ in: a field, or bits without one. */
export type DifferingField = IrteFieldName | "reserved";

const COMPARED: readonly IrteField[] = IRTE_FIELDS.filter(({ name }) => !LEFT_ZERO.has(name));

/** The names of the fields in which two entries differ, as far as the prediction goes. */
export function differingFields(
  { bits, known }: Predicted,
  seen: IrteBits,
): readonly DifferingField[] {
  // Bits that were not predicted count as seen.
  const filled: IrteBits = {
    loH: (bits.loH & known.loH) | (seen.loH & ~known.loH),
    loL: (bits.loL & known.loL) | (seen.loL & ~known.loL),
    hiH: (bits.hiH & known.hiH) | (seen.hiH & ~known.hiH),
    hiL: (bits.hiL & known.hiL) | (seen.hiL & ~known.hiL),
  };
  const names = COMPARED.filter((field) => valueIn(field, filled) !== valueIn(field, seen)).map(
    ({ name }) => name,
  );
  return names.length > 0 ? names : [RESERVED];
}

/** A field that the entry's shape does not have counts as 0. */
function valueIn(field: IrteField, bits: IrteBits): number {
  return appliesTo(field, bits) ? field.read(bits) : 0;
}

/**
 * How bad a write with wrong fields is: safety where it loses or misdirects interrupts, or writes to memory that
 * is another's; also where it says running of a vCPU that does not run, or is without the GA log that was to
 * wake it.
 */
export function severityOf(fields: readonly string[], seen: IrteBits): Severity {
  const isSafety = (name: string): boolean =>
    (IRTE_FIELDS.find((field) => field.name === name)?.severity ?? "safety") === "safety";
  return fields.some(isSafety) || losesWakeUp(fields, seen) ? "safety" : "performance";
}

function losesWakeUp(fields: readonly string[], seen: IrteBits): boolean {
  if (!isGuestMode(seen)) return false;
  const runs = IRTE.is_run.isSet(seen);
  const saysRunning = fields.includes("is_run") && runs;
  const isNotLogged = fields.includes("ga_log_intr") && !runs && !IRTE.ga_log_intr.isSet(seen);
  return saysRunning || isNotLogged;
}
