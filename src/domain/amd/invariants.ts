// What must hold between operations: named, with the profiles in which it does, what made it so, and
// what its violation means. Source: the functions named in domain/transitions.ts; patch numbers are those
// of the series "KVM: iommu: Overhaul device posted IRQs support" (merged for 6.17).

import { type RulesId } from "./releases.js";

export type InvariantClass = "safety" | "performance" | "consistency";

export interface Invariant {
  readonly id: string;
  readonly says: string;
  /** Profiles whose code keeps it. In the others its violation is a known behaviour, or a bug. */
  readonly holdsIn: readonly RulesId[];
  readonly madeBy: string;
  readonly class: InvariantClass;
  /** What a recording lacks to check it; absent = it is checked. */
  readonly notChecked?: string;
}

const ALL: readonly RulesId[] = ["6.12", "6.16", "6.17", "6.18", "7.3"];
const AFTER: readonly RulesId[] = ["6.17", "6.18", "7.3"];
const FIXED: readonly RulesId[] = ["6.18", "7.3"];
const BEFORE: readonly RulesId[] = ["6.12", "6.16"];

type Row = readonly [
  id: string,
  cls: InvariantClass,
  holdsIn: readonly RulesId[],
  madeBy: string,
  says: string,
  notChecked?: string,
];

const ROWS: readonly Row[] = [
  [
    "I1",
    "safety",
    FIXED,
    "patches 04, 05, 07, 23; CVE-2026-23198",
    "a valid posted IRTE is on exactly one vCPU's ir_list",
  ],
  ["I2", "safety", ALL, "patch 55 (encoding)", "its ga_tag names that VM and that vCPU"],
  [
    "I3",
    "safety",
    ALL,
    "patches 07, 23",
    "its ga_root_ptr is that vCPU's backing page, its vector the route's",
  ],
  ["I4", "safety", ALL, "-", "is_run = 1 only while that vCPU runs, with its CPU as destination"],
  [
    "I5",
    "performance",
    AFTER,
    "patches 38, 42, 59",
    "while a vCPU runs, every posted IRTE on its list has is_run = 1",
  ],
  ["I6", "safety", AFTER, "patches 60, 61", "ga_log_intr = 1 exactly while the vCPU blocks"],
  ["I6b", "consistency", BEFORE, "removed by patch 61", "ga_log_intr = guest_mode"],
  ["I7", "consistency", AFTER, "patches 40, 60", "is_run and ga_log_intr are never both 1"],
  ["I8", "safety", ALL, "-", "with AVIC inhibited on a vCPU none of its IRTEs is posted"],
  [
    "I9",
    "performance",
    AFTER,
    "patches 43, 59",
    "with AVIC active on a vCPU every IRTE on its list is posted",
  ],
  [
    "I10",
    "safety",
    FIXED,
    "patch 34; CVE-2026-23198",
    "an irqfd on an ir_list has its producer connected",
  ],
  [
    "I11",
    "performance",
    AFTER,
    "patch 43",
    "a connected irqfd with a postable route is on its target's list, inhibited or not",
  ],
  [
    "I12",
    "safety",
    AFTER,
    "patches 07, 23",
    "a connected irqfd without an MSI route: its IRTE is remapped and on no list",
  ],
  [
    "I13",
    "safety",
    FIXED,
    "CVE-2026-23198",
    "an IRTE whose irqfd is not connected is remapped or free",
  ],
  [
    "I14",
    "safety",
    FIXED,
    "patch 52 (warns)",
    "a vCPU that is freed has an empty ir_list, and no valid IRTE posts to its page",
  ],
  [
    "I15",
    "safety",
    ALL,
    "-",
    "a valid remapped IRTE has the host's vector and CPU, no tag, no root pointer",
  ],
  ["I16", "safety", ALL, "-", "a change of the host's affinity leaves a posted IRTE as it is"],
  [
    "I17",
    "consistency",
    ALL,
    "-",
    "table and shadow are equal once the entry is activated",
    "the recorded events hold the writes, not reads of the table",
  ],
  ["I18", "consistency", ALL, "-", "only activation, deactivation and free change the valid bit"],
  [
    "I19",
    "consistency",
    ALL,
    "-",
    "only a device with use_vapic is posted",
    "no probe shows use_vapic",
  ],
  ["I20", "consistency", ALL, "-", "a posted IRTE's destination is below 0x1000"],
  [
    "I21",
    "safety",
    ALL,
    "patches 15, 17",
    "IsRunning of the physical ID entry is set exactly while the vCPU runs with AVIC active",
  ],
  [
    "I22",
    "consistency",
    AFTER,
    "patch 61",
    "GA_LOG_INTR of the physical ID entry only while the vCPU blocks and does not run",
  ],
  [
    "I23",
    "consistency",
    AFTER,
    "patch 53",
    "nr_possible_bypass_irqs counts the connected irqfds",
    "no probe shows the counter",
  ],
  ["I24", "safety", ALL, "-", "avic_vm_id is unique among live VMs and fits its field of the tag"],
  ["I25", "consistency", ALL, "-", "two connected irqfds never share a host IRQ"],
];

export const INVARIANTS: readonly Invariant[] = ROWS.map(
  ([id, cls, holdsIn, madeBy, says, notChecked]) => ({
    id,
    class: cls,
    holdsIn,
    madeBy,
    says,
    ...(notChecked === undefined ? {} : { notChecked }),
  }),
);

/** A known bug of a profile, and the invariant that shows it. */
export interface KnownBug {
  readonly id: string;
  readonly title: string;
  readonly in: readonly RulesId[];
  readonly fixedBy: string;
}

export const KNOWN_BUGS: Readonly<Record<string, KnownBug>> = {
  B1: {
    id: "B1",
    title: "posting goes on after the GSI's route is gone",
    in: BEFORE,
    fixedBy: "patches 07 and 23 (6.17)",
  },
  B3: {
    id: "B3",
    title: "an IRTE is posted to a running vCPU as not running, and corrected by a second write",
    in: BEFORE,
    fixedBy: "patches 38 and 42 (6.17)",
  },
  B4: {
    id: "B4",
    title: "after an un-inhibit the IRTEs of a running vCPU say it does not run",
    in: BEFORE,
    fixedBy: "patch 59 (6.17)",
  },
  B5: {
    id: "B5",
    title: "a route set while AVIC is inhibited is never posted",
    in: BEFORE,
    fixedBy: "patch 43 (6.17)",
  },
  B6: {
    id: "B6",
    title: "an irqfd deassigned while on a vCPU's ir_list stays there and is freed",
    in: ["6.17"],
    fixedBy:
      '"KVM: Don\'t clobber irqfd routing type when deassigning irqfd" (CVE-2026-23198, 6.18)',
  },
  B7: {
    id: "B7",
    title: "the GA log wakes a vCPU that does not block",
    in: BEFORE,
    fixedBy: "patch 61 (6.17)",
  },
  B12: {
    id: "B12",
    title:
      "a load, put or inhibit between an IRTE's posting and its link misses it, or marks it for the old vCPU",
    in: BEFORE,
    fixedBy: "patches 05 and 38 (6.17)",
  },
};

/** Which known bug the violation of an invariant is, if it is one (audit/predicates.ts). */
export const BUGS_BEFORE: Readonly<Record<string, string>> = {
  I4: "B12",
  I5: "B4",
  I6: "B7",
  I8: "B12",
  I10: "B1",
  I11: "B5",
  I12: "B1",
  I13: "B1",
  I14: "B1",
};
export const BUGS_617: Readonly<Record<string, string>> = {
  I1: "B6",
  I10: "B6",
  I13: "B6",
  I14: "B6",
};
