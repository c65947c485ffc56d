// The AMD IOMMU's 32-bit legacy entry (AMD_IOMMU_GUEST_IR_LEGACY: no GA support, no posting).
// Source: drivers/iommu/amd/amd_iommu_types.h, union irte, the same in Linux 6.1 to 7.3.

/** IRTE_ALLOCATED (~1U): the marker of an entry that is allocated and not written yet. */
export const IRTE32_ALLOCATED = 0xffff_fffe;

/** The 32-bit legacy entry (AMD_IOMMU_GUEST_IR_LEGACY: no GA support, no posting). */
export interface Irte32 {
  /** RemapEn: the IOMMU takes the entry. */
  readonly valid: boolean;
  /** SupIOPF: faults of the entry are not logged. */
  readonly no_fault: boolean;
  /** Delivery mode, 0 = fixed. */
  readonly int_type: number;
  /** An EOI is asked for; 0 in Linux. */
  readonly rq_eoi: boolean;
  /** Destination mode: false = physical, true = logical. */
  readonly dm: boolean;
  /** Bit 7 and bits 31:24 (in bits 8:1). Linux leaves them 0. */
  readonly reserved: number;
  /** Low 8 bits of the APIC ID. */
  readonly destination: number;
  /** The host's vector, 0 to 255. */
  readonly vector: number;
}

type Place = readonly [shift: number, width: number];

/** Where each field's bits are. */
const PLACES = {
  valid: [0, 1],
  no_fault: [1, 1],
  int_type: [2, 3],
  rq_eoi: [5, 1],
  dm: [6, 1],
  destination: [8, 8],
  vector: [16, 8],
  reserved_low: [7, 1],
  reserved_high: [24, 8],
} as const satisfies Readonly<Record<string, Place>>;

/** The fields of an entry: every one of the 32 bits goes into exactly one of them. */
export function decodeIrte32(word: number): Irte32 {
  const read = ([shift, width]: Place): number => (word >>> shift) & ((1 << width) - 1);
  return {
    valid: read(PLACES.valid) === 1,
    no_fault: read(PLACES.no_fault) === 1,
    int_type: read(PLACES.int_type),
    rq_eoi: read(PLACES.rq_eoi) === 1,
    dm: read(PLACES.dm) === 1,
    reserved: read(PLACES.reserved_low) | (read(PLACES.reserved_high) << 1),
    destination: read(PLACES.destination),
    vector: read(PLACES.vector),
  };
}

/** The inverse of `decodeIrte32`: an unsigned 32-bit word. */
export function encodeIrte32(irte: Irte32): number {
  const put = (value: number | boolean, [shift, width]: Place): number =>
    (Number(value) & ((1 << width) - 1)) << shift;
  const word =
    put(irte.valid, PLACES.valid) |
    put(irte.no_fault, PLACES.no_fault) |
    put(irte.int_type, PLACES.int_type) |
    put(irte.rq_eoi, PLACES.rq_eoi) |
    put(irte.dm, PLACES.dm) |
    put(irte.destination, PLACES.destination) |
    put(irte.vector, PLACES.vector) |
    put(irte.reserved, PLACES.reserved_low) |
    put(irte.reserved >>> 1, PLACES.reserved_high);
  return word >>> 0;
}
