// The known bugs of AMD hosts: in which profiles they are, and which violation of an invariant is one. Patch
// numbers are those of the series "KVM: iommu: Overhaul device posted IRQs support" (merged for 6.17).

import { causeCode } from "../../events/causes.js";
import { type BugRow, type BugTest } from "../../platform/invariant.js";
import { profilesWhere, type Rules } from "../releases/releases.js";

const UNINHIBIT = causeCode("AVIC un-inhibit");

const isRouteGone: BugTest = (_irte, { isRouted }) => !isRouted;
const isRemoved: BugTest = (_irte, irqfd) => irqfd.isRemoved;
const always: BugTest = () => true;

/** It was not written since it was linked: what its vCPU did meanwhile missed it. */
const isUnwrittenSinceLinked: BugTest = (irte) => {
  const { lastWrite, linkedBy } = irte ?? { lastWrite: null, linkedBy: null };
  return lastWrite !== null && linkedBy !== null && lastWrite <= linkedBy;
};

interface Row extends Omit<BugRow, "id" | "in"> {
  readonly in: (rules: Rules) => boolean;
}

const ROWS: Readonly<Record<string, Row>> = {
  B1: {
    title: "posting goes on after the GSI's route is gone",
    in: (rules) => !rules.updatesLostRoute,
    fixedBy: "patches 07 and 23 (6.17)",
    shownBy: { I10: isRouteGone, I12: isRouteGone, I13: isRouteGone, I14: isRouteGone },
  },
  // Seen as it happens: the second write shows it, not the state of an entry at rest.
  B3: {
    title: "an IRTE is posted to a running vCPU as not running, and corrected by a second write",
    in: (rules) => !rules.postsInOneWrite,
    fixedBy: "patches 38 and 42 (6.17)",
    shownBy: { I5: () => false },
  },
  B4: {
    title: "after an un-inhibit the IRTEs of a running vCPU say it does not run",
    in: (rules) => !rules.togglesInOneWrite,
    fixedBy: "patch 59 (6.17)",
    shownBy: { I5: (irte) => irte?.lastCause === UNINHIBIT },
  },
  B5: {
    title: "a route set while AVIC is inhibited is never posted",
    in: (rules) => !rules.linksInhibited,
    fixedBy: "patch 43 (6.17)",
    shownBy: { I11: always },
  },
  B6: {
    title: "an irqfd deassigned while on a vCPU's ir_list stays there and is freed",
    in: (rules) => rules.skipsDeassigned,
    fixedBy:
      '"KVM: Don\'t clobber irqfd routing type when deassigning irqfd" (CVE-2026-23198, 6.18)',
    shownBy: { I1: isRemoved, I10: isRemoved, I13: isRemoved, I14: isRemoved },
  },
  // Of a GA log entry only, which names no IRTE. It costs a wake-up too many, and loses none.
  B7: {
    title: "the GA log wakes a vCPU that does not block",
    in: (rules) => !rules.logsOnlyBlocking,
    fixedBy: "patch 61 (6.17)",
    shownBy: { I6: (irte) => irte === null },
    severity: "performance",
  },
  B12: {
    title:
      "a load, put or inhibit between an IRTE's posting and its link misses it, or marks it for the old vCPU",
    in: (rules) => !rules.postsInOneWrite,
    fixedBy: "patches 05 and 38 (6.17)",
    shownBy: { I4: isUnwrittenSinceLinked, I8: isUnwrittenSinceLinked },
  },
};

/** The bugs, with the tests that tell a violation of an invariant for one of them. */
export const BUG_ROWS: readonly BugRow[] = Object.entries(ROWS).map(([id, row]) => ({
  ...row,
  id,
  in: profilesWhere(row.in),
}));
