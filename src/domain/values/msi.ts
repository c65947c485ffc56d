// An x86 MSI message taken apart: struct x86_msi_addr_lo and struct x86_msi_data,
// arch/x86/include/asm/msi.h. Delivery modes as the kvm_msi_set_irq tracepoint spells them.

/** Names of the delivery modes by their number, as the kernel prints them. */
export const DELIVERY_MODES: readonly string[] = [
  "Fixed",
  "LowPrio",
  "SMI",
  "Res3",
  "NMI",
  "INIT",
  "SIPI",
  "ExtINT",
];

/** What an MSI address and data ask for. */
export interface MsiMessage {
  /** Destination APIC ID (bits 19:12 of the address; the x2APIC extension is in address_hi). */
  readonly dest: number;
  /** The vector, data[7:0]. */
  readonly vector: number;
  /** Index into DELIVERY_MODES. */
  readonly delivery_mode: number;
  /** false physical, true logical. */
  readonly dest_mode: boolean;
}

/** The message of the low 32 bits of an MSI address and its data. */
export function decodeMsi(address: number, data: number): MsiMessage {
  return {
    dest: (address >>> 12) & 0xff,
    vector: data & 0xff,
    delivery_mode: (data >>> 8) & 7,
    dest_mode: ((address >>> 2) & 1) === 1,
  };
}

/** kvm_arch_set_irq_inatomic's test: only fixed and lowest priority interrupts can be posted. */
export function isPostableMode(delivery_mode: number): boolean {
  return delivery_mode <= 1;
}
