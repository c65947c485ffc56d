// The 62 patches of "KVM: iommu: Overhaul device posted IRQs support" (merged for 6.17), and two changes
// that came later: what each does to what a recording can show. Where it changes a rule, `difference`
// names the row of releases.ts.

import { type Fix } from "../../platform/commit.js";
import { COMMITS, fixBy } from "./commits.js";
import { type Difference } from "./releases.js";

/**
 * What a patch changes for irqtwin: a transition rule; only how a probe or tracepoint prints; only what
 * happens after an error; only a warning in the kernel's log; only other hardware; nothing at all.
 */
export type PatchEffect = "rule" | "format" | "error" | "warning" | "hardware" | "none";

/** One patch of the series, or a later change, and what it means for the rules. */
export interface Patch {
  /** Number in the series, or the name of the later change. */
  readonly patch: string;
  /** The first line of its commit's message; null = not known. */
  readonly subject: string | null;
  /** The first 12 digits of its commit's hash; null = not known. */
  readonly commit: string | null;
  /** What it does. */
  readonly does: string;
  /** What it means for the rules. */
  readonly effect: PatchEffect;
  /** Why it is no rule, or which rule it changes. */
  readonly why: string;
  /** The difference of DIFFERENCES that it makes; null = none. */
  readonly difference: Difference | null;
}

type Row = readonly [
  patch: string,
  effect: PatchEffect,
  does: string,
  why: string,
  difference?: Difference,
];

// prettier-ignore
const ROWS: readonly Row[] = [
  ["01", "hardware", "arm64: a change of the routing entry's type is a change", "arm64 only"],
  ["02", "hardware", "arm64: warn if a vLPI cannot be unmapped", "arm64 only"],
  ["03", "none", "hand the new routing entry and the irqfd to the update", "prepares 23; the same writes"],
  ["04", "rule", "the irqfd is the element of the vCPU's ir_list", "no allocation that can fail; a freed irqfd leaves a dangling element", "linksIrqfd"],
  ["05", "rule", "unlink from the old vCPU before the new IRTE is set", "T1, T2: the link is gone even if the update fails", "unlinksFirst"],
  ["06", "format", "drop the cached and previous GA tag", "struct amd_ir_data is smaller: offsets in probes move"],
  ["07", "rule", "unlink whatever the new route is", "T3: ends bug B1, with 23", "unlinksFirst"],
  ["08", "none", "no masking of the default APIC base", "the mask changed no bit"],
  ["09", "none", "no masking of pages' physical addresses", "the mask changed no bit of a real address"],
  ["10", "none", "a helper for the backing page's address", "the same address"],
  ["11", "format", "drop the cached backing page pointer", "struct vcpu_svm: offsets in probes move"],
  ["12", "error", "inhibit AVIC for a vCPU whose ID is too big", "inhibit reason PHYSICAL_ID_TOO_BIG; creating the vCPU failed before"],
  ["13", "none", "drop a repeated check of the vCPU's ID", "it could not fail"],
  ["14", "none", "keep AVIC's tables as pointers", "the same tables"],
  ["15", "none", "drop the cached pointer into the physical ID table", "the same entry is written"],
  ["16", "none", "enable_ipiv becomes common to VMX and SVM", "no write depends on it yet"],
  ["17", "none", "a parameter enable_ipiv for SVM", "off, IsRunning stays 0 in the table; KVM's copy, which probes print, and IRTEs keep it"],
  ["18", "hardware", "IPI virtualization off on family 17h (erratum 1235)", "the table's IsRunning only, as 17"],
  ["19", "hardware", "VMX: suppress notifications whenever a vCPU is put", "Intel's posted-interrupt descriptor"],
  ["20", "none", "a comment on the vCPU list's lock", "a comment"],
  ["21", "none", "take ga_root_ptr from pi_desc_addr", "the same address"],
  ["22", "format", "NULL instead of a vcpu_info that says \"not posted\"", "the probe of amd_ir_set_vcpu_affinity() prints info=0"],
  ["23", "rule", "SVM: use the irqfd's route instead of walking the table", "T3: a route that is gone is seen; ends bug B1", "updatesLostRoute"],
  ["24", "hardware", "VMX: the same as 23", "Intel"],
  ["25", "none", "take SVM's part out of get_pi_vcpu_info()", "moved code"],
  ["26", "none", "x86: move IRQ functions to irq.c", "moved code; probes go by name"],
  ["27", "none", "forget the producer after the IRTE's update", "inside one lock"],
  ["28", "format", "x86: find the target vCPU in one place", "kvm_pi_update_irte() is new; the same vCPU is found"],
  ["29", "format", "x86: kvm_pi_irte_update in common code", "other fields, printed once and only after success"],
  ["30", "error", "SVM: simpler handling of the return code", "a message in the kernel's log is gone"],
  ["31", "format", "split struct vcpu_data into AMD's and Intel's", "offsets in probes move"],
  ["32", "warning", "no warning if a route's update fails", "kernel log only"],
  ["33", "none", "fold \"has the route changed\" into the update", "moved code"],
  ["34", "none", "the irqfd knows the vCPU that it is posted to", "prepares 35 and 36; invariant I10 names it"],
  ["35", "rule", "no update where there was no target and is none", "T3: fewer calls of the driver; the writes are the same, for unposting a remapped entry writes nothing", "skipsWithoutTarget"],
  ["36", "rule", "no update where neither route is an MSI", "T3: made bug B6 in 6.17, since a deassigned irqfd's route reads as none", "skipsDeassigned"],
  ["37", "error", "unpost where the driver returns no data", "a write more, after a failure that no recording has"],
  ["38", "rule", "hold the list's lock while the IRTE is set", "T1: no load or put in between; ends bug B3, with 42", "postsInOneWrite"],
  ["39", "none", "document which fields update_ga may change", "a comment"],
  ["40", "none", "a valid CPU says that the vCPU runs", "an argument less; the same bits"],
  ["41", "none", "a helper that fills in the CPU", "moved code"],
  ["42", "rule", "hand the CPU over when posting", "T1: one write instead of two", "postsInOneWrite"],
  ["43", "rule", "link and store the route while AVIC is inhibited", "T2, T9: posted on un-inhibit; ends bug B5", "linksInhibited"],
  ["44", "none", "update without asking for an assigned device", "an empty list is walked in vain"],
  ["45", "none", "toggle without asking for an assigned device", "an empty list is walked in vain"],
  ["46", "warning", "warn if posting or unposting fails", "kernel log only, after a failure"],
  ["47", "error", "go on with the list after a failure", "the walk of T4 to T9 stopped there before (bug B8)"],
  ["48", "warning", "warn if update_ga fails", "kernel log only, after a failure"],
  ["49", "none", "no question for an assigned device in the update", "an irqfd with a producer has one"],
  ["50", "warning", "warn if the hardware cannot bypass", "cannot happen where a producer connected"],
  ["51", "warning", "warn if there is no in-kernel APIC", "cannot happen where a producer connected"],
  ["52", "warning", "warn if a freed vCPU's ir_list is not empty", "kernel log only; invariant I14 says the same"],
  ["53", "none", "count bypass apart from assigned devices", "Intel's wake-up asks for it; no AMD write does"],
  ["54", "hardware", "VMX: warn if posting cannot work", "Intel"],
  ["55", "rule", "the GA tag has the vCPU's index, not its ID", "T1: ga_tag", "tagsVcpuIdx"],
  ["56", "error", "warn and fail where guest vAPIC mode is off", "such a host posts nothing"],
  ["57", "rule", "fold avic_set_pi_irte_mode() into its caller", "T8, T9: with 59", "togglesInOneWrite"],
  ["58", "warning", "no question whether the vCPU blocks when toggling", "a warning; a blocking vCPU does not toggle"],
  ["59", "rule", "one update of the IRTEs when toggling", "T8, T9: one write, with the CPU; ends bug B4", "togglesInOneWrite"],
  ["60", "rule", "KVM decides on GALogIntr", "all of T1 to T9: with 61", "logsOnlyBlocking"],
  ["61", "rule", "GALogIntr only while the vCPU blocks", "all of T1 to T9: ga_log_intr; ends bug B7", "logsOnlyBlocking"],
  ["62", "format", "rename kvm_set_msi_irq()", "a symbol's name"],
  ["CVE-2026-23198", "rule", "do not clobber the route's type when deassigning an irqfd (6.18)", "T3: ends bug B6 of 36", "skipsDeassigned"],
  ["4K vCPUs of x2AVIC", "rule", "12 bits for the vCPU in the GA tag (in 7.3)", "T1: ga_tag", "tagsIn12Bits"],
];

/** Every patch, in the order of the series. */
export const PATCHES: readonly Patch[] = ROWS.map(([patch, effect, does, why, difference]) => ({
  patch,
  subject: COMMITS[patch]?.subject ?? null,
  commit: COMMITS[patch]?.commit ?? null,
  effect,
  does,
  why,
  difference: difference ?? null,
}));

/** The commits that made a difference between releases; none where they are not known. */
export function fixesOf(difference: Difference): readonly Fix[] {
  return PATCHES.filter((each) => each.difference === difference).map(({ patch }) => fixBy(patch));
}
