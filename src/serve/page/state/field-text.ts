// Values of fields as text, and who set them.

import { type FieldBlame } from "../../../index.js";
import { blame } from "./data.js";

/** Fields that are numbers for people; any other number of more than one bit is hexadecimal. */
const DECIMAL: ReadonlySet<string> = new Set([
  ...["destination", "destination_lo", "destination_hi", "host_irq", "gsi", "vm_id", "vcpu_id"],
  ...["devid", "index", "pcpu"],
]);

/** A value as the page writes it: `0xd8`, `1`, `posted`. */
export function fieldText(field: string, value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "bigint") return numberText(field, value);
  if (typeof value === "number") return numberText(field, BigInt(value));
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

function numberText(field: string, value: bigint): string {
  if (value < 0n) return String(value);
  return DECIMAL.has(field) || value < 2n ? String(value) : `0x${value.toString(16)}`;
}

/** Who set a field of the selected entry; null = nobody until T. */
export function blameOf(field: string): FieldBlame | null {
  const fields = blame.state.value.value?.fields ?? [];
  return fields.find((each) => each.field === field) ?? null;
}
