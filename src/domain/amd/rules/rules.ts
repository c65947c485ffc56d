// The transition rules of an AMD host: what each event makes KVM and the IOMMU driver do to IRTEs and
// ir_lists. T1 to T11 name the rule in findings (transitions.ts).

import { byKind } from "../../events/by-kind.js";
import { type HostFacts, type NamesOf } from "../../platform/platform.js";
import { AmdKernel, type Rule } from "./amd-kernel.js";
import { HOST_RULES } from "./host-rules.js";
import { type Rules } from "../releases/releases.js";
import { ROUTING_RULES } from "./routing-rules.js";
import { VCPU_RULES } from "./vcpu-rules.js";

/** By kind of event; a kind that is not here demands nothing. */
const RULES_BY_KIND = byKind<Rule>({ ...HOST_RULES, ...VCPU_RULES, ...ROUTING_RULES });

/** A kernel that follows the rules of a release, before the first event of a recording. */
export function newAmdKernel(rules: Rules, host: HostFacts, names: NamesOf): AmdKernel {
  return new AmdKernel(rules, RULES_BY_KIND, host, names);
}
