// What must hold between operations on an AMD host: named, with the profiles in which it does, what made it so,
// what its violation means, and its test. Patch numbers are those of the series "KVM: iommu: Overhaul device
// posted IRQs support" (merged for 6.17).

import { KIND } from "../../events/kinds.js";
import { type InvariantRow, type InvariantTests, type Severity } from "../../platform/invariant.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import * as test from "./invariant-tests.js";
import { profilesWhere, type Rules } from "../releases/releases.js";

type Holds = (rules: Rules) => boolean;

const everywhere: Holds = () => true;
/** No path leaves an irqfd posted and linked when its route or its producer goes. */
const unpostsAlways: Holds = (rules) => rules.updatesLostRoute && !rules.skipsDeassigned;
const sinceTheSeries: Holds = ({ series }) => series === "after";

type Tests = InvariantTests<AmdKernel>;

type Row = readonly [
  id: string,
  cls: Severity,
  holds: Holds,
  made_by: string,
  says: string,
  tests: Tests | { readonly not_checked: string },
];

/** Kinds of event that print a physical ID entry of a vCPU that there was before. */
function atPhysicalId(each: NonNullable<Tests["onEvent"]>[number]): Tests {
  return {
    onEvent: {
      [KIND.avic_vcpu_loaded]: each,
      [KIND.avic_vcpu_put]: each,
      [KIND.vcpu_blocking]: each,
      [KIND.vcpu_unblocking]: each,
      [KIND.avic_refreshed]: each,
    },
  };
}

/** In the order in which they are tested. */
const ROWS = [
  [
    "I1",
    "safety",
    unpostsAlways,
    "patches 04, 05, 07, 23; CVE-2026-23198",
    "a valid posted IRTE is on exactly one vCPU's ir_list",
    { atRest: test.isOnOneList },
  ],
  [
    "I7",
    "consistency",
    (rules) => rules.logsOnlyBlocking,
    "patches 40, 60",
    "is_run and ga_log_intr are never both 1",
    test.ofPostedBits(test.runsOrLogs),
  ],
  [
    "I6b",
    "consistency",
    (rules) => !rules.logsOnlyBlocking,
    "removed by patch 61",
    "ga_log_intr = guest_mode",
    test.ofPostedBits(test.logs),
  ],
  [
    "I20",
    "consistency",
    everywhere,
    "-",
    "a posted IRTE's destination is below 0x1000",
    test.ofPostedBits(test.hasShortDestination),
  ],
  [
    "I2",
    "safety",
    everywhere,
    "patch 55 (encoding)",
    "its ga_tag names that VM and that vCPU",
    { atRest: test.tagNamesHolder },
  ],
  [
    "I3",
    "safety",
    everywhere,
    "patches 07, 23",
    "its ga_root_ptr is that vCPU's backing page, its vector the route's",
    { atRest: test.pointsToHolder },
  ],
  [
    "I4",
    "safety",
    everywhere,
    "-",
    "is_run = 1 only while that vCPU runs, with its CPU as destination",
    { atRest: test.runsWhereItSays, proof: ["vcpu"] },
  ],
  [
    "I5",
    "performance",
    (rules) => rules.postsInOneWrite && rules.togglesInOneWrite,
    "patches 38, 42, 59",
    "while a vCPU runs, every posted IRTE on its list has is_run = 1",
    { atRest: test.saysThatItRuns, proof: ["vcpu", "inhibit"] },
  ],
  [
    "I6",
    "safety",
    (rules) => rules.logsOnlyBlocking,
    "patches 60, 61",
    "ga_log_intr = 1 exactly while the vCPU blocks",
    {
      atRest: test.logsIfBlocking,
      proof: ["vcpu"],
      onEvent: { [KIND.ga_log_entry]: test.isLoggedWhileBlocking },
    },
  ],
  [
    "I15",
    "safety",
    everywhere,
    "-",
    "a valid remapped IRTE has the host's vector and CPU, no tag, no root pointer",
    { atRest: test.isAsTheHostWants },
  ],
  [
    "I8",
    "safety",
    everywhere,
    "-",
    "with AVIC inhibited on a vCPU none of its IRTEs is posted",
    { atRest: test.isRemappedIfInhibited, proof: ["vcpu", "inhibit"] },
  ],
  [
    "I9",
    "performance",
    (rules) => rules.linksInhibited && rules.togglesInOneWrite,
    "patches 43, 59",
    "with AVIC active on a vCPU every IRTE on its list is posted",
    { atRest: test.isPostedIfActive, proof: ["vcpu", "inhibit"] },
  ],
  [
    "I10",
    "safety",
    unpostsAlways,
    "patch 34; CVE-2026-23198",
    "an irqfd on an ir_list has its producer connected",
    { atRest: test.hasProducer, proof: ["link"] },
  ],
  [
    "I13",
    "safety",
    unpostsAlways,
    "CVE-2026-23198",
    "an IRTE whose irqfd is not connected is remapped or free",
    { atRest: test.isRemappedIfDisconnected, proof: ["link"] },
  ],
  [
    "I12",
    "safety",
    (rules) => rules.updatesLostRoute,
    "patches 07, 23",
    "a connected irqfd without an MSI route: its IRTE is remapped and on no list",
    { atRest: test.isRemappedWithoutMsi },
  ],
  [
    "I11",
    "performance",
    (rules) => rules.linksInhibited,
    "patch 43",
    "a connected irqfd with a postable route is on its target's list, inhibited or not",
    { atRest: test.isLinkedIfWanted, proof: ["inhibit"] },
  ],
  [
    "I14",
    "safety",
    unpostsAlways,
    "patch 52 (warns)",
    "a vCPU that is freed has an empty ir_list, and no valid IRTE posts to its page",
    { onEvent: { [KIND.vcpu_destroyed]: test.leavesNothing } },
  ],
  [
    "I18",
    "consistency",
    everywhere,
    "-",
    "only activation, deactivation and free change the valid bit",
    { onWrite: test.keepsValid },
  ],
  [
    "I16",
    "safety",
    everywhere,
    "-",
    "a change of the host's affinity leaves a posted IRTE as it is",
    { onWrite: test.isNotMoved, onEvent: { [KIND.host_affinity_set]: test.leavesPosted } },
  ],
  [
    "I21",
    "safety",
    everywhere,
    "patches 15, 17",
    "IsRunning of the physical ID entry is set exactly while the vCPU runs with AVIC active",
    atPhysicalId(
      test.ofPhysicalId(({ is_running }, { running }) =>
        running === null ? null : running === is_running,
      ),
    ),
  ],
  [
    "I22",
    "consistency",
    (rules) => rules.logsOnlyBlocking,
    "patch 61",
    "GA_LOG_INTR of the physical ID entry only while the vCPU blocks and does not run",
    atPhysicalId(
      test.ofPhysicalId(
        ({ is_running, ga_log_intr }, { blocking }) =>
          !ga_log_intr || (!is_running && blocking !== false),
      ),
    ),
  ],
  [
    "I24",
    "safety",
    everywhere,
    "-",
    "avic_vm_id is unique among live VMs and fits its field of the tag",
    { onEvent: { [KIND.vcpu_created]: test.hasIdOfItsOwn } },
  ],
  [
    "I25",
    "consistency",
    everywhere,
    "-",
    "two connected irqfds never share a host IRQ",
    { onEvent: { [KIND.producer_added]: test.isConnectedOnce } },
  ],
  [
    "I26",
    "safety",
    everywhere,
    "-",
    "while a vCPU blocks, an interrupt of every posted IRTE on its list wakes it: is_run = 0, ga_log_intr = 1",
    { atRest: test.wakesIfBlocking, proof: ["vcpu"] },
  ],
  [
    "I17",
    "consistency",
    everywhere,
    "-",
    "table and shadow are equal once the entry is activated",
    { onEvent: { [KIND.irte_exchanged]: test.isWhatTheDriverHas } },
  ],
  [
    "I19",
    "consistency",
    everywhere,
    "-",
    "only a device with use_vapic is posted",
    { not_checked: "no probe shows use_vapic" },
  ],
  [
    "I23",
    "consistency",
    sinceTheSeries,
    "patch 53",
    "nr_possible_bypass_irqs counts the connected irqfds",
    { not_checked: "no probe shows the counter" },
  ],
] as const satisfies readonly Row[];

/** The id of an invariant. */
export type InvariantId = (typeof ROWS)[number][0];

/** The invariants with their tests, in the order in which they are tested. */
export const INVARIANT_ROWS: readonly InvariantRow<AmdKernel>[] = ROWS.map(
  ([id, cls, holds, made_by, says, tests]) => ({
    id,
    class: cls,
    holds_in: profilesWhere(holds),
    made_by,
    says,
    ...("not_checked" in tests ? tests : { tests }),
  }),
);
