// A platform that is known by name alone: its recordings are recognised and their lines counted. None of them is
// read, so nothing is said of its tables, and nothing is judged.

import { foldOf } from "../fold/evolve.js";
import { laneGroups } from "./common-lanes.js";
import { type Platform } from "./platform.js";

/** A platform of that id; `proof`: what only its hosts print (see `Platform.proof`). */
export function namedPlatform(id: string, proof: RegExp, release?: RegExp): Platform {
  const unread = (): never => {
    throw new RangeError(`platform ${id} is known by name alone`);
  };
  return {
    id,
    ...{ proof, release, isNameOnly: true },
    profiles: [],
    profileOf: () => null,
    describe: unread,
    tagLayoutOf: () => null,
    targetOf: () => null,
    differingFields: () => [],
    severityOf: () => "consistency",
    sql: { logical: null, posted: "false", tag: "NULL" },
    fold: foldOf({ iommu: {}, kvm: {} }),
    lanes: { kinds: {}, groups: laneGroups("irte"), legend: {} },
    inhibitNames: () => [],
    newKernel: unread,
    transitions: [],
    invariants: [],
    bugs: [],
    contradictions: [],
    differences: [],
    differenceShown: () => null,
    shows: () => false,
    probesShowing: () => [],
    probeLevelOf: () => "none",
    undecided: () => [],
    canJudgeRule: () => false,
    canJudgeInvariant: () => false,
    couldBeUnseen: () => true,
    couldBeStale: () => true,
    ruleId: (rule) => rule,
  };
}
