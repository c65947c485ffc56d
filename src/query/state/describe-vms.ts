// The VMs of a document of `at`.

import { type DescribeContext } from "./context.js";
import { type AtFilter, type AtVm } from "../document/document.js";

/** Sorts the VMs whose avic vm_id is not known behind all others. */
const UNKNOWN_VM_ID = 1e9;

/** The VMs that a filter lets through, by avic vm_id (unknown ones last), then by row. */
export function describeVms(context: DescribeContext, filter: AtFilter): AtVm[] {
  return [...context.state.kvm.vms.values()]
    .map((vm) => ({ ...vm, vm_id: context.vmIdOf(vm.vm) }))
    .filter(({ vm_id }) => filter.vm_id === undefined || vm_id === filter.vm_id)
    .sort((a, b) => (a.vm_id ?? UNKNOWN_VM_ID) - (b.vm_id ?? UNKNOWN_VM_ID) || a.vm - b.vm)
    .map(({ vm, vm_id, destroyed, inhibits }, i) => {
      if (inhibits === null) context.note(`vms[${i}].inhibits`, "no line shows them yet");
      return {
        vm: context.vmLabel(vm),
        vm_id,
        destroyed,
        inhibits: inhibits === null ? null : context.platform.inhibitNames(inhibits),
      };
    });
}
