// Without which lines a contradiction proves nothing: a function that has no line in the recording may have
// no probe, and have done what would explain it.

import { inverted, maskOfAll } from "../values/bit-fields.js";
import { agrees, type IrteBits } from "../values/bits.js";
import { type Sees } from "../platform/platform.js";
import { IRTE, isGuestMode } from "./irte-fields.js";

/** Where a vCPU is. */
const RUNS = ["avic_vcpu_load", "avic_vcpu_put", "avic_blocking", "avic_unblocking"];
/** The lives of an entry. */
const BIRTH = ["irte_alloc", "irte_alloc_ret"];
/** What the host wants of its interrupt. */
const HOST = [...BIRTH, "vector_config"];
/** Which IRTE is posted to whom. */
const UPDATES = [...BIRTH, "ir_set_vcpu_affinity", "avic_pi_update"];
const CONNECTIONS = [...UPDATES, "add_producer", "del_producer"];
const ROUTES = [...CONNECTIONS, "kvm_msi_set_irq", "update_irqfd_routing"];

/**
 * Functions that write IRTEs as a matter of course: where one has no line, a write may be its own that
 * seems to be another's. (Whether AVIC is toggled at all depends on the guest.)
 */
export const WRITERS = [
  "ir_set_vcpu_affinity",
  "ir_activate",
  "ir_deactivate",
  "irte_set_affinity",
  "avic_vcpu_load",
  "avic_vcpu_put",
];

/** By transition rule (as findings name it), for a write that is missing or has other bits. */
const OF_RULES: Readonly<Record<string, readonly string[]>> = {
  T1: BIRTH,
  "T1 second": [...RUNS, ...CONNECTIONS],
  T2: HOST,
  T3: HOST,
  // Where nothing shows that the driver was asked: its route may be gone.
  "T3 presumed": [...UPDATES, "update_irqfd_routing"],
  T4: [...RUNS, ...UPDATES],
  T5: [...RUNS, ...UPDATES],
  T6: [...RUNS, ...UPDATES],
  T7: [...RUNS, ...UPDATES],
  T8: [...RUNS, ...HOST, ...UPDATES],
  T9: [...RUNS, ...UPDATES],
  T10: BIRTH,
  T11: BIRTH,
};

const OF_INVARIANTS: Readonly<Record<string, readonly string[]>> = {
  I1: UPDATES,
  I2: UPDATES,
  I3: ROUTES,
  I4: [...RUNS, ...UPDATES, "avic_refresh"],
  I5: [...RUNS, ...UPDATES],
  I6: [...RUNS, ...UPDATES],
  I8: [...RUNS, ...UPDATES, "avic_refresh"],
  I9: [...RUNS, ...UPDATES, "avic_refresh"],
  I10: CONNECTIONS,
  I11: ROUTES,
  I12: ROUTES,
  I13: CONNECTIONS,
  I14: CONNECTIONS,
  I15: [...HOST, "irte_set_affinity", "ir_activate"],
  I16: [...UPDATES, ...WRITERS],
  I18: [...BIRTH, ...WRITERS],
  I21: [...RUNS, "avic_refresh"],
  I22: [...RUNS, "avic_refresh"],
  I25: [...BIRTH, "add_producer", "del_producer"],
};

/** Can a write be called missing or mismatched by the rule? */
export function canJudgeRule(sees: Sees, rule: string): boolean {
  return (OF_RULES[rule] ?? []).every(sees);
}

/** Can the invariant be called broken? */
export function canJudgeInvariant(sees: Sees, id: string): boolean {
  return (OF_INVARIANTS[id] ?? []).every(sees);
}

/**
 * What a write looks like that a function without a probe made: names of its probes, and a test of
 * the entry before and after.
 */
const UNSEEN: readonly (readonly [
  readonly string[],
  (before: IrteBits, seen: IrteBits) => boolean,
])[] = [
  [["avic_vcpu_load"], differsInRun],
  [["avic_vcpu_put"], differsInRun],
  [["avic_blocking"], differsInRun],
  [["avic_unblocking"], differsInRun],
  // Whose list an entry is on.
  [["avic_pi_update"], (before, seen) => differsInRun(before, seen) || isToggle(before, seen)],
  [["avic_refresh"], isToggle],
  [["ir_set_vcpu_affinity"], (before, seen) => isGuestMode(before) || isGuestMode(seen)],
  [["ir_activate"], (_before, seen) => IRTE.valid.isSet(seen)],
  [["ir_deactivate"], (_before, seen) => !IRTE.valid.isSet(seen)],
  [["irte_set_affinity"], (before, seen) => !isGuestMode(before) && !isGuestMode(seen)],
];

function isToggle(before: IrteBits, seen: IrteBits): boolean {
  return isGuestMode(before) !== isGuestMode(seen);
}

/** All but the fields that a load, put, block or unblock changes. */
const BUT_RUN = inverted(maskOfAll([IRTE.is_run, IRTE.ga_log_intr, IRTE.destination]));

/** Posted before and after, to the same vCPU: at most IsRun, GALogIntr and the destination differ. */
function differsInRun(before: IrteBits, seen: IrteBits): boolean {
  return isGuestMode(before) && isGuestMode(seen) && agrees({ bits: before, known: BUT_RUN }, seen);
}

/** Could a function whose probe no line of the recording has have made this write? */
export function couldBeUnseen(sees: Sees, before: IrteBits, seen: IrteBits): boolean {
  return UNSEEN.some(([probes, looksLike]) => !probes.some(sees) && looksLike(before, seen));
}
