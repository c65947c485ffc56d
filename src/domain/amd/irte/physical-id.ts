// The AVIC physical APIC ID table entry of a vCPU.
// Source: arch/x86/include/asm/svm.h, AVIC_PHYSICAL_ID_ENTRY_*; bit 61 (GA_LOG_INTR) exists since
// 6.17 and only in KVM's own copy (vcpu_svm.avic_physical_id_entry), never in the table.

/** One entry of the physical APIC ID table: which CPU a vCPU runs on (AMD publication 24593, section 15.29.6). */
export interface PhysicalIdEntry {
  /** Bit 63 (AVIC_PHYSICAL_ID_ENTRY_VALID_MASK): the entry is in use. */
  readonly valid: boolean;
  /** Bit 62 (AVIC_PHYSICAL_ID_ENTRY_IS_RUNNING_MASK): the vCPU runs on that CPU. */
  readonly is_running: boolean;
  /** Bit 61 (AVIC_PHYSICAL_ID_ENTRY_GA_LOG_INTR): KVM's own mark, from Linux 6.17 on; hardware does not read it. */
  readonly ga_log_intr: boolean;
  /** Address of the vAPIC backing page >> 12, C-bit included. */
  readonly backing_page: number;
  /** APIC ID of the CPU the vCPU was last loaded on. */
  readonly host_apic_id: number;
}

/** The fields of an entry, given as bits 63:32 and 31:0. */
export function decodePhysicalId(high: number, low: number): PhysicalIdEntry {
  return {
    valid: (high & 0x8000_0000) !== 0,
    is_running: (high & 0x4000_0000) !== 0,
    ga_log_intr: (high & 0x2000_0000) !== 0,
    backing_page: (high & 0xf_ffff) * 0x10_0000 + (low >>> 12),
    host_apic_id: low & 0xfff,
  };
}
