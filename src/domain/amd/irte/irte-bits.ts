// Where the bits of the AMD IOMMU's interrupt remapping table entry (IRTE) are: the one place that knows. Source:
// drivers/iommu/amd/amd_iommu_types.h, struct irte_ga, union irte_ga_lo, union irte_ga_hi, the same in Linux 6.1 to 7.3;
// AMD publication 48882, section 2.2.5. What the fields mean stands apart (irte-fields.ts), so that a browser that only
// decodes entries does not load it.

import { bitField, type BitField } from "../../values/bit-fields.js";
import { type IrteBits } from "../../values/bits.js";

// prettier-ignore
const PLACES = {
  valid:       "loL[0]",
  guest_mode:  "loL[7]",
  is_run:      "loL[6]",
  dm:          "loL[6]",
  ga_log_intr: "loL[2]",
  int_type:    "loL[4:2]",
  rq_eoi:      "loL[5]",
  no_fault:    "loL[1]",
  destination: "loL[31:8] hiH[31:24]",
  ga_tag:      "loH[31:0]",
  vector:      "hiL[7:0]",
  ga_root_ptr: "hiL[31:12] hiH[19:0]",
} as const;

/** The name of a field, as the kernel's headers spell it (is_run for IsRun). */
export type IrteFieldName = keyof typeof PLACES;

/** The bits of each field. */
export const IRTE_BITS: Readonly<Record<IrteFieldName, BitField>> = Object.fromEntries(
  Object.entries(PLACES).map(([name, text]) => [name, bitField(text)]),
) as Record<IrteFieldName, BitField>;

/** Bits that no field has where guest_mode is 1: lo[5:3], hi[11:8], hi[55:52]. Linux leaves them 0. */
export const RESERVED_POSTED: readonly BitField[] = ["loL[5:3]", "hiL[11:8]", "hiH[23:20]"].map(
  bitField,
);

/** The same where guest_mode is 0: there lo[5:3] belongs to int_type and rq_eoi. */
export const RESERVED_REMAPPED: readonly BitField[] = ["hiL[11:8]", "hiH[23:20]"].map(bitField);

/** Is the entry posted into a vCPU? */
export const isGuestMode: (bits: IrteBits) => boolean = IRTE_BITS.guest_mode.isSet;
