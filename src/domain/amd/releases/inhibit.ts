// Why AVIC is inhibited for a VM: enum kvm_apicv_inhibit, arch/x86/include/asm/kvm_host.h, spelled
// as the kvm_apicv_inhibit_changed tracepoint prints them. Bit 12 exists since 6.17.

/** The reasons by their bit in kvm->arch.apicv_inhibit_reasons. */
export const APICV_INHIBIT_REASONS: readonly string[] = [
  "DISABLED",
  "HYPERV",
  "ABSENT",
  "BLOCKIRQ",
  "PHYSICAL_ID_ALIASED",
  "APIC_ID_MODIFIED",
  "APIC_BASE_MODIFIED",
  "NESTED",
  "IRQWIN",
  "PIT_REINJ",
  "SEV",
  "LOGICAL_ID_ALIASED",
  "PHYSICAL_ID_TOO_BIG",
];

/** The name of a reason; a number that this table does not have keeps its number. */
export function inhibitName(reason: number): string {
  return APICV_INHIBIT_REASONS[reason] ?? `reason ${reason}`;
}

/** The names of the bits that are set, lowest first. */
export function inhibitNames(mask: number): readonly string[] {
  const names: string[] = [];
  for (let reason = 0; reason < 32; reason++) {
    if (((mask >>> reason) & 1) === 1) names.push(inhibitName(reason));
  }
  return names;
}
