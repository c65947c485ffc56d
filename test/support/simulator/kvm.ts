// virt/kvm and arch/x86/kvm: VMs and vCPUs, inhibits, routing, irqfds and bypass producers.

import {
  block,
  piUpdateAfter,
  postBefore,
  svmVcpuLoad,
  svmVcpuPut,
  unblock,
  unpostBefore,
  updateApicv,
  vcpuOf,
  entryWords,
} from "./avic.js";
import { release, request } from "./iommu.js";
import { newTask, type Task } from "./recorder.js";
import {
  NO_ROUTE,
  irteOf,
  lock,
  unlock,
  type Irqfd,
  type Machine,
  type Route,
  type Run,
  type Vcpu,
  type Vector,
  type Vm,
} from "./machine.js";

const MSI = 2;
const IRQWIN = 8;

// --- VMs and vCPUs ------------------------------------------------------------------------------------

/** KVM_CREATE_VM, KVM_CREATE_IRQCHIP, the vCPUs, and the assignment of a device. */
export function* createVm(at: Machine, slot: number, vcpus: number): Run {
  const on = at.controller;
  const row = at.allVms.length + 1;
  const vm: Vm = {
    row,
    vm_id: row,
    irqfds_lock: { held: false },
    vcpus: [],
    irqfds: [],
    routes: new Map(),
    untold: new Set(),
    inhibits: 4,
    destroyed: false,
  };
  at.allVms.push(vm);
  at.vms[slot] = vm;
  at.rec.note(on, "vm_created", { vm: row });
  at.rec.note(on, "avic_inhibit_set", { vm: row, payload: { reason: 2, inhibits: 4 } });
  yield* setRouting(at, vm, new Map());
  changeInhibit(at, on, vm, { reason: 2, set: false });
  for (let i = 0; i < vcpus; i++) yield* createVcpu(at, vm);
  if (!at.rules.linksIrqfd) at.rec.note(on, "assignment_started", { vm: row });
}

/** KVM_CREATE_VCPU: AVIC is active until the vCPU first asks. */
export function* createVcpu(at: Machine, vm: Vm): Run {
  const row = at.allVcpus.length + 1;
  const idx = vm.vcpus.length;
  const vcpu: Vcpu = {
    row,
    vm,
    // Not the index: the tag has one or the other.
    id: 2 * idx + 1,
    idx,
    page: 0x8_0010_0000 + row,
    task: newTask(10 + row, 1),
    ir_list_lock: { held: false },
    ir_list: [],
    apicv_active: true,
    blocking: false,
    cpu: null,
    inRun: false,
    entry: { apic: 0, running: false, log: false },
    freed: false,
  };
  vm.vcpus.push(vcpu);
  at.allVcpus.push(vcpu);
  at.rec.note(at.controller, "vcpu_created", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
    payload: { vcpu_idx: idx },
  });
  yield* ioctl(at, vcpu);
}

/** Any vCPU ioctl: vcpu_load(), vcpu_put() on the controller's CPU. */
export function* ioctl(at: Machine, vcpu: Vcpu): Run {
  yield* svmVcpuLoad(at, at.controller, vcpu);
  yield* svmVcpuPut(at, at.controller, vcpu);
}

/** The vCPUs end their runs, the devices and irqfds go, then the VM and its vCPUs. */
export function* destroyVm(at: Machine, vm: Vm): Run {
  const on = at.controller;
  for (const vcpu of vm.vcpus) yield* exitRun(at, vcpu);
  if (!at.rules.linksIrqfd) at.rec.note(on, "assignment_ended", { vm: vm.row });
  for (const irqfd of [...vm.irqfds]) yield* shutDown(at, irqfd);
  at.rec.note(on, "vm_destroyed", { vm: vm.row });
  vm.destroyed = true;
  for (const vcpu of vm.vcpus) {
    at.rec.note(on, "vcpu_destroyed", vcpuOf(vcpu));
    vcpu.freed = true;
    vcpu.entry = { ...vcpu.entry, running: false, log: false };
    vcpu.apicv_active = false;
  }
}

/** Puts the vCPU's thread on a CPU; who runs there is preempted. */
export function* schedule(at: Machine, vcpu: Vcpu, cpu: number): Run {
  if (vcpu.cpu !== null) return;
  const other = at.vcpuOn(cpu);
  if (other !== null) yield* scheduleOut(at, other);
  vcpu.task.cpu = cpu;
  yield* svmVcpuLoad(at, vcpu.task, vcpu);
  vcpu.inRun = true;
}

/** Preempts a running thread; one that blocks goes to sleep. */
export function* scheduleOut(at: Machine, vcpu: Vcpu): Run {
  if (vcpu.cpu === null) return;
  if (!vcpu.blocking) at.rec.note(vcpu.task, "vcpu_preempted", vcpuOf(vcpu));
  yield* svmVcpuPut(at, vcpu.task, vcpu);
}

/** HLT. */
export function* halt(at: Machine, vcpu: Vcpu): Run {
  if (vcpu.cpu !== null && !vcpu.blocking) yield* block(at, vcpu);
}

export function* wake(at: Machine, vcpu: Vcpu, cpu: number): Run {
  if (!vcpu.blocking) return;
  yield* schedule(at, vcpu, cpu);
  yield* unblock(at, vcpu);
}

/** vcpu_enter_guest(): takes up a changed AVIC state. */
export function* enterGuest(at: Machine, vcpu: Vcpu): Run {
  if (vcpu.cpu !== null && !vcpu.blocking) yield* updateApicv(at, vcpu);
}

/** KVM_RUN returns to user space. */
export function* exitRun(at: Machine, vcpu: Vcpu): Run {
  if (!vcpu.inRun) return;
  const free = [1, 2, 3, 4].find((cpu) => at.vcpuOn(cpu) === null) ?? 1;
  yield* wake(at, vcpu, free);
  yield* schedule(at, vcpu, free);
  yield* svmVcpuPut(at, vcpu.task, vcpu);
  vcpu.inRun = false;
}

// --- inhibits ----------------------------------------------------------------------------------------

/** __kvm_set_or_clear_apicv_inhibit(). 6.12 inlines it: only the tracepoint is left. */
export function changeInhibit(
  at: Machine,
  on: Task,
  vm: Vm,
  { reason, set }: { reason: number; set: boolean },
): void {
  const isProbed = at.rules.id !== "6.12";
  vm.inhibits = set ? vm.inhibits | (1 << reason) : vm.inhibits & ~(1 << reason);
  const named = isProbed ? { vm: vm.row } : {};
  if (isProbed)
    at.rec.note(on, "avic_inhibit_requested", { ...named, payload: { reason, set: Number(set) } });
  const kind = set ? "avic_inhibit_set" : "avic_inhibit_cleared";
  at.rec.note(on, kind, { ...named, payload: { reason, inhibits: vm.inhibits } });
  // 7.3 counts the requests for an interrupt window apart, and says so each time.
  if (at.rules.tagsIn12Bits)
    at.rec.note(on, "avic_inhibit_cleared", {
      ...named,
      payload: { reason: IRQWIN, inhibits: vm.inhibits },
    });
}

// --- routing -----------------------------------------------------------------------------------------

/** Single vCPU, fixed or lowest priority. */
function resolve({ vcpus }: Vm, { type, dest, mode }: Route): Vcpu | null {
  if (type !== MSI || mode > 1) return null;
  const targets = dest === 0xff ? vcpus : vcpus.filter(({ id }) => id === dest);
  return targets.length === 1 ? (targets[0] ?? null) : null;
}

function addressOf({ dest }: Route): number {
  return 0xfee0_0000 + dest * 0x1000;
}

function dataOf({ vector, mode }: Route): number {
  return vector | (mode << 8);
}

function sameRoute(a: Route, b: Route): boolean {
  return a.dest === b.dest && a.vector === b.vector && a.mode === b.mode;
}

/** KVM_SET_GSI_ROUTING: kvm_irq_routing_update() goes over the irqfds in the order of assignment. */
export function* setRouting(at: Machine, vm: Vm, routes: Map<number, Route>): Run {
  const on = at.controller;
  at.rec.enter(on, "gsi_routing_set", "routing change", {
    vm: vm.row,
    payload: { nr: routes.size },
  });
  yield;
  yield* lock(vm.irqfds_lock);
  for (const gsi of [...vm.routes.keys(), ...routes.keys()]) vm.untold.add(gsi);
  vm.routes = routes;
  for (const irqfd of vm.irqfds) {
    const old = irqfd.irq_entry;
    irqfd.irq_entry = routes.get(irqfd.gsi) ?? NO_ROUTE;
    if (irqfd.producer === null) continue;
    vm.untold.delete(irqfd.gsi);
    if (at.rules.linksIrqfd) yield* reroute(at, on, irqfd, old);
    else if (old.type !== MSI || irqfd.irq_entry.type !== MSI || !sameRoute(old, irqfd.irq_entry))
      yield* rerouteBefore(at, on, irqfd);
  }
  unlock(vm.irqfds_lock);
  at.rec.leave(on);
}

/** Before: only a changed route is told, and of it the type. */
function* rerouteBefore(at: Machine, on: Task, irqfd: Irqfd): Run {
  const { vm, gsi, producer, irq_entry } = irqfd;
  at.rec.enter(on, "irqfd_routed", "routing change", {
    vm: vm.row,
    gsi,
    host_irq: producer?.host_irq ?? null,
    ...(producer === null ? {} : irteOf(producer)),
    payload: { type: irq_entry.type },
  });
  yield* piUpdateBefore(at, on, irqfd, true);
  at.rec.leave(on);
}

/** Since: kvm_arch_update_irqfd_routing() is told of every irqfd; a route that is gone keeps its text. */
function* reroute(at: Machine, on: Task, irqfd: Irqfd, old: Route): Run {
  const { irq_entry, vm, gsi } = irqfd;
  const shown = irq_entry.type === 0 ? old : irq_entry;
  at.rec.enter(on, "irqfd_routed", "routing change", {
    vm: vm.row,
    gsi,
    payload: {
      type: irq_entry.type,
      address: shown.type === 1 ? 2 : addressOf(shown),
      data: shown.type === 1 ? 0 : dataOf(shown),
    },
  });
  yield;
  const wereMsi = old.type === MSI && irq_entry.type === MSI;
  const noMsi = old.type !== MSI && irq_entry.type !== MSI;
  if (!noMsi && !(wereMsi && sameRoute(old, irq_entry)))
    yield* kvmPiUpdate(at, on, irqfd, irq_entry, false);
  at.rec.leave(on);
}

function msi(at: Machine, on: Task, irqfd: Irqfd, route: Route, hostIrq: boolean): void {
  irqfd.vm.untold.delete(irqfd.gsi);
  at.rec.within(on, "irqfd_msi", {
    vm: irqfd.vm.row,
    gsi: irqfd.gsi,
    host_irq: hostIrq ? (irqfd.producer?.host_irq ?? null) : null,
    payload: { dest: route.dest, vector: route.vector, mode: route.mode },
  });
}

function decided(
  at: Machine,
  on: Task,
  { vm, gsi, producer }: Irqfd,
  what: { enabled: boolean; vector: number; vcpu: Vcpu | null },
): void {
  if (producer === null) return;
  at.rec.within(on, "pi_update_decided", {
    vm: vm.row,
    gsi,
    host_irq: producer.host_irq,
    ...irteOf(producer),
    payload: { enabled: Number(what.enabled), vector: what.vector, vcpu_id: what.vcpu?.id ?? -1 },
  });
}

/** Before: avic_pi_update_irte() walks the routing table of the GSI; no route, nothing done. */
function* piUpdateBefore(at: Machine, on: Task, irqfd: Irqfd, set: boolean): Run {
  const { vm, gsi, producer } = irqfd;
  if (producer === null) return;
  at.rec.enter(on, "pi_update_requested", null, {
    vm: vm.row,
    gsi,
    host_irq: producer.host_irq,
    ...irteOf(producer),
    payload: { set: Number(set) },
  });
  yield;
  const route = vm.routes.get(gsi);
  if (route !== undefined) yield* followRoute(at, on, irqfd, route, set);
  at.rec.leaveShown(on);
}

function* followRoute(at: Machine, on: Task, irqfd: Irqfd, route: Route, set: boolean): Run {
  const { vm, producer } = irqfd;
  if (producer === null) return;
  let posted = false;
  if (route.type === MSI) {
    msi(at, on, irqfd, route, true);
    const vcpu = resolve(vm, route);
    posted = set && vcpu?.apicv_active === true;
    if (vcpu !== null && posted) yield* postBefore(at, on, irqfd, vcpu, route.vector);
    if (vcpu !== null) decided(at, on, irqfd, { enabled: set, vector: route.vector, vcpu });
  }
  if (!posted) yield* unpostBefore(at, on, irqfd, producer);
}

/** Since: kvm_pi_update_irte(); `entry` null = no route any more. */
function* kvmPiUpdate(
  at: Machine,
  on: Task,
  irqfd: Irqfd,
  entry: Route | null,
  showsIrq: boolean,
): Run {
  let vcpu: Vcpu | null = null;
  let vector = 0;
  if (entry?.type === MSI) {
    msi(at, on, irqfd, entry, showsIrq);
    vcpu = resolve(irqfd.vm, entry);
    vector = entry.vector;
  }
  if (irqfd.irq_bypass_vcpu === null && vcpu === null) return;
  yield* piUpdateAfter(at, on, irqfd, vcpu, vector);
  irqfd.irq_bypass_vcpu = vcpu;
  decided(at, on, irqfd, { enabled: vcpu !== null, vector, vcpu });
}

// --- irqfds and producers ----------------------------------------------------------------------------

function producerFields({ vm, gsi }: Irqfd, vector: Vector): Record<string, number> {
  return { vm: vm.row, gsi, host_irq: vector.host_irq, ...irteOf(vector) };
}

/** kvm_arch_irq_bypass_add_producer(). */
function* addProducer(at: Machine, irqfd: Irqfd, vector: Vector): Run {
  const on = at.controller;
  at.rec.enter(on, "producer_added", "producer added", producerFields(irqfd, vector));
  yield;
  yield* lock(irqfd.vm.irqfds_lock);
  irqfd.producer = vector;
  vector.irqfd = irqfd;
  if (!at.rules.linksIrqfd) yield* piUpdateBefore(at, on, irqfd, true);
  else if (irqfd.irq_entry.type === MSI) yield* kvmPiUpdate(at, on, irqfd, irqfd.irq_entry, true);
  unlock(irqfd.vm.irqfds_lock);
  at.rec.leave(on);
}

/** kvm_arch_irq_bypass_del_producer(). */
function* delProducer(at: Machine, on: Task, irqfd: Irqfd): Run {
  const vector = irqfd.producer;
  if (vector === null) return;
  at.rec.enter(on, "producer_removed", "producer removed", producerFields(irqfd, vector));
  yield;
  yield* lock(irqfd.vm.irqfds_lock);
  if (!at.rules.linksIrqfd) yield* piUpdateBefore(at, on, irqfd, false);
  else if (irqfd.irq_entry.type === MSI) yield* kvmPiUpdate(at, on, irqfd, null, true);
  irqfd.producer = null;
  vector.irqfd = null;
  unlock(irqfd.vm.irqfds_lock);
  at.rec.leaveShown(on);
}

/** KVM_IRQFD: connects at once where VFIO has the eventfd's producer. */
export function* assignIrqfd(at: Machine, vm: Vm, vector: Vector): Run {
  const { gsi, fd } = vector;
  if (vm.irqfds.some((other) => other.gsi === gsi)) return;
  const irqfd: Irqfd = {
    vm,
    gsi,
    fd,
    irq_entry: vm.routes.get(gsi) ?? NO_ROUTE,
    producer: null,
    irq_bypass_vcpu: null,
  };
  at.rec.note(at.controller, "irqfd_assigned", { vm: vm.row, gsi, payload: { fd, flags: 0 } });
  yield;
  vm.irqfds.push(irqfd);
  if (vector.triggered) yield* addProducer(at, irqfd, vector);
}

/** KVM_IRQFD with DEASSIGN. 6.17 clears the route's type first, so del_producer sees no MSI. */
export function* deassignIrqfd(at: Machine, vm: Vm, vector: Vector): Run {
  const irqfd = vm.irqfds.find(({ gsi }) => gsi === vector.gsi);
  if (irqfd === undefined) return;
  at.rec.note(at.controller, "irqfd_deassigned", {
    vm: vm.row,
    gsi: irqfd.gsi,
    payload: { fd: irqfd.fd, flags: 1 },
  });
  yield;
  if (at.rules.skipsDeassigned) irqfd.irq_entry = { ...irqfd.irq_entry, type: 0 };
  yield* shutDown(at, irqfd);
}

/** irqfd_shutdown(), on a work queue; then the irqfd is freed. */
function* shutDown(at: Machine, irqfd: Irqfd): Run {
  const { vm, gsi } = irqfd;
  at.rec.note(at.worker, "irqfd_shut_down", { vm: vm.row, gsi });
  yield* delProducer(at, at.worker, irqfd);
  vm.irqfds = vm.irqfds.filter((other) => other !== irqfd);
  if (!at.rules.linksIrqfd) return;
  for (const { ir_list } of at.allVcpus) {
    for (const link of ir_list) if (link.irqfd === irqfd) link.freed = true;
  }
}

/** VFIO_DEVICE_SET_IRQS with an eventfd: request_irq(), then the producer. */
export function* setTrigger(at: Machine, of: Vector, vector: number, cpu: number): Run {
  if (of.data === null || of.triggered) return;
  yield* request(at, at.controller, of, vector, cpu);
  of.triggered = true;
  const irqfd = at.vms[of.slot]?.irqfds.find(({ fd }) => fd === of.fd);
  if (irqfd !== undefined) yield* addProducer(at, irqfd, of);
}

/** VFIO_DEVICE_SET_IRQS without: the producer goes before free_irq(). */
export function* clearTrigger(at: Machine, of: Vector): Run {
  if (!of.triggered) return;
  of.triggered = false;
  if (of.irqfd !== null) yield* delProducer(at, at.controller, of.irqfd);
  yield* release(at, at.controller, of);
}

// --- the device --------------------------------------------------------------------------------------

/** The device sends its interrupt: the IOMMU remaps it, posts it, or posts it and logs it. */
export function interrupt(at: Machine, vector: Vector): void {
  const entry = vector.data?.entry;
  if (entry?.valid !== true) return;
  if (entry.shape === "remapped") {
    at.rec.note(at.gaLog, "host_irq_handled", { ...irteOf(vector), host_irq: vector.host_irq });
    return;
  }
  if (entry.is_run || !entry.ga_log_intr) return;
  const vcpu = at.vcpuOfTag(entry.ga_tag);
  const mask = at.rules.tagsIn12Bits ? 0xfff : 0x1ff;
  at.rec.note(at.gaLog, "ga_log_entry", {
    ...(vcpu === null ? {} : vcpuOf(vcpu)),
    payload: { vcpu_field: entry.ga_tag & mask },
  });
}
