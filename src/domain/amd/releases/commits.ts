// The commits of the patches, as a kernel developer looks them up: by hash and by subject. Source: the maintainer's
// answer to the cover letter, which names the commit of each patch (kvm-x86, merged for 6.17), and git.

import { type Commit, type Fix, type Series } from "../../platform/commit.js";

/** The series of 62 patches that was merged for 6.17. */
export const SERIES: Series = {
  subject: "KVM: iommu: Overhaul device posted IRQs support",
  patches: 62,
  link: messageOf(0),
};

/** The address of a patch in the third version of the series; 0 = the cover letter. */
function messageOf(patch: number): string {
  return `https://lore.kernel.org/r/20250611224604.313496-${patch + 2}-seanjc@google.com`;
}

// prettier-ignore
const IN_SERIES: readonly (readonly [patch: string, commit: string | null, subject: string])[] = [
  ["01", null, "KVM: arm64: Explicitly treat routing entry type changes as changes"],
  ["02", "cd4178d19420", "KVM: arm64: WARN if unmapping a vLPI fails in any path"],
  ["03", "cb210737675e", "KVM: Pass new routing entries and irqfd when updating IRTEs"],
  ["04", "05c5e23657e1", "KVM: SVM: Track per-vCPU IRTEs using kvm_kernel_irqfd structure"],
  ["05", "0a917e9d4b70", "KVM: SVM: Delete IRTE link from previous vCPU before setting new IRTE"],
  ["06", "1da19c5ce053", "iommu/amd: KVM: SVM: Delete now-unused cached/previous GA tag fields"],
  ["07", "a0ca34bb1aad", "KVM: SVM: Delete IRTE link from previous vCPU irrespective of new routing"],
  ["08", "430579577892", "KVM: SVM: Drop pointless masking of default APIC base when setting V_APIC_BAR"],
  ["09", "2e002ddc8966", "KVM: SVM: Drop pointless masking of kernel page pa's with AVIC HPA masks"],
  ["10", "3338c639da15", "KVM: SVM: Add helper to deduplicate code for getting AVIC backing page"],
  ["11", "d8527f133c0a", "KVM: SVM: Drop vcpu_svm's pointless avic_backing_page field"],
  ["12", "1aa6e256e46f", "KVM: SVM: Inhibit AVIC if ID is too big instead of rejecting vCPU creation"],
  ["13", "c24ed209c474", "KVM: SVM: Drop redundant check in AVIC code on ID during vCPU creation"],
  ["14", "26baab4eea4c", "KVM: SVM: Track AVIC tables as natively sized pointers, not \"struct pages\""],
  ["15", "d29433336a7b", "KVM: SVM: Drop superfluous \"cache\" of AVIC Physical ID entry pointer"],
  ["16", "bafddc70001d", "KVM: VMX: Move enable_ipiv knob to common x86"],
  ["17", "d921665e01ba", "KVM: SVM: Add enable_ipiv param, never set IsRunning if disabled"],
  ["18", "8de4a1c8164e", "KVM: SVM: Disable (x2)AVIC IPI virtualization if CPU has erratum #1235"],
  ["19", "6737557442e5", "KVM: VMX: Suppress PI notifications whenever the vCPU is put"],
  ["20", "52d826c9e54c", "KVM: SVM: Add a comment to explain why avic_vcpu_blocking() ignores IRQ blocking"],
  ["21", "c4cdbaf9d81c", "iommu/amd: KVM: SVM: Use pi_desc_addr to derive ga_root_ptr"],
  ["22", "95d50ebe6df8", "iommu/amd: KVM: SVM: Pass NULL @vcpu_info to indicate \"not guest mode\""],
  ["23", "1e663ed23992", "KVM: SVM: Stop walking list of routing table entries when updating IRTE"],
  ["24", "23ca102e6fb2", "KVM: VMX: Stop walking list of routing table entries when updating IRTE"],
  ["25", "0a64c447f6f8", "KVM: SVM: Extract SVM specific code out of get_pi_vcpu_info()"],
  ["26", "f5369619f7f8", "KVM: x86: Move IRQ routing/delivery APIs from x86.c => irq.c"],
  ["27", "9517aedecd0e", "KVM: x86: Nullify irqfd->producer after updating IRTEs"],
  ["28", "cf04ec393ed0", "KVM: x86: Dedup AVIC vs. PI code for identifying target vCPU"],
  ["29", "c5af31698d71", "KVM: x86: Move posted interrupt tracepoint to common code"],
  ["30", "803928483669", "KVM: SVM: Clean up return handling in avic_pi_update_irte()"],
  ["31", "53527ea1b702", "iommu: KVM: Split \"struct vcpu_data\" into separate AMD vs. Intel structs"],
  ["32", "b33252b9d172", "KVM: Don't WARN if updating IRQ bypass route fails"],
  ["33", "77bb184ab880", "KVM: Fold kvm_arch_irqfd_route_changed() into kvm_arch_update_irqfd_routing()"],
  ["34", "511754bc548b", "KVM: x86: Track irq_bypass_vcpu in common x86 code"],
  ["35", "dc6adb13046a", "KVM: x86: Skip IOMMU IRTE updates if there's no old or new vCPU being targeted"],
  ["36", "cc8b13105eac", "KVM: x86: Don't update IRTE entries when old and new routes were !MSI"],
  ["37", "71d6b3b8e69d", "KVM: SVM: Revert IRTE to legacy mode if IOMMU doesn't provide IR metadata"],
  ["38", "c3d591c91f9c", "KVM: SVM: Take and hold ir_list_lock across IRTE updates in IOMMU"],
  ["39", "3be405e89f3d", "iommu/amd: Document which IRTE fields amd_iommu_update_ga() can modify"],
  ["40", "08d9ccdd1a5c", "iommu/amd: KVM: SVM: Infer IsRun from validity of pCPU destination"],
  ["41", "0b2b541fa3cd", "iommu/amd: Factor out helper for manipulating IRTE GA/CPU info"],
  ["42", "f965255dc503", "iommu/amd: KVM: SVM: Set pCPU info in IRTE when setting vCPU affinity"],
  ["43", "6df262f915ab", "iommu/amd: KVM: SVM: Add IRTE metadata to affined vCPU's list if AVIC is inhibited"],
  ["44", "f5998661ff73", "KVM: SVM: Don't check for assigned device(s) when updating affinity"],
  ["45", "fe0213923dd9", "KVM: SVM: Don't check for assigned device(s) when activating AVIC"],
  ["46", "16562766f171", "KVM: SVM: WARN if (de)activating guest mode in IOMMU fails"],
  ["47", "48f79c6c86b3", "KVM: SVM: Process all IRTEs on affinity change even if one update fails"],
  ["48", "cd86240fea26", "KVM: SVM: WARN if updating IRTE GA fields in IOMMU fails"],
  ["49", "04c4ca0ae479", "KVM: x86: Drop superfluous \"has assigned device\" check in kvm_pi_update_irte()"],
  ["50", "d1bccaa1793d", "KVM: x86: WARN if IRQ bypass isn't supported in kvm_pi_update_irte()"],
  ["51", "25ef059e8bc5", "KVM: x86: WARN if IRQ bypass routing is updated without in-kernel local APIC"],
  ["52", "99836eb9c5dc", "KVM: SVM: WARN if ir_list is non-empty at vCPU free"],
  ["53", "77e1b8332d1d", "KVM: x86: Decouple device assignment from IRQ bypass"],
  ["54", "ce9d54f41be0", "KVM: VMX: WARN if VT-d Posted IRQs aren't possible when starting IRQ bypass"],
  ["55", "11a60455d4c9", "KVM: SVM: Use vcpu_idx, not vcpu_id, for GA log tag/metadata"],
  ["56", "a23480fe21de", "iommu/amd: WARN if KVM calls GA IRTE helpers without virtual APIC support"],
  ["57", "f2bc961d383b", "KVM: SVM: Fold avic_set_pi_irte_mode() into its sole caller"],
  ["58", "6eab2340f339", "KVM: SVM: Don't check vCPU's blocking status when toggling AVIC on/off"],
  ["59", "5f3d06b1648e", "KVM: SVM: Consolidate IRTE update when toggling AVIC on/off"],
  ["60", "b9e53f9ff4a8", "iommu/amd: KVM: SVM: Allow KVM to control need for GA log interrupts"],
  ["61", "b03500f03ea0", "KVM: SVM: Generate GA log IRQs only if the associated vCPUs is blocking"],
  ["62", "6f343724837b", "KVM: x86: Rename kvm_set_msi_irq() => kvm_msi_to_lapic_irq()"],
];

/** By the name of the patch (patches.ts). */
export const COMMITS: Readonly<Record<string, Commit>> = {
  ...Object.fromEntries(
    IN_SERIES.map(([patch, commit, subject]) => [
      patch,
      { commit, subject, link: messageOf(Number(patch)) },
    ]),
  ),
  "CVE-2026-23198": {
    commit: "b4d37cdb77a0",
    subject: "KVM: Don't clobber irqfd routing type when deassigning irqfd",
    link: null,
  },
  "4K vCPUs of x2AVIC": {
    commit: "ca11d9d35e95",
    subject: "KVM: SVM: Expand AVIC_PHYSICAL_MAX_INDEX_MASK to be a 12-bit field",
    link: null,
  },
};

/** A patch as the fix of something. Throws a RangeError for a name that no patch has. */
export function fixBy(patch: string): Fix {
  const commit = COMMITS[patch];
  if (commit === undefined) throw new RangeError(`there is no patch ${patch}`);
  return { patch, ...commit, series: /^\d\d$/.test(patch) ? SERIES : null };
}
