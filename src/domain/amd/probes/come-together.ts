// Names whose lines come together, because a function calls the other one each time or takes turns with it. Many lines
// of one name and none of the other, in a recording that was made with a set of probes that has both, show that a
// filter took the other's lines out.

import { LEVELS } from "../../platform/facts.js";
import { PROBE, PROBES, type ProbeName } from "./probes.js";
import { levelOf } from "./decidable.js";

/** Lines of the first come with lines of the second. */
const WITH: readonly (readonly [ProbeName, ProbeName])[] = [
  [PROBE.kvm_pi_irte_update, PROBE.avic_pi_update],
  [PROBE.avic_pi_update, PROBE.ir_set_vcpu_affinity],
  [PROBE.kvm_pi_irte_update, PROBE.ir_set_vcpu_affinity],
  [PROBE.irq_set_vcpu_affinity, PROBE.ir_set_vcpu_affinity],
  [PROBE.vcpu_block, PROBE.avic_blocking],
  [PROBE.avic_vcpu_load, PROBE.svm_vcpu_load],
  [PROBE.avic_vcpu_put, PROBE.svm_vcpu_put],
  [PROBE.vector_activate, PROBE.ir_activate],
  [PROBE.vector_deactivate, PROBE.ir_deactivate],
];

/** Lines of each come with lines of the other. */
const EACH_WITH: readonly (readonly [ProbeName, ProbeName])[] = [
  [PROBE.irte_write, PROBE.irte_cmpxchg],
  [PROBE.irte_alloc, PROBE.irte_alloc_ret],
  [PROBE.svm_vcpu_load, PROBE.svm_vcpu_put],
  [PROBE.avic_vcpu_load, PROBE.avic_vcpu_put],
  [PROBE.avic_blocking, PROBE.avic_unblocking],
];

/** The line of a function's return comes with that of its entry. */
const RETURNS: readonly (readonly [ProbeName, ProbeName])[] = PROBES.flatMap(({ name }) => {
  const entry = name.endsWith("_ret") ? name.slice(0, -"_ret".length) : null;
  return entry !== null && isProbe(entry) ? [[name, entry] as const] : [];
});

function isProbe(name: string): name is ProbeName {
  return Object.hasOwn(PROBE, name);
}

const ALL = [
  ...WITH,
  ...EACH_WITH,
  ...EACH_WITH.map(([a, b]) => [b, a] as const),
  ...RETURNS,
] as const;

/**
 * Is there no line of a name that must have some? `lines`: how many lines a name has; `tasks`: how many tasks
 * print it, each of which can be in the middle of a pair.
 */
export function lacksName(
  lines: (name: string) => number,
  tasks: (name: string) => number,
): boolean {
  const level = levelOf((name) => lines(name) > 0);
  if (level === "none") return false;
  const most = LEVELS.indexOf(level);
  return ALL.some(
    ([many, none]) => lines(many) > 2 * tasks(many) && lines(none) === 0 && levelIn(none) <= most,
  );
}

/** The names whose lines come only with lines of this one. */
export function partnersOf(name: string): readonly ProbeName[] {
  return ALL.flatMap(([many, none]) => (none === name ? [many] : []));
}

const levels = new Map(PROBES.map(({ name, level }) => [name, level]));

/** The place of the smallest set of probes that has the name; tracepoints are in each. */
function levelIn(name: ProbeName): number {
  const level = levels.get(name) ?? null;
  return level === null ? 0 : LEVELS.indexOf(level);
}
