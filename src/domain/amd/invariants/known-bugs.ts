// The known bugs of AMD hosts: in which profiles they are, and which violation of an invariant is one. Patch
// numbers are those of the series "KVM: iommu: Overhaul device posted IRQs support" (merged for 6.17).

import { causeCode } from "../../events/causes.js";
import { type BugRow, type BugTest } from "../../platform/invariant.js";
import { type Fix } from "../../platform/commit.js";
import { fixBy } from "../releases/commits.js";
import { DIFFERENCES, RULES_IDS, profilesWhere, type Difference } from "../releases/releases.js";

/** The probe that shows the entries of the GA log (../probes). */
const GA_LOG = "kvm_avic_ga_log";
const UNINHIBIT = causeCode("AVIC un-inhibit");

const isRouteGone: BugTest = (_irte, { isRouted }) => !isRouted;
const isRemoved: BugTest = (_irte, irqfd) => irqfd.isRemoved;
const always: BugTest = () => true;

/** It was not written since it was linked: what its vCPU did meanwhile missed it. */
const isUnwrittenSinceLinked: BugTest = (irte) => {
  const { lastWrite, linkedBy } = irte ?? { lastWrite: null, linkedBy: null };
  return lastWrite !== null && linkedBy !== null && lastWrite <= linkedBy;
};

interface Row extends Pick<BugRow, "title" | "shownBy" | "severity" | "stimulus" | "logCost"> {
  /** The difference between releases that it is, and what its cell says where the bug is. */
  readonly difference: readonly [name: Difference, cell: boolean];
  /** The patches that fixed it (patches.ts). */
  readonly patches: readonly string[];
  /** What a kernel without it does, where the difference does not say it by itself. */
  readonly should?: string;
}

const ROWS = {
  B1: {
    title: "posting goes on after the GSI's route is gone",
    difference: ["updatesLostRoute", false],
    patches: ["07", "23"],
    stimulus:
      "while the IRQ of a device is posted to a vCPU, call KVM_SET_GSI_ROUTING with a table that has no entry for its GSI",
    shownBy: { I10: isRouteGone, I12: isRouteGone, I13: isRouteGone, I14: isRouteGone },
  },
  // Seen as it happens: the second write shows it, not the state of an entry at rest.
  B3: {
    title: "an IRTE is posted to a running vCPU as not running, and corrected by a second write",
    difference: ["postsInOneWrite", false],
    patches: ["38", "42"],
    stimulus: "set the MSI route of a device's GSI to a vCPU while that vCPU runs",
    shownBy: { I5: () => false },
    logCost: { by: "in a function", probe: GA_LOG },
  },
  B4: {
    title: "after an un-inhibit the IRTEs of a running vCPU say it does not run",
    difference: ["togglesInOneWrite", false],
    patches: ["59"],
    stimulus:
      "inhibit AVIC of a VM whose IRQs are posted (KVM_GUESTDBG_BLOCKIRQ does it), and clear the inhibit; let the vCPU go on without being scheduled out",
    shownBy: { I5: (irte) => irte?.lastCause === UNINHIBIT },
    logCost: { by: "while it runs", probe: GA_LOG },
  },
  B5: {
    title: "a route set while AVIC is inhibited is never posted",
    difference: ["linksInhibited", false],
    patches: ["43"],
    stimulus:
      "inhibit AVIC of a VM (KVM_GUESTDBG_BLOCKIRQ does it), let its vCPU enter the guest, then connect an irqfd with an MSI route to that vCPU, or set the route of one; clear the inhibit",
    shownBy: { I11: always },
  },
  B6: {
    title: "an irqfd deassigned while on a vCPU's ir_list stays there and is freed",
    difference: ["skipsDeassigned", true],
    patches: ["CVE-2026-23198"],
    should: "the IRTE of an irqfd that is deassigned is remapped and taken off the vCPU's ir_list",
    stimulus:
      "while the IRQ of a device is posted to a vCPU, call KVM_IRQFD with KVM_IRQFD_FLAG_DEASSIGN before VFIO releases the eventfd; then let the vCPU be loaded or put",
    shownBy: { I1: isRemoved, I10: isRemoved, I13: isRemoved, I14: isRemoved },
  },
  // Of a GA log entry only, which names no IRTE. It costs a wake-up too many, and loses none.
  B7: {
    title: "the GA log wakes a vCPU that does not block",
    difference: ["logsOnlyBlocking", false],
    patches: ["61"],
    should: "GALogIntr is set in an IRTE only while its vCPU blocks",
    stimulus:
      "let the device raise its posted IRQ while the vCPU is preempted, or is in user space, and does not block",
    shownBy: { I6: (irte) => irte === null },
    severity: "performance",
    logCost: { by: "each time", probe: GA_LOG },
  },
  B12: {
    title:
      "a load, put or inhibit between an IRTE's posting and its link misses it, or marks it for the old vCPU",
    difference: ["postsInOneWrite", false],
    patches: ["05", "38"],
    should:
      "the IRTE is written and linked to the vCPU's ir_list under one lock, so that no load, put or inhibit comes between",
    stimulus:
      "set the MSI route of a device's GSI again and again, while the vCPU that it names is loaded and put on another CPU",
    shownBy: {
      I4: isUnwrittenSinceLinked,
      I8: isUnwrittenSinceLinked,
      I26: isUnwrittenSinceLinked,
    },
  },
} as const satisfies Readonly<Record<string, Row>>;

/** The id of a known bug. */
export type BugId = keyof typeof ROWS;

/** The bugs, with the tests that tell a violation of an invariant for one of them. */
export const BUG_ROWS: readonly BugRow[] = Object.entries<Row>(ROWS).map(([id, row]) => {
  const { difference, patches, should, ...columns } = row;
  const [name, cell] = difference;
  const profiles = profilesWhere((rules) => rules[name] === cell);
  const fixed_in = RULES_IDS[RULES_IDS.findLastIndex((each) => profiles.includes(each)) + 1] ?? "";
  const fixes = patches.map(fixBy);
  const said = DIFFERENCES.find((each) => each.name === name);
  return {
    ...columns,
    id,
    in: profiles,
    fixes,
    fixed_in,
    fixed_by: inFewWords(fixes, fixed_in),
    should: should ?? said?.says ?? "",
    where: said?.where.split(";")[0] ?? "",
  };
});

/** Patches of the series by their numbers, any other fix by its subject. */
function inFewWords(fixes: readonly Fix[], release: string): string {
  const numbers = fixes.filter(({ series }) => series !== null).map(({ patch }) => patch);
  const others = fixes.filter(({ series }) => series === null);
  const word = numbers.length > 1 ? "patches" : "patch";
  return numbers.length > 0
    ? `${word} ${numbers.join(" and ")} (${release})`
    : others.map(({ subject, patch }) => `"${subject}" (${patch}, ${release})`).join(", ");
}
