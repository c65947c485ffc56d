// Which functions may have changed a value of the state without a line. A function whose probe has no line counts as one
// that may have run unseen: `grep` may have taken its lines out. Below a header that counts all lines, a probe of the
// set that the recording was made with had nothing to print, unless a line of another probe shows that it ran.

import { LEVELS, type Level } from "../../platform/facts.js";
import { type ProbesSet, type StateValue } from "../../platform/state-values.js";
import { isRulesId, RULES, type Difference } from "../releases/releases.js";
import { partnersOf } from "./come-together.js";
import { shows } from "./decidable.js";
import { PROBE, PROBES, type ProbeName } from "./probes.js";

const AVIC_RUNS: readonly ProbeName[] = [
  PROBE.avic_vcpu_load,
  PROBE.avic_vcpu_put,
  PROBE.avic_blocking,
  PROBE.avic_unblocking,
  PROBE.avic_refresh,
];
const RUNS: readonly ProbeName[] = [
  PROBE.svm_vcpu_load,
  PROBE.svm_vcpu_put,
  PROBE.avic_blocking,
  PROBE.avic_unblocking,
];
const LIFE: readonly ProbeName[] = [PROBE.irte_alloc_ret, PROBE.irte_free];
const PRODUCERS: readonly ProbeName[] = [PROBE.add_producer, PROBE.del_producer];
const UPDATES: readonly ProbeName[] = [PROBE.avic_pi_update, PROBE.ir_set_vcpu_affinity];
const ROUTING: readonly ProbeName[] = [PROBE.set_irq_routing, PROBE.update_irqfd_routing];
const HOST: readonly ProbeName[] = [
  PROBE.ir_activate,
  PROBE.ir_deactivate,
  PROBE.irte_set_affinity,
];

/**
 * The probes of all functions that write entries or make what they are written from. A recording without one of them
 * may be what a filter left of a task, whose writes are not here either.
 */
const WRITERS: readonly ProbeName[] = [
  ...[PROBE.irte_write, PROBE.irte_store, ...LIFE, ...RUNS, ...UPDATES, ...PRODUCERS, ...HOST],
  ...[PROBE.update_irqfd_routing, PROBE.vector_config],
];

/** The probes of the functions that change each value. */
const CHANGED_BY: Readonly<Record<StateValue, readonly ProbeName[]>> = {
  entry: [PROBE.irte_write, PROBE.irte_store],
  "life of an entry": LIFE,
  prediction: [],
  "run state": RUNS,
  "life of a vCPU": [PROBE.svm_vcpu_free],
  "AVIC state": [PROBE.avic_refresh],
  "running bits": AVIC_RUNS,
  links: UPDATES,
  connections: [...PRODUCERS, PROBE.irqfd_shutdown],
  irqfds: [PROBE.kvm_irqfd, PROBE.irqfd_shutdown],
  routes: [PROBE.update_irqfd_routing, PROBE.set_irq_routing],
  inhibits: [PROBE.kvm_apicv_inhibit_changed],
  "life of a VM": [PROBE.vm_destroy],
  acceptances: [PROBE.kvm_apic_accept_irq],
  "every rule": [],
  "cause of a vCPU": AVIC_RUNS,
  "cause of a route": [...ROUTING, ...PRODUCERS],
  "cause of the host": HOST,
};

/** What must have a line besides, where nothing counts the lines. */
const SEEN_WITH: Readonly<Partial<Record<StateValue, readonly ProbeName[]>>> = {
  entry: WRITERS,
  prediction: [
    ...WRITERS.filter((name) => name !== PROBE.irte_write),
    ...[...AVIC_RUNS, PROBE.kvm_apicv_inhibit_changed],
  ],
  links: [...PRODUCERS, ...LIFE, PROBE.update_irqfd_routing],
  connections: [PROBE.kvm_irqfd],
  routes: [...PRODUCERS, ...UPDATES, PROBE.kvm_msi_set_irq],
  inhibits: [PROBE.set_irq_routing, PROBE.apicv_inhibit],
  "every rule": WRITERS,
};

/** Where a release has no such function, or another probe shows the same. */
const ONLY_WHERE: Readonly<Partial<Record<ProbeName, Difference>>> = {
  [PROBE.irte_store]: "storesRunBits",
};

/**
 * A recording with no probe of the full set has these instead, which show the same of a vCPU whose AVIC is active. They
 * print a moment later, so where the keys were recorded, and their lines taken out, they do not tell the same.
 */
const INSTEAD: Readonly<Partial<Record<ProbeName, readonly ProbeName[]>>> = {
  [PROBE.svm_vcpu_load]: [PROBE.avic_vcpu_load, PROBE.avic_refresh],
  [PROBE.svm_vcpu_put]: [PROBE.avic_vcpu_put, PROBE.avic_refresh],
};

const OF_FULL_SET = PROBES.filter(({ level }) => level === "full").map(({ name }) => name);

/** The probes whose functions may have changed the value without a line; none = the value is followed. */
export function unfollowed(value: StateValue, set: ProbesSet): readonly ProbeName[] {
  const isSmaller = !OF_FULL_SET.some(set.sees);
  const others = set.isCounted ? [] : (SEEN_WITH[value] ?? []);
  return [...CHANGED_BY[value], ...others].filter((name) => {
    if (!runs(name, set.rules) || wouldShow(name, set)) return false;
    const instead = isSmaller ? INSTEAD[name] : undefined;
    return instead?.every((other) => wouldShow(other, set)) !== true;
  });
}

/** Has the release the function? Not known = it may have it. */
function runs(name: ProbeName, profile: string | null): boolean {
  const where = ONLY_WHERE[name];
  return where === undefined || profile === null || !isRulesId(profile) || RULES[profile][where];
}

const levels = new Map(PROBES.map(({ name, level }) => [name, level]));

/** Would the function have printed a line? */
function wouldShow(name: ProbeName, { sees, isCounted }: ProbesSet): boolean {
  if (sees(name)) return true;
  if (!isCounted || partnersOf(name).some(sees)) return false;
  const level = levels.get(name) ?? null;
  return level === null || LEVELS.indexOf(level) <= LEVELS.indexOf(setOf(sees));
}

/** The set of probes that the recording was made with, whether it shows writes or not. */
function setOf(sees: ProbesSet["sees"]): Level {
  if (shows(sees, "full set")) return "full";
  return shows(sees, "standard set") ? "standard" : "minimal";
}
