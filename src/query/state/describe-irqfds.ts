// The irqfds of a document of `at`, with the IRTE and the vCPU that each is connected to.

import { NONE, type IrqfdState } from "../../domain/fold/state.js";
import { routeKey } from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { LOST, irteNameOfKey, type DescribeContext } from "./context.js";
import { type AtFilter, type AtIrqfd } from "../document/document.js";

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_IRQCHIP is 1, KVM_IRQ_ROUTING_MSI 2; 0 is no route. */
const ROUTE_NAMES: Readonly<Record<number, AtIrqfd["route"]>> = {
  0: "none",
  1: "irqchip",
  2: "msi",
};

/** The irqfds of the VM that a filter names, or of all, by the VM's row and GSI. */
export function describeIrqfds(context: DescribeContext, filter: AtFilter): AtIrqfd[] {
  return [...context.state.kvm.irqfds]
    .filter(({ vm }) => filter.vm_id === undefined || context.vmIdOf(vm) === filter.vm_id)
    .sort((a, b) => a.vm - b.vm || a.gsi - b.gsi)
    .map((irqfd, i) => describeIrqfd(context, irqfd, `irqfds[${i}]`));
}

function describeIrqfd(context: DescribeContext, irqfd: IrqfdState, path: string): AtIrqfd {
  const { vm, gsi, host_irq } = irqfd;
  const irte = irteOfIrq(context, host_irq);
  const route = context.state.kvm.routes.get(routeKey(vm, gsi));
  if (host_irq === null)
    context.note(`${path}.host_irq`, context.whyUnfollowed("connections") ?? LOST);
  if (route?.type == null)
    context.note(
      `${path}.route`,
      context.whyUnfollowed("routes") ?? "no line shows the route of this GSI yet",
    );
  return {
    gsi,
    vm_id: context.vmIdOf(vm),
    vm_name: context.vmNameOf(vm),
    host_irq: host_irq === NONE ? null : host_irq,
    irte,
    vcpu: linkedVcpu(context, irte),
    route: route?.type == null ? null : (ROUTE_NAMES[route.type] ?? "other"),
    fd: irqfd.fd,
    state: irqfd.state,
  };
}

/** The name of the first IRTE that serves a host IRQ; null = none does, or the IRQ is not known. */
function irteOfIrq({ state }: DescribeContext, host_irq: number | null): string | null {
  if (host_irq === null || host_irq === NONE) return null;
  const entry = [...state.iommu.irtes.values()].find((each) => each.host_irq === host_irq);
  return entry === undefined ? null : irteName(entry.segment, entry.devid, entry.index);
}

/** The vCPU whose ir_list holds an IRTE; null = none does. */
function linkedVcpu(context: DescribeContext, irte: string | null): string | null {
  if (irte === null) return null;
  for (const vcpu of context.state.kvm.vcpus.values()) {
    if (vcpu.ir_list?.some((key) => irteNameOfKey(key) === irte) === true)
      return context.vcpuLabel(vcpu.vcpu);
  }
  return null;
}
