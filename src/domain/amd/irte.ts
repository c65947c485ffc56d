// The AMD IOMMU's interrupt remapping table entry (IRTE), bit for bit.
//
// 128-bit GA format: struct irte_ga, union irte_ga_lo, union irte_ga_hi; 32-bit legacy format:
// union irte. Source: drivers/iommu/amd/amd_iommu_types.h, the same in Linux 6.12 to 7.3.
// A word is a pair of 32-bit integers: `loH:loL` holds bits 63:0, `hiH:hiL` bits 127:64.

import { type IrteBits, sameBits } from "../bits.js";

/** Largest table: 2048 entries where the IOMMU has NUM_INT_REMAP_SUP 2K (amd_iommu_types.h). */
export const IRTES_MAX = 2048;

/** guest_mode = 0: the IOMMU sends `vector` to the host CPU with APIC ID `destination`. */
export interface RemappedIrte {
  readonly shape: "remapped";
  readonly valid: boolean;
  readonly no_fault: boolean;
  /** Delivery mode, 0 = fixed. */
  readonly int_type: number;
  readonly rq_eoi: boolean;
  /** Destination mode: false physical, true logical. */
  readonly dm: boolean;
  /** 32-bit APIC ID. */
  readonly destination: number;
  readonly vector: number;
  /** The bits that this shape does not name: lo[63:32], hi[11:8], hi[51:12], hi[55:52]. */
  readonly ga_tag: number;
  readonly ga_root_ptr: bigint;
  readonly reserved: number;
}

/** guest_mode = 1: the IOMMU posts `vector` into the vAPIC backing page of a vCPU. */
export interface PostedIrte {
  readonly shape: "posted";
  readonly valid: boolean;
  readonly no_fault: boolean;
  /** Write a GA log entry when an interrupt arrives and the vCPU does not run. */
  readonly ga_log_intr: boolean;
  /** The vCPU runs: ring the doorbell of the CPU with APIC ID `destination`. */
  readonly is_run: boolean;
  /** 32-bit APIC ID. */
  readonly destination: number;
  readonly vector: number;
  readonly ga_tag: number;
  /** Backing page address >> 12, 40 bits, C-bit included. */
  readonly ga_root_ptr: bigint;
  /** lo[5:3] in bits 2:0, hi[11:8] in bits 6:3, hi[55:52] in bits 10:7. Linux leaves them 0. */
  readonly reserved: number;
}

export type Irte = RemappedIrte | PostedIrte;

/** What an entry is, seen from its bits alone. */
export type IrteMode = "posted" | "remapped" | "allocated" | "free";

/** irte_ga_clear_allocated(): all 128 bits zero. */
export const IRTE_FREE: IrteBits = { loH: 0, loL: 0, hiH: 0, hiL: 0 };

/** irte_ga_set_allocated(): lo = 0, hi.vector = 0xff. */
export const IRTE_ALLOCATED: IrteBits = { loH: 0, loL: 0, hiH: 0, hiL: 0xff };

/** IRTE_ALLOCATED (~1U) of the 32-bit format. */
export const IRTE32_ALLOCATED = 0xffff_fffe;

const BIT_VALID = 1 << 0;
const BIT_NO_FAULT = 1 << 1;
const BIT_GA_LOG_INTR = 1 << 2;
const BIT_RQ_EOI = 1 << 5;
const BIT_DM_OR_IS_RUN = 1 << 6;
const BIT_GUEST_MODE = 1 << 7;

export function isGuestMode(bits: IrteBits): boolean {
  return (bits.loL & BIT_GUEST_MODE) !== 0;
}

/** irte_ga_is_allocated() calls an entry with vector 0 free; `allocated` is the exact marker. */
export function irteMode(bits: IrteBits): IrteMode {
  if (sameBits(bits, IRTE_FREE)) return "free";
  if (sameBits(bits, IRTE_ALLOCATED)) return "allocated";
  return isGuestMode(bits) ? "posted" : "remapped";
}

/** Destination as an unsigned 32-bit APIC ID: lo[31:8] and hi[63:56]. */
export function destinationOf(bits: IrteBits): number {
  return ((bits.loL >>> 8) | (bits.hiH & 0xff00_0000)) >>> 0;
}

/** hi[51:12] as an unsigned number (40 bits, exact). */
export function gaRootPtrOf(bits: IrteBits): number {
  return (bits.hiH & 0xf_ffff) * 0x10_0000 + (bits.hiL >>> 12);
}

export function decodeIrte(bits: IrteBits): Irte {
  const { loH, loL, hiH, hiL } = bits;
  const common = {
    valid: (loL & BIT_VALID) !== 0,
    no_fault: (loL & BIT_NO_FAULT) !== 0,
    destination: destinationOf(bits),
    vector: hiL & 0xff,
    ga_tag: loH >>> 0,
    ga_root_ptr: BigInt(gaRootPtrOf(bits)),
  };
  const reservedHi = ((hiL >>> 8) & 0xf) | (((hiH >>> 20) & 0xf) << 4);
  if (isGuestMode(bits)) {
    return {
      shape: "posted",
      ...common,
      ga_log_intr: (loL & BIT_GA_LOG_INTR) !== 0,
      is_run: (loL & BIT_DM_OR_IS_RUN) !== 0,
      reserved: ((loL >>> 3) & 7) | (reservedHi << 3),
    };
  }
  return {
    shape: "remapped",
    ...common,
    int_type: (loL >>> 2) & 7,
    rq_eoi: (loL & BIT_RQ_EOI) !== 0,
    dm: (loL & BIT_DM_OR_IS_RUN) !== 0,
    reserved: reservedHi << 3,
  };
}

/** The inverse of `decodeIrte`: every one of the 128 bits comes from exactly one field. */
export function encodeIrte(irte: Irte): IrteBits {
  const reservedHi = irte.reserved >>> 3;
  const low =
    bit(irte.valid, BIT_VALID) |
    bit(irte.no_fault, BIT_NO_FAULT) |
    (irte.destination << 8) |
    (irte.shape === "posted" ? postedLow(irte) : remappedLow(irte));
  return {
    loH: irte.ga_tag | 0,
    loL: low,
    hiL:
      (irte.vector & 0xff) |
      ((reservedHi & 0xf) << 8) |
      (Number(irte.ga_root_ptr & 0xf_ffffn) << 12),
    hiH:
      Number((irte.ga_root_ptr >> 20n) & 0xf_ffffn) |
      (((reservedHi >>> 4) & 0xf) << 20) |
      (irte.destination & 0xff00_0000),
  };
}

function postedLow(irte: PostedIrte): number {
  return (
    BIT_GUEST_MODE |
    bit(irte.ga_log_intr, BIT_GA_LOG_INTR) |
    bit(irte.is_run, BIT_DM_OR_IS_RUN) |
    ((irte.reserved & 7) << 3)
  );
}

function remappedLow(irte: RemappedIrte): number {
  return ((irte.int_type & 7) << 2) | bit(irte.rq_eoi, BIT_RQ_EOI) | bit(irte.dm, BIT_DM_OR_IS_RUN);
}

function bit(on: boolean, mask: number): number {
  return on ? mask : 0;
}

/** The 32-bit legacy entry (AMD_IOMMU_GUEST_IR_LEGACY: no GA support, no posting). */
export interface Irte32 {
  readonly valid: boolean;
  readonly no_fault: boolean;
  readonly int_type: number;
  readonly rq_eoi: boolean;
  readonly dm: boolean;
  /** Bit 7 and bits 31:24 (in bits 8:1). Linux leaves them 0. */
  readonly reserved: number;
  /** Low 8 bits of the APIC ID. */
  readonly destination: number;
  readonly vector: number;
}

export function decodeIrte32(word: number): Irte32 {
  return {
    valid: (word & BIT_VALID) !== 0,
    no_fault: (word & BIT_NO_FAULT) !== 0,
    int_type: (word >>> 2) & 7,
    rq_eoi: (word & BIT_RQ_EOI) !== 0,
    dm: (word & BIT_DM_OR_IS_RUN) !== 0,
    reserved: ((word >>> 7) & 1) | ((word >>> 24) << 1),
    destination: (word >>> 8) & 0xff,
    vector: (word >>> 16) & 0xff,
  };
}

export function encodeIrte32(irte: Irte32): number {
  return (
    (bit(irte.valid, BIT_VALID) |
      bit(irte.no_fault, BIT_NO_FAULT) |
      ((irte.int_type & 7) << 2) |
      bit(irte.rq_eoi, BIT_RQ_EOI) |
      bit(irte.dm, BIT_DM_OR_IS_RUN) |
      ((irte.reserved & 1) << 7) |
      ((irte.destination & 0xff) << 8) |
      ((irte.vector & 0xff) << 16) |
      ((irte.reserved >>> 1) << 24)) >>>
    0
  );
}
