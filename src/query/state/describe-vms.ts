// The VMs of a document of `at`.

import { REPLACED, type DescribeContext } from "./context.js";
import { type UnnamedInhibits, type VmState } from "../../domain/fold/state.js";
import { type AtFilter, type AtVm } from "../document/document.js";

/** Sorts the VMs whose avic vm_id is not known behind all others. */
const UNKNOWN_VM_ID = 1e9;

/** What stands for the name of a VM that no line names. */
const NOT_NAMED = "not named";

/**
 * The VMs that a filter lets through, by avic vm_id (unknown ones last), then by row. The inhibits of a VM that no
 * line names come last.
 */
export function describeVms(context: DescribeContext, filter: AtFilter): AtVm[] {
  const { vms, unnamedInhibits } = context.state.kvm;
  const described = [...vms.values()]
    .map((vm) => ({ ...vm, vm_id: context.vmIdOf(vm.vm) }))
    .filter(({ vm_id }) => filter.vm_id === undefined || vm_id === filter.vm_id)
    .sort((a, b) => (a.vm_id ?? UNKNOWN_VM_ID) - (b.vm_id ?? UNKNOWN_VM_ID) || a.vm - b.vm)
    .map((vm, i) => {
      if (vm.inhibits === null)
        context.note(
          `vms[${i}].inhibits`,
          endOf(context, vm.vm) ?? context.whyUnfollowed("inhibits") ?? reasonOf(unnamedInhibits),
        );
      const unended = vm.destroyed
        ? null
        : (endOf(context, vm.vm) ?? context.doubt ?? context.whyUnfollowed("life of a VM"));
      if (unended !== null) context.note(`vms[${i}].destroyed`, unended);
      return { ...describeVm(context, vm), ...(unended === null ? {} : { destroyed: null }) };
    });
  if (unnamedInhibits === null || filter.vm_id !== undefined) return described;
  context.note(`vms[${described.length}].vm_id`, "no line names the VM");
  return [...described, unnamed(context, unnamedInhibits)];
}

function endOf({ replaced }: DescribeContext, vm: number): string | null {
  return replaced.has(vm) ? REPLACED : null;
}

function describeVm(
  context: DescribeContext,
  { vm, vm_id, destroyed, inhibits, isInferred }: VmState & { readonly vm_id: number | null },
): AtVm {
  return {
    vm: context.vmLabel(vm),
    vm_id,
    vm_id_by: context.who.vm(vm)?.vm_id_by ?? null,
    name: context.vmNameOf(vm),
    vmm_pid: context.who.vm(vm)?.vmm_pid ?? null,
    destroyed,
    inhibits: inhibits === null ? null : context.platform.inhibitNames(inhibits),
    ...(isInferred === true ? { source: "inferred" } : {}),
  };
}

function reasonOf(unnamed: UnnamedInhibits | null): string {
  if (unnamed === null) return "no line shows them yet";
  return `event @${unnamed.since.seq} changes those of a VM that no line names`;
}

function unnamed({ platform }: DescribeContext, { inhibits }: UnnamedInhibits): AtVm {
  return {
    vm: NOT_NAMED,
    vm_id: null,
    vm_id_by: null,
    name: null,
    vmm_pid: null,
    destroyed: false,
    inhibits: platform.inhibitNames(inhibits),
  };
}
