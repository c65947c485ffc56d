// The checker over what a simulated kernel recorded.

import { Checker } from "../../../src/check/checker.js";
import { RULES, type RulesId } from "../../../src/domain/amd/releases.js";
import { type Machine } from "./machine.js";

/** Every probe is set. */
const SEES_ALL = (): boolean => true;

/** Runs the rules over the simulator's events; `by`: other rules than its own. */
export function audited(machine: Machine, by: RulesId = machine.rules.id): Checker {
  const rules = RULES[by];
  const checker = new Checker(rules, SEES_ALL, machine.apics, (row) => {
    const vcpu = machine.allVcpus.find((one) => one.row === row);
    if (vcpu === undefined) return null;
    const field = rules.tagVcpuField === "vcpu_id" ? vcpu.id : vcpu.idx;
    return { vm_id: vcpu.vm.vm_id, field };
  });
  checker.returned(machine.rec.returns);
  for (const event of machine.rec.events) checker.step(event);
  checker.end();
  return checker;
}
