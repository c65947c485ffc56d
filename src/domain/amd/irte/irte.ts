// The AMD IOMMU's interrupt remapping table entry (IRTE) as a value: decoded, encoded, and what it is.
// Where each field's bits are stands in irte-bits.ts.
//
// Source: drivers/iommu/amd/amd_iommu_types.h, the same in Linux 6.1 to 7.3.

import { EntryDraft } from "../../values/bit-fields.js";
import { NO_BITS, sameBits, type IrteBits } from "../../values/bits.js";
import { IRTE_BITS as IRTE, RESERVED_POSTED, RESERVED_REMAPPED, isGuestMode } from "./irte-bits.js";

/** Largest table: 2048 entries where the IOMMU has NUM_INT_REMAP_SUP 2K (amd_iommu_types.h). */
export const IRTES_MAX = 2048;

/** guest_mode = 0: the IOMMU sends `vector` to the host CPU with APIC ID `destination`. */
export interface RemappedIrte {
  /** Tells it from a PostedIrte. */
  readonly shape: "remapped";
  /** RemapEn, lo[0]: the IOMMU takes the entry. */
  readonly valid: boolean;
  /** SupIOPF, lo[1]: faults of the entry are not logged. Linux leaves it 0. */
  readonly no_fault: boolean;
  /** Delivery mode, lo[4:2], 0 = fixed. */
  readonly int_type: number;
  /** lo[5]: an EOI is asked for. Linux leaves it 0. */
  readonly rq_eoi: boolean;
  /** Destination mode, lo[6]: false = physical, true = logical. */
  readonly dm: boolean;
  /** 32-bit APIC ID. */
  readonly destination: number;
  /** The host's vector, hi[7:0]. */
  readonly vector: number;
  /** lo[63:32]; this shape does not name these bits, so they are kept as they are. */
  readonly ga_tag: number;
  /** hi[51:12]; this shape does not name these bits either. */
  readonly ga_root_ptr: bigint;
  /** hi[11:8] and hi[55:52], kept as they are. */
  readonly reserved: number;
}

/** guest_mode = 1: the IOMMU posts `vector` into the vAPIC backing page of a vCPU. */
export interface PostedIrte {
  /** Tells it from a RemappedIrte. */
  readonly shape: "posted";
  /** RemapEn, lo[0]: the IOMMU takes the entry. */
  readonly valid: boolean;
  /** SupIOPF, lo[1]: faults of the entry are not logged. Linux leaves it 0. */
  readonly no_fault: boolean;
  /** Write a GA log entry when an interrupt arrives and the vCPU does not run. */
  readonly ga_log_intr: boolean;
  /** The vCPU runs: ring the doorbell of the CPU with APIC ID `destination`. */
  readonly is_run: boolean;
  /** 32-bit APIC ID. */
  readonly destination: number;
  /** The guest's vector, hi[7:0]. */
  readonly vector: number;
  /** The GA tag, lo[63:32] (decodeGaTag()). */
  readonly ga_tag: number;
  /** Backing page address >> 12, 40 bits, C-bit included. */
  readonly ga_root_ptr: bigint;
  /** lo[5:3] in bits 2:0, hi[11:8] in bits 6:3, hi[55:52] in bits 10:7. Linux leaves them 0. */
  readonly reserved: number;
}

/** An entry, decoded. */
export type Irte = RemappedIrte | PostedIrte;

/** What an entry is, seen from its bits alone. */
export type IrteMode = "posted" | "remapped" | "allocated" | "free";

/** irte_ga_clear_allocated(): all 128 bits zero. */
export const IRTE_FREE: IrteBits = NO_BITS;

/** irte_ga_set_allocated(): lo = 0, hi.vector = 0xff. */
export const IRTE_ALLOCATED: IrteBits = /* @__PURE__ */ allocated();

/** A bundler leaves this out where nobody asks for it. */
function allocated(): IrteBits {
  return new EntryDraft(NO_BITS).set(IRTE.vector, 0xff).done().bits;
}

/** irte_ga_is_allocated() calls an entry with vector 0 free; `allocated` is the exact marker. */
export function irteMode(bits: IrteBits): IrteMode {
  if (sameBits(bits, IRTE_FREE)) return "free";
  if (sameBits(bits, IRTE_ALLOCATED)) return "allocated";
  return isGuestMode(bits) ? "posted" : "remapped";
}

/** The fields of an entry: every one of the 128 bits goes into exactly one of them. */
export function decodeIrte(bits: IrteBits): Irte {
  const common = {
    valid: IRTE.valid.isSet(bits),
    no_fault: IRTE.no_fault.isSet(bits),
    destination: IRTE.destination.read(bits),
    vector: IRTE.vector.read(bits),
    ga_tag: IRTE.ga_tag.read(bits),
    ga_root_ptr: BigInt(IRTE.ga_root_ptr.read(bits)),
  };
  if (isGuestMode(bits)) {
    return {
      shape: "posted",
      ...common,
      ga_log_intr: IRTE.ga_log_intr.isSet(bits),
      is_run: IRTE.is_run.isSet(bits),
      reserved: readReserved(bits),
    };
  }
  return {
    shape: "remapped",
    ...common,
    int_type: IRTE.int_type.read(bits),
    rq_eoi: IRTE.rq_eoi.isSet(bits),
    dm: IRTE.dm.isSet(bits),
    reserved: readReserved(bits),
  };
}

/** Places of the reserved pieces in `reserved`: lo[5:3], hi[11:8], hi[55:52]. */
const RESERVED_SHIFTS = [0, 3, 7];

function reservedPieces(
  isPosted: boolean,
): readonly (readonly [number, (typeof RESERVED_POSTED)[number]])[] {
  const pieces = isPosted ? RESERVED_POSTED : RESERVED_REMAPPED;
  const shifts = RESERVED_SHIFTS.slice(-pieces.length);
  return pieces.map((piece, i) => [shifts[i] ?? 0, piece]);
}

function readReserved(bits: IrteBits): number {
  return reservedPieces(isGuestMode(bits)).reduce(
    (all, [shift, piece]) => all | (piece.read(bits) << shift),
    0,
  );
}

/** The inverse of `decodeIrte`. */
export function encodeIrte(irte: Irte): IrteBits {
  const draft = new EntryDraft(NO_BITS)
    .setFlag(IRTE.valid, irte.valid)
    .setFlag(IRTE.no_fault, irte.no_fault)
    .set(IRTE.destination, irte.destination)
    .set(IRTE.ga_tag, irte.ga_tag)
    .set(IRTE.vector, irte.vector)
    .set(IRTE.ga_root_ptr, Number(irte.ga_root_ptr))
    .setFlag(IRTE.guest_mode, irte.shape === "posted");
  if (irte.shape === "posted") {
    draft.setFlag(IRTE.ga_log_intr, irte.ga_log_intr).setFlag(IRTE.is_run, irte.is_run);
  } else {
    draft
      .set(IRTE.int_type, irte.int_type)
      .setFlag(IRTE.rq_eoi, irte.rq_eoi)
      .setFlag(IRTE.dm, irte.dm);
  }
  for (const [shift, piece] of reservedPieces(irte.shape === "posted"))
    draft.set(piece, irte.reserved >>> shift);
  return draft.done().bits;
}
