// The checker over what a simulated kernel recorded.

import { Checker } from "../../../src/check/checker.js";
import { AMD } from "../../../src/domain/amd/platform.js";
import { type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { type Machine } from "./machine.js";

/** Every probe is set. */
const SEES_ALL = (): boolean => true;

/** Runs the rules over the simulator's events; `by`: other rules than its own. */
export function audited(machine: Machine, by: RulesId = machine.rules.id): Checker {
  const checker = new Checker({
    platform: AMD,
    profile: by,
    sees: SEES_ALL,
    isOwn: by === machine.rules.id,
    host: { apicOfCpu: machine.apics, logical: null },
    names: (row) => {
      const vcpu = machine.allVcpus.find((one) => one.row === row);
      if (vcpu === undefined) return undefined;
      return { vm_id: vcpu.vm.vm_id, vcpu_id: vcpu.id, vcpu_idx: vcpu.idx };
    },
  });
  checker.returned(machine.rec.returns);
  for (const event of machine.rec.events) checker.step(event);
  checker.finish();
  return checker;
}
