// What is known at a moment of a recording of one VM: what the lines of that VM show. Any of the rest may have been
// changed by tasks that were left out. Where a vCPU gives way to such a task, ftrace leaves out its put as well: that it
// runs is not known until it is seen not to.

import { exactly } from "../../domain/values/bits.js";
import { type TwinState, type VcpuState } from "../../domain/fold/state.js";
import { platformOf } from "../../platforms/registry.js";
import { type OneVm } from "../../timeline/read/one-vm.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** The state as it was folded, of that VM, and with nothing known of the rest (`forgotten`). */
export function ofOneVm(
  folded: TwinState,
  forgotten: TwinState,
  { vms, vcpus, vmIds }: OneVm,
  recording: Pick<Recording, "platform" | "rules">,
): TwinState {
  const { rules } = recording;
  const platform = platformOf(recording);
  const isPosted = (bits: Parameters<typeof platform.targetOf>[0] | null): boolean => {
    const target = bits === null || rules === null ? null : platform.targetOf(bits, rules);
    if (bits === null || target === null || !vmIds.has(target.vm_id)) return false;
    return platform.describe(exactly(bits)).is_run !== true;
  };
  const { iommu, kvm } = forgotten;
  return {
    iommu: {
      ...iommu,
      irtes: either(iommu.irtes, folded.iommu.irtes, (_key, { bits }) => isPosted(bits)),
    },
    kvm: {
      ...kvm,
      vms: either(kvm.vms, folded.kvm.vms, (vm) => vms.has(vm)),
      vcpus: new Map(
        [...either(kvm.vcpus, folded.kvm.vcpus, (vcpu) => vcpus.has(vcpu))].map(([row, vcpu]) => [
          row,
          withoutRun(vcpu),
        ]),
      ),
      irqfds: [
        ...folded.kvm.irqfds.filter(({ vm }) => vms.has(vm)),
        ...kvm.irqfds.filter(({ vm }) => !vms.has(vm)),
      ],
      routes: either(kvm.routes, folded.kvm.routes, (_key, { vm }) => vms.has(vm)),
    },
  };
}

/** A vCPU that was loaded last may have been put since. */
function withoutRun(vcpu: VcpuState): VcpuState {
  if (vcpu.run_state !== "running") return vcpu;
  return { ...vcpu, run_state: null, pcpu: null, is_running: null, ga_log_intr: null };
}

/** The values of `known` that are sure, and those of `rest` for all others. */
function either<Key, Value>(
  rest: ReadonlyMap<Key, Value>,
  known: ReadonlyMap<Key, Value>,
  isSure: (key: Key, value: Value) => boolean,
): ReadonlyMap<Key, Value> {
  return new Map([...rest, ...[...known].filter(([key, value]) => isSure(key, value))]);
}
