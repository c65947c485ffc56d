// The AMD IOMMU's interrupt remapping table entry (IRTE), field by field: what each says, and how people write it. Where
// its bits are stands in irte-bits.ts.

import { type BitField } from "../../values/bit-fields.js";
import { type IrteBits } from "../../values/bits.js";
import { IRTE_BITS, isGuestMode, type IrteFieldName } from "./irte-bits.js";

export { isGuestMode, type IrteFieldName };

/** How bad it is if the field is wrong: it loses or misdirects interrupts, or it only costs time. */
type FieldSeverity = "safety" | "performance";

/** One field of the entry. */
export interface IrteField extends BitField {
  /** The kernel's name of the field, in lower case. */
  readonly name: IrteFieldName;
  /** Entries with guest_mode 1 (posted), with guest_mode 0 (remapped), or both, have it. */
  readonly of: "both" | "posted" | "remapped";
  /** How people write its value: a flag as 0 or 1, a number, a number in hexadecimal. */
  readonly format: "flag" | "decimal" | "hex";
  /** What the number counts; null = it is a name or a code. */
  readonly unit: string | null;
  /** What breaks if it is wrong. */
  readonly severity: FieldSeverity;
  /** What it says. */
  readonly meaning: string;
}

type Cells = readonly [
  of: IrteField["of"],
  format: IrteField["format"],
  unit: string | null,
  severity: FieldSeverity,
  meaning: string,
];

// prettier-ignore
const TABLE = {
  valid:       ["both",     "flag",    null,           "safety",      "the IOMMU uses the entry"],
  guest_mode:  ["both",     "flag",    null,           "safety",      "posted into a vCPU (1) or remapped to a CPU (0)"],
  is_run:      ["posted",   "flag",    null,           "performance", "the vCPU runs: ring the doorbell of the CPU"],
  dm:          ["remapped", "flag",    null,           "safety",      "destination mode: 0 physical, 1 logical"],
  ga_log_intr: ["posted",   "flag",    null,           "performance", "log an interrupt that finds the vCPU not running"],
  int_type:    ["remapped", "decimal", null,           "safety",      "delivery mode, 0 fixed"],
  rq_eoi:      ["remapped", "flag",    null,           "safety",      "request an EOI; Linux leaves it 0"],
  no_fault:    ["both",     "flag",    null,           "safety",      "suppress fault events; Linux leaves it 0"],
  destination: ["both",     "decimal", null,           "safety",      "APIC ID of the CPU"],
  ga_tag:      ["both",     "hex",     null,           "safety",      "VM and vCPU, as the GA log names them"],
  vector:      ["both",     "hex",     null,           "safety",      "guest vector if posted, else host vector"],
  ga_root_ptr: ["both",     "hex",     "4 KiB pages",  "safety",      "page frame of the vAPIC backing page"],
} as const satisfies Readonly<Record<IrteFieldName, Cells>>;

function fieldOf(name: IrteFieldName): IrteField {
  const [of, format, unit, severity, meaning] = TABLE[name];
  return { name, ...IRTE_BITS[name], of, format, unit, severity, meaning };
}

/** The fields by name. */
export const IRTE: Readonly<Record<IrteFieldName, IrteField>> = Object.fromEntries(
  (Object.keys(TABLE) as IrteFieldName[]).map((name) => [name, fieldOf(name)]),
) as Record<IrteFieldName, IrteField>;

/** The fields in the order in which a difference names them. */
export const IRTE_FIELDS: readonly IrteField[] = Object.values(IRTE);

/** Fields that Linux leaves 0: a difference in them is told as one of reserved bits. */
export const LEFT_ZERO: ReadonlySet<IrteFieldName> = new Set(["no_fault", "rq_eoi"]);

/** Has an entry with these bits the field, by its guest_mode? */
export function appliesTo({ of }: IrteField, bits: IrteBits): boolean {
  return of === "both" || (of === "posted") === isGuestMode(bits);
}
