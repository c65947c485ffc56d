// How values are written wherever people read them: numbers that the kernel's people read as bits in hexadecimal,
// booleans as the kernel's probes print them.

/** Names of fields that are addresses, tags, vectors or data of an MSI. */
const HEX: ReadonlySet<string> = new Set(["address", "data", "ga_tag", "ga_root_ptr", "vector"]);

/** The value of a field as text; `?` = not known, `-` = none. JSON has numbers and booleans instead. */
export function spelled(name: string, value: string | number | boolean | null): string {
  if (value === null) return "?";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value !== "number") return value;
  if (value === -1) return "-";
  return HEX.has(name) ? `0x${value.toString(16)}` : String(value);
}
