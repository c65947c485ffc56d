// AMD: the IOMMU with AVIC, as the port of a platform asks for it.

import { judgeAlike, nearestOf } from "./releases/allowed.js";
import { inhibitNames } from "./releases/inhibit.js";
import { foldOf } from "../fold/evolve.js";
import { AMD_LANES } from "./lanes.js";
import { type IrteBits, type Predicted } from "../values/bits.js";
import {
  type EntryFields,
  type EntryTarget,
  type Platform,
  type TagLayout,
  type EntrySql,
} from "../platform/platform.js";
import { type AmdKernel } from "./rules/amd-kernel.js";
import { describeIrte } from "./irte/describe-irte.js";
import { differenceShown } from "./invariants/difference-shown.js";
import { differingFields, severityOf } from "./irte/differing-fields.js";
import { AMD_FATES } from "./fate/fate.js";
import { AMD_FOLD } from "./fold.js";
import { lacksName } from "./probes/come-together.js";
import { decodeGaTag } from "./irte/ga-tag.js";
import { INVARIANT_ROWS } from "./invariants/invariants.js";
import { IRTE, isGuestMode } from "./irte/irte-fields.js";
import { layoutOf } from "./irte/layout.js";
import { BUG_ROWS } from "./invariants/known-bugs.js";
import {
  canJudgeInvariant,
  canJudgeRule,
  couldBeStale,
  couldBeUnseen,
  shows,
  probesShowing,
  levelOf,
  undecided,
} from "./probes/decidable.js";
import { functionsOfCause, functionsOfKind } from "./probes/functions.js";
import { unfollowed } from "./probes/unfollowed.js";
import { AmdPredictor } from "./prediction/predictor.js";
import {
  DIFFERENCES,
  RULES,
  RULES_IDS,
  isRulesId,
  rulesOfRelease,
  type Rules,
} from "./releases/releases.js";
import { AmdConsistency } from "./consistency/consistency.js";
import { CONTRADICTION_ROWS } from "./consistency/contradictions.js";
import { fixesOf } from "./releases/patches.js";
import { newAmdKernel } from "./rules/rules.js";
import { TRANSITIONS } from "./rules/transitions.js";

/** The rules of a profile by its name. Throws a RangeError where AMD has none of that name. */
function rulesOf(profile: string): Rules {
  if (!isRulesId(profile)) throw new RangeError(`amd has no rules profile ${profile}`);
  return RULES[profile];
}

const VALID = IRTE.valid.mask.loL;
const POSTED = IRTE.guest_mode.mask.loL;
const LOGICAL = IRTE.dm.mask.loL;
/** The GA tag is the high half of the low word. */
const TAG_MASK = IRTE.ga_tag.mask.loH >>> 0;

/** A valid remapped entry has the destination mode in dm; a posted one has is_run there. */
const SQL: EntrySql = {
  logical: `CASE WHEN lo & ${VALID | POSTED} = ${VALID} THEN (lo & ${LOGICAL}) <> 0 END`,
  posted: `(lo & ${POSTED}) <> 0`,
  tag: `((lo >> 32) & ${TAG_MASK})`,
};

/** The AMD platform. */
export const AMD: Platform<AmdKernel> = {
  id: "amd",
  carriesState: true,
  isCaptured: true,
  profiles: RULES_IDS,
  proof: /^\w+: \([^)]{0,100}(?:\[kvm_amd\]|\b(?:__)?modify_irte_ga\b|\b(?:avic|amd|irte_ga)_\w)/,
  profileOf: rulesOfRelease,
  nearestOf: (release, among) => nearestOf(release, among.filter(isRulesId)),
  judgeAlike,
  describe: (entry: Predicted): EntryFields => describeIrte(entry),
  layoutOf,
  tagLayoutOf: (profile: string): TagLayout => {
    const { tagVcpuBits, tagVcpuField } = rulesOf(profile);
    return { bits: tagVcpuBits, field: tagVcpuField };
  },
  targetOf: (bits: IrteBits, profile: string): EntryTarget | null => {
    if (!isGuestMode(bits)) return null;
    const rules = rulesOf(profile);
    const { vm_id, vcpu } = decodeGaTag(IRTE.ga_tag.read(bits), rules);
    return { vm_id, field: rules.tagVcpuField, value: vcpu };
  },
  differingFields,
  sql: SQL,
  severityOf,
  fold: foldOf(AMD_FOLD),
  lanes: AMD_LANES,
  fates: AMD_FATES,
  inhibitNames,
  newKernel: (profile, host, names) => newAmdKernel(rulesOf(profile), host, names),
  newPredictor: (profile, sees, host) => new AmdPredictor(rulesOf(profile), sees, host),
  newConsistency: (kernel, sees) => new AmdConsistency(kernel, sees),
  contradictions: CONTRADICTION_ROWS,
  functionsOfKind,
  functionsOfCause,
  transitions: TRANSITIONS,
  invariants: INVARIANT_ROWS,
  bugs: BUG_ROWS,
  differences: DIFFERENCES.map((row) => ({ ...row, fixes: fixesOf(row.name) })),
  differenceShown: (finding, judged, own) =>
    isRulesId(judged) && isRulesId(own) ? differenceShown(finding, judged, own) : null,
  shows,
  probesShowing,
  unfollowed,
  probeLevelOf: levelOf,
  undecided,
  canJudgeRule,
  canJudgeInvariant,
  couldBeStale,
  couldBeUnseen,
  lacksName,
  ruleId: (rule) => rule.replace(" second", ""),
};
