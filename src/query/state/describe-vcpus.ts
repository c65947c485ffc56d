// The vCPUs of a document of `at`.

import { NONE, type VcpuState } from "../../domain/fold/state.js";
import { LOST, REPLACED, irteNameOfKey, type DescribeContext } from "./context.js";
import { type StateValue } from "../../domain/platform/state-values.js";
import { type AtFilter, type AtVcpu } from "../document/document.js";

interface NamedVcpu {
  readonly vcpu: VcpuState;
  readonly name: string;
  readonly vm_id: number | null;
  readonly vcpu_id: number;
  readonly vcpu_idx: number | null;
}

/**
 * The vCPUs that a filter lets through, by VM and vcpu_id. None where the filter asks for an IRTE alone.
 * Values that are not known are noted in the context.
 */
export function describeVcpus(context: DescribeContext, filter: AtFilter): AtVcpu[] {
  if (filter.irte !== undefined && filter.vcpu === undefined) return [];
  return [...context.state.kvm.vcpus.values()]
    .map((vcpu) => namedVcpu(context, vcpu))
    .sort(byVmAndId)
    .filter(({ name, vm_id }) => {
      const isNamed = filter.vcpu === undefined || filter.vcpu === name;
      return isNamed && (filter.vm_id === undefined || filter.vm_id === vm_id);
    })
    .map((named, i) => {
      noteUnknown(context, named.vcpu, `vcpus[${i}]`);
      return describeVcpu(context, named);
    });
}

function namedVcpu(context: DescribeContext, vcpu: VcpuState): NamedVcpu {
  const row = context.who.vcpu(vcpu.vcpu);
  return {
    vcpu,
    name: context.vcpuLabel(vcpu.vcpu),
    vm_id: context.vmIdOf(vcpu.vm),
    vcpu_id: row?.vcpu_id ?? 0,
    // Where creations may be missing, their order tells nothing.
    vcpu_idx:
      row?.vcpu_idx_by === "creation" && context.doubt !== null ? null : (row?.vcpu_idx ?? null),
  };
}

/** By avic vm_id (unknown ones last), then by the VM's row, then by vcpu_id. */
function byVmAndId(a: NamedVcpu, b: NamedVcpu): number {
  const vms = (a.vm_id ?? Infinity) - (b.vm_id ?? Infinity);
  return vms || a.vcpu.vm - b.vcpu.vm || a.vcpu_id - b.vcpu_id;
}

function describeVcpu(context: DescribeContext, named: NamedVcpu): AtVcpu {
  const { vcpu, name, vm_id, vcpu_id, vcpu_idx } = named;
  return {
    vcpu: name,
    vm_id,
    vm_id_by: context.who.vm(vcpu.vm)?.vm_id_by ?? null,
    vm_name: context.vmNameOf(vcpu.vm),
    vcpu_id,
    vcpu_idx,
    run_state: vcpu.run_state ?? "unknown",
    pcpu: vcpu.pcpu === NONE ? null : vcpu.pcpu,
    avic_active: vcpu.avic_active,
    is_running: vcpu.is_running,
    ga_log_intr: vcpu.ga_log_intr,
    ir_list: context.shows("links") ? (vcpu.ir_list?.map(irteNameOfKey) ?? null) : null,
    source: "observed",
  };
}

/** The fields that lines show, and what each rests on. */
const OBSERVED_FIELDS = [
  ["run_state", ["run state", "life of a vCPU"]],
  ["pcpu", ["run state", "life of a vCPU"]],
  ["avic_active", ["AVIC state", "life of a vCPU"]],
  ["is_running", ["running bits"]],
  ["ga_log_intr", ["running bits"]],
] as const satisfies readonly (readonly [keyof VcpuState, readonly StateValue[]])[];

function unseenLoads(context: DescribeContext): string {
  const probes = context.probesShowing("loads while inhibited");
  return `AVIC is inhibited, and without ${probes} its loads and puts are not seen`;
}

function noteUnknown(context: DescribeContext, vcpu: VcpuState, path: string): void {
  const { hasLost, state } = context;
  const isUnseen = vcpu.avic_active === false && !state.kvm.seesEveryLoad;
  const isReplaced = context.replaced.has(vcpu.vm);
  const unseen = isUnseen ? unseenLoads(context) : hasLost ? LOST : "not observed yet";
  const reason = isReplaced ? REPLACED : unseen;
  for (const [field, values] of OBSERVED_FIELDS) {
    if (vcpu[field] !== null) continue;
    const unfollowed =
      reason === LOST || isUnseen || isReplaced ? null : context.whyUnfollowed(...values);
    context.note(`${path}.${field}`, unfollowed ?? reason);
    if (reason === LOST) context.markInconclusive();
  }
  if (!context.shows("links"))
    context.note(`${path}.ir_list`, "no probe of this recording shows it");
  else if (vcpu.ir_list === null)
    context.note(`${path}.ir_list`, isReplaced ? REPLACED : hasLost ? LOST : whyNoList(context));
}

function whyNoList(context: DescribeContext): string {
  return context.whyUnfollowed("links") ?? "the creation of the vCPU was not observed";
}
