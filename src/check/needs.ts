// Without which lines a contradiction proves nothing: a function that has no line in the recording may have
// no probe, and have done what would explain it.

import { type Sees } from "./verdict.js";

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
