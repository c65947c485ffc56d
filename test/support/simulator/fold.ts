// What the fold says of a simulated host, and what is true, side by side: as plain data to compare.

import { NONE, type TwinState, type VcpuState } from "../../../src/domain/fold/state.js";
import { routeKey } from "../../../src/domain/values/ids.js";
import { type Machine, type Vcpu, type Vm } from "./machine.js";

type Facts = Record<string, unknown>;

/** Entries that a freed list element or a freed entry's element points to: their lists are undefined. */
function dangling(machine: Machine): Set<number> {
  const links = machine.allVcpus.flatMap(({ ir_list }) => ir_list);
  return new Set(
    links.filter(({ data, freed }) => freed || data.freed).map(({ data }) => data.vector.key),
  );
}

/** The host as it is. */
export function truth(machine: Machine): Facts {
  const facts: Facts = {};
  const undefinedLinks = dangling(machine);
  for (const { key, table, data, host_irq } of machine.vectors) {
    facts[`irte ${key}`] = { ...table, shadow: null, host_irq: data === null ? NONE : host_irq };
  }
  for (const vcpu of machine.allVcpus) facts[`vcpu ${vcpu.row}`] = ofVcpu(vcpu, undefinedLinks);
  for (const vm of machine.allVms) {
    facts[`vm ${vm.row}`] = { destroyed: vm.destroyed, inhibits: vm.inhibits };
    for (const { gsi, fd, producer, irq_entry } of vm.irqfds) {
      facts[`irqfd ${vm.row}:${gsi}`] = { fd, host_irq: producer?.host_irq ?? NONE };
      if (producer === null) continue;
      const { type, dest, vector, mode } = irq_entry;
      facts[`route ${vm.row}:${gsi}`] = type === 2 ? { type, dest, vector, mode } : { type };
    }
  }
  return facts;
}

function ofVcpu(vcpu: Vcpu, undefinedLinks: ReadonlySet<number>): Facts {
  const keys = vcpu.ir_list.map(({ data }) => data.vector.key);
  return {
    run_state: runState(vcpu),
    pcpu: vcpu.cpu ?? NONE,
    avic_active: vcpu.apicv_active,
    is_running: vcpu.entry.running,
    ga_log_intr: vcpu.entry.log,
    backing_page: vcpu.page,
    ir_list: vcpu.freed ? [] : keys.filter((key) => !undefinedLinks.has(key)),
  };
}

function runState({ freed, blocking, cpu }: Vcpu): VcpuState["run_state"] {
  if (freed) return "freed";
  if (blocking) return "blocking";
  return cpu === null ? "out" : "running";
}

/** The same of the fold's state, for the subjects that `machine` has; what is not known is left out. */
export function told(machine: Machine, { iommu, kvm }: TwinState): Facts {
  const facts: Facts = {};
  const undefinedLinks = dangling(machine);
  for (const { key } of machine.vectors) {
    const irte = iommu.irtes.get(key);
    facts[`irte ${key}`] = { ...irte?.bits, shadow: irte?.shadow, host_irq: irte?.host_irq };
  }
  for (const { row, apicv_active } of machine.allVcpus) {
    const vcpu = kvm.vcpus.get(row);
    if (vcpu === undefined) continue;
    const { run_state, pcpu, is_running, ga_log_intr, backing_page, ir_list } = vcpu;
    facts[`vcpu ${row}`] = {
      run_state,
      pcpu,
      // Not told before the vCPU's first load, nor for one that comes and goes with AVIC off.
      avic_active: vcpu.avic_active ?? apicv_active,
      is_running,
      ga_log_intr,
      backing_page,
      ir_list: ir_list?.filter((key) => !undefinedLinks.has(key)),
    };
  }
  for (const vm of machine.allVms) {
    const { destroyed, inhibits } = kvm.vms.get(vm.row) ?? {};
    facts[`vm ${vm.row}`] = { destroyed, inhibits: inhibits ?? vm.inhibits };
    for (const { gsi } of vm.irqfds) Object.assign(facts, irqfdFacts({ iommu, kvm }, vm, gsi));
  }
  return facts;
}

/** A route is told only while a producer is connected: to others it may have changed unseen. */
function irqfdFacts({ kvm }: TwinState, { row: vm, untold }: Vm, gsi: number): Facts {
  const irqfd = kvm.irqfds.find((one) => one.vm === vm && one.gsi === gsi);
  const facts: Facts = {
    [`irqfd ${vm}:${gsi}`]: { fd: irqfd?.fd, host_irq: irqfd?.host_irq },
  };
  if (irqfd?.host_irq === NONE || untold.has(gsi)) return facts;
  const route = kvm.routes.get(routeKey(vm, gsi));
  const { type = null, dest, vector } = route ?? {};
  // Nothing printed what it is.
  if (type === null) return facts;
  facts[`route ${vm}:${gsi}`] =
    type === 2 ? { type, dest, vector, mode: route?.delivery_mode } : { type };
  return facts;
}
