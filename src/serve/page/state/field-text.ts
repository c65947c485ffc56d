// Values of fields as text, and who set them.

import { type FieldBlame } from "../../../index.js";
import { blame } from "./data.js";

/** Fields that are written in hexadecimal, as the contract writes them. */
const HEX: ReadonlySet<string> = new Set(["vector", "ga_tag", "ga_root_ptr"]);

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
  return HEX.has(field) ? `0x${value.toString(16)}` : String(value);
}

/** Who set a field of the selected entry; null = nobody until T. */
export function blameOf(field: string): FieldBlame | null {
  const fields = blame.state.value.value?.fields ?? [];
  return fields.find((each) => each.field === field) ?? null;
}
