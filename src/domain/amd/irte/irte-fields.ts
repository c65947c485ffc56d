// The AMD IOMMU's interrupt remapping table entry (IRTE), field by field: the one place that knows where its
// bits are. Source: drivers/iommu/amd/amd_iommu_types.h, struct irte_ga, union irte_ga_lo, union irte_ga_hi, the
// same in Linux 6.1 to 7.3; AMD publication 48882, section 2.2.5.

import { bitField, type BitField } from "../../values/bit-fields.js";
import { type IrteBits } from "../../values/bits.js";

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
  bits: string,
  of: IrteField["of"],
  format: IrteField["format"],
  unit: string | null,
  severity: FieldSeverity,
  meaning: string,
];

// prettier-ignore
const TABLE = {
  valid:       ["loL[0]",             "both",     "flag",    null,           "safety",      "the IOMMU uses the entry"],
  guest_mode:  ["loL[7]",             "both",     "flag",    null,           "safety",      "posted into a vCPU (1) or remapped to a CPU (0)"],
  is_run:      ["loL[6]",             "posted",   "flag",    null,           "performance", "the vCPU runs: ring the doorbell of the CPU"],
  dm:          ["loL[6]",             "remapped", "flag",    null,           "safety",      "destination mode: 0 physical, 1 logical"],
  ga_log_intr: ["loL[2]",             "posted",   "flag",    null,           "performance", "log an interrupt that finds the vCPU not running"],
  int_type:    ["loL[4:2]",           "remapped", "decimal", null,           "safety",      "delivery mode, 0 fixed"],
  rq_eoi:      ["loL[5]",             "remapped", "flag",    null,           "safety",      "request an EOI; Linux leaves it 0"],
  no_fault:    ["loL[1]",             "both",     "flag",    null,           "safety",      "suppress fault events; Linux leaves it 0"],
  destination: ["loL[31:8] hiH[31:24]", "both",   "decimal", null,           "safety",      "APIC ID of the CPU"],
  ga_tag:      ["loH[31:0]",          "both",     "hex",     null,           "safety",      "VM and vCPU, as the GA log names them"],
  vector:      ["hiL[7:0]",           "both",     "hex",     null,           "safety",      "guest vector if posted, else host vector"],
  ga_root_ptr: ["hiL[31:12] hiH[19:0]", "both",   "hex",     "4 KiB pages",  "safety",      "page frame of the vAPIC backing page"],
} as const satisfies Readonly<Record<string, Cells>>;

/** The name of a field, as the kernel's headers spell it (is_run for IsRun). */
export type IrteFieldName = keyof typeof TABLE;

function fieldOf(name: IrteFieldName): IrteField {
  const [bits, of, format, unit, severity, meaning] = TABLE[name];
  return { name, ...bitField(bits), of, format, unit, severity, meaning };
}

/** The fields by name. */
export const IRTE: Readonly<Record<IrteFieldName, IrteField>> = Object.fromEntries(
  (Object.keys(TABLE) as IrteFieldName[]).map((name) => [name, fieldOf(name)]),
) as Record<IrteFieldName, IrteField>;

/** The fields in the order in which a difference names them. */
export const IRTE_FIELDS: readonly IrteField[] = Object.values(IRTE);

/** Bits that no field has where guest_mode is 1: lo[5:3], hi[11:8], hi[55:52]. Linux leaves them 0. */
export const RESERVED_POSTED: readonly BitField[] = ["loL[5:3]", "hiL[11:8]", "hiH[23:20]"].map(
  bitField,
);

/** The same where guest_mode is 0: there lo[5:3] belongs to int_type and rq_eoi. */
export const RESERVED_REMAPPED: readonly BitField[] = ["hiL[11:8]", "hiH[23:20]"].map(bitField);

/** Fields that Linux leaves 0: a difference in them is told as one of reserved bits. */
export const LEFT_ZERO: ReadonlySet<IrteFieldName> = new Set(["no_fault", "rq_eoi"]);

/** Is the entry posted into a vCPU? */
export const isGuestMode: (bits: IrteBits) => boolean = IRTE.guest_mode.isSet;

/** Has an entry with these bits the field, by its guest_mode? */
export function appliesTo({ of }: IrteField, bits: IrteBits): boolean {
  return of === "both" || (of === "posted") === isGuestMode(bits);
}
