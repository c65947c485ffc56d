// arch/x86/kvm/svm/avic.c: a vCPU's physical ID entry and the IRTEs on its ir_list.

import { activateGuestMode, deactivateGuestMode, updateGa } from "./iommu.js";
import { type Task } from "./recorder.js";
import {
  Crash,
  irteOf,
  lock,
  unlock,
  type IrData,
  type Irqfd,
  type Machine,
  type Run,
  type Vcpu,
  type Vector,
} from "./machine.js";

/** What a probe prints of the physical ID entry. GA_LOG_INTR is KVM's own, since the series. */
export function entryWords({ page, entry }: Vcpu): { words: number; loH: number; loL: number } {
  const high =
    0x8000_0000 |
    (entry.running ? 0x4000_0000 : 0) |
    (entry.log ? 0x2000_0000 : 0) |
    Math.floor(page / 0x10_0000);
  return { words: 1, loH: high | 0, loL: (page << 12) | entry.apic | 0 };
}

export function vcpuOf({ vm, row }: Vcpu): { vm: number; vcpu: number } {
  return { vm: vm.row, vcpu: row };
}

type Op = (data: IrData) => Run;

/** avic_update_iommu_vcpu_affinity(): newest link first. */
function* eachLink(at: Machine, vcpu: Vcpu, op: Op): Run {
  for (const { data } of [...vcpu.ir_list]) {
    if (data.freed && !at.survives) throw new Crash("the IRTE's data was freed while linked");
    // Another IRTE took its place: its memory is not what it was, and nothing is found in it.
    if (data.freed && data.vector.data !== null) continue;
    yield* op(data);
  }
}

/** __avic_vcpu_load(): the entry first, then the IRTEs. */
function* load(at: Machine, on: Task, vcpu: Vcpu, toggle: boolean): Run {
  const apic = at.apic(on.cpu);
  yield* lock(vcpu.ir_list_lock);
  vcpu.entry = { apic, running: true, log: false };
  yield* eachLink(at, vcpu, (data) =>
    toggle ? activateGuestMode(at, on, data, apic, false) : updateGa(at, on, data, apic, false),
  );
  unlock(vcpu.ir_list_lock);
}

/** __avic_vcpu_put(): the IRTEs first, then the entry. */
function* put(at: Machine, on: Task, vcpu: Vcpu, action: "stop" | "block" | "toggle"): Run {
  const blocks = action === "block";
  yield* lock(vcpu.ir_list_lock);
  yield* eachLink(at, vcpu, (data) =>
    action === "toggle" ? deactivateGuestMode(at, on, data) : updateGa(at, on, data, -1, blocks),
  );
  vcpu.entry = {
    ...vcpu.entry,
    running: false,
    log: blocks && at.rules.logsOnlyBlocking,
  };
  unlock(vcpu.ir_list_lock);
}

/** avic_vcpu_load(). */
function* avicVcpuLoad(at: Machine, on: Task, vcpu: Vcpu): Run {
  at.rec.enter(on, "avic_vcpu_loaded", "vcpu load", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
    payload: { cpu: on.cpu },
  });
  yield;
  if (!vcpu.blocking) yield* load(at, on, vcpu, false);
  at.rec.leaveShown(on);
}

/** avic_vcpu_put(): nothing for a vCPU that was put when it began to block. */
function* avicVcpuPut(at: Machine, on: Task, vcpu: Vcpu): Run {
  at.rec.enter(on, "avic_vcpu_put", "vcpu put", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
  });
  yield;
  if (vcpu.entry.running) yield* put(at, on, vcpu, "stop");
  at.rec.leaveShown(on);
}

/** svm_vcpu_load(). */
export function* svmVcpuLoad(at: Machine, on: Task, vcpu: Vcpu): Run {
  vcpu.cpu = on.cpu;
  at.rec.enter(on, "vcpu_loaded", "vcpu load", { ...vcpuOf(vcpu), payload: { cpu: on.cpu } });
  yield;
  if (vcpu.apicv_active) yield* avicVcpuLoad(at, on, vcpu);
  at.rec.leave(on);
}

/** svm_vcpu_put(). */
export function* svmVcpuPut(at: Machine, on: Task, vcpu: Vcpu): Run {
  at.rec.enter(on, "vcpu_put", "vcpu put", vcpuOf(vcpu));
  yield;
  if (vcpu.apicv_active) yield* avicVcpuPut(at, on, vcpu);
  at.rec.leave(on);
  vcpu.cpu = null;
}

/** avic_vcpu_blocking(), then prepare_to_rcuwait(). */
export function* block(at: Machine, vcpu: Vcpu): Run {
  const { task: on } = vcpu;
  at.rec.enter(on, "vcpu_blocking", "vcpu block", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
    payload: { apicv_active: Number(vcpu.apicv_active) },
  });
  yield;
  if (vcpu.apicv_active) {
    if (at.rules.logsOnlyBlocking) yield* put(at, on, vcpu, "block");
    else yield* avicVcpuPut(at, on, vcpu);
  }
  at.rec.leave(on);
  vcpu.blocking = true;
}

/** finish_rcuwait(), then avic_vcpu_unblocking(). Since the series the load in it is inlined. */
export function* unblock(at: Machine, vcpu: Vcpu): Run {
  const { task: on } = vcpu;
  vcpu.blocking = false;
  at.rec.enter(on, "vcpu_unblocking", "vcpu unblock", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
    payload: { apicv_active: Number(vcpu.apicv_active) },
  });
  yield;
  if (vcpu.apicv_active) {
    if (at.rules.logsOnlyBlocking) yield* load(at, on, vcpu, false);
    else yield* avicVcpuLoad(at, on, vcpu);
  }
  at.rec.leave(on);
  at.rec.note(on, "vcpu_woken", {
    ...vcpuOf(vcpu),
    payload: { wait_ns: 1000, waited: 1, valid: 1 },
  });
}

/** __kvm_vcpu_update_apicv() and avic_refresh_apicv_exec_ctrl(). */
export function* updateApicv(at: Machine, vcpu: Vcpu): Run {
  const { task: on } = vcpu;
  const active = vcpu.vm.inhibits === 0;
  if (active === vcpu.apicv_active) return;
  vcpu.apicv_active = active;
  at.rec.enter(on, "avic_refreshed", active ? "AVIC un-inhibit" : "AVIC inhibit", {
    ...vcpuOf(vcpu),
    ...entryWords(vcpu),
    payload: { apicv_active: Number(active) },
  });
  yield;
  if (at.rules.togglesInOneWrite) {
    if (active) yield* load(at, on, vcpu, true);
    else yield* put(at, on, vcpu, "toggle");
  } else {
    yield* active ? avicVcpuLoad(at, on, vcpu) : avicVcpuPut(at, on, vcpu);
    // avic_set_pi_irte_mode().
    yield* lock(vcpu.ir_list_lock);
    yield* eachLink(at, vcpu, (data) =>
      active ? activateGuestMode(at, on, data, -1, true) : deactivateGuestMode(at, on, data),
    );
    unlock(vcpu.ir_list_lock);
  }
  at.rec.leave(on);
}

// --- ir_lists ---------------------------------------------------------------------------------

/** A new element at the head. The kernel's list_add() checks its neighbours: a freed one is a BUG. */
function listAdd(vcpu: Vcpu, data: IrData, irqfd: Irqfd): void {
  if (vcpu.ir_list.some(({ freed }) => freed)) throw new Crash("list_add() corruption");
  vcpu.ir_list = [{ data, irqfd, freed: false }, ...vcpu.ir_list];
}

/** svm_ir_list_del(), before the series: by the driver's data, not found = nothing. */
function* listDelData(vcpu: Vcpu, data: IrData): Run {
  yield* lock(vcpu.ir_list_lock);
  vcpu.ir_list = vcpu.ir_list.filter((link) => link.data !== data);
  unlock(vcpu.ir_list_lock);
}

/** svm_ir_list_del(), since: the irqfd's own element. */
function* listDelIrqfd(irqfd: Irqfd): Run {
  const vcpu = irqfd.irq_bypass_vcpu;
  if (vcpu === null) return;
  yield* lock(vcpu.ir_list_lock);
  if (vcpu.ir_list.some(({ freed }) => freed)) throw new Crash("list_del() corruption");
  vcpu.ir_list = vcpu.ir_list.filter((link) => link.irqfd !== irqfd);
  unlock(vcpu.ir_list_lock);
}

// --- posting ------------------------------------------------------------------------------------

/** What amd_ir_set_vcpu_affinity() is told, as its probe prints it. */
function asked(
  at: Machine,
  on: Task,
  { vm, gsi }: Irqfd,
  vector: Vector,
  slots: Readonly<Record<string, number | null>>,
): void {
  at.rec.within(on, "vcpu_affinity_set", {
    vm: vm.row,
    gsi,
    host_irq: vector.host_irq,
    ...irteOf(vector),
    ...slots,
  });
}

function address(page: number): { words: number; loH: number; loL: number } {
  return { words: 1, loH: Math.floor(page / 0x10_0000), loL: (page << 12) | 0 };
}

/** Before: post to a vCPU whose AVIC is active; irq_set_vcpu_affinity(), then svm_ir_list_add(). */
export function* postBefore(
  at: Machine,
  on: Task,
  irqfd: Irqfd,
  vcpu: Vcpu,
  guestVector: number,
): Run {
  const vector = irqfd.producer;
  const data = vector?.data;
  if (vector == null || data == null) return;
  const tag = at.tag(vcpu);
  yield* lock(vector.desc);
  asked(at, on, irqfd, vector, { ...vcpuOf(vcpu), a: 1, b: tag, ...address(vcpu.page) });
  yield;
  const previous = data.cached_ga_tag;
  Object.assign(data, {
    ga_root_ptr: BigInt(vcpu.page),
    ga_vector: guestVector,
    ga_tag: tag,
    cached_ga_tag: tag,
  });
  yield* activateGuestMode(at, on, data, -1, true);
  unlock(vector.desc);
  if (previous !== 0) {
    // kvm_get_vcpu_by_id() of this VM, whichever VM the tag is of.
    const old = vcpu.vm.vcpus.find(({ id }) => id === (previous & 0x1ff));
    if (old === undefined) return;
    yield* listDelData(old, data);
    yield;
  }
  yield* lock(vcpu.ir_list_lock);
  if (vcpu.entry.running) yield* updateGa(at, on, data, vcpu.entry.apic, false);
  listAdd(vcpu, data, irqfd);
  unlock(vcpu.ir_list_lock);
  yield;
}

/** Before: not posted, and off the list of the vCPU that the last tag names. */
export function* unpostBefore(at: Machine, on: Task, irqfd: Irqfd, vector: Vector): Run {
  const { data } = vector;
  if (data === null) return;
  yield* lock(vector.desc);
  asked(at, on, irqfd, vector, { a: 0, b: 0, words: 1, loH: 0, loL: 0 });
  yield;
  const previous = data.cached_ga_tag;
  yield* deactivateGuestMode(at, on, data);
  data.cached_ga_tag = 0;
  unlock(vector.desc);
  if (previous === 0) return;
  const old = irqfd.vm.vcpus.find(({ id }) => id === (previous & 0x1ff));
  if (old !== undefined) yield* listDelData(old, data);
}

/** avic_pi_update_irte(), since the series; `vcpu` null = to no vCPU. */
export function* piUpdateAfter(
  at: Machine,
  on: Task,
  irqfd: Irqfd,
  vcpu: Vcpu | null,
  guestVector: number,
): Run {
  const vector = irqfd.producer;
  const data = vector?.data;
  if (vector == null || data == null) return;
  at.rec.enter(on, "pi_update_requested", null, {
    vm: irqfd.vm.row,
    vcpu: vcpu?.row ?? null,
    gsi: irqfd.gsi,
    host_irq: vector.host_irq,
    ...irteOf(vector),
    payload: { vector: guestVector },
  });
  yield;
  yield* listDelIrqfd(irqfd);
  yield;
  if (vcpu === null) {
    yield* lock(vector.desc);
    asked(at, on, irqfd, vector, {});
    yield;
    yield* deactivateGuestMode(at, on, data);
    unlock(vector.desc);
  } else yield* postAfter(at, on, irqfd, vcpu, { vector, data, guestVector });
  at.rec.leaveShown(on);
}

/** Since: one write, under the list's lock; linked whether AVIC is inhibited or not. */
function* postAfter(
  at: Machine,
  on: Task,
  irqfd: Irqfd,
  vcpu: Vcpu,
  { vector, data, guestVector }: { vector: Vector; data: IrData; guestVector: number },
): Run {
  const tag = at.tag(vcpu);
  yield* lock(vcpu.ir_list_lock);
  const cpu = vcpu.entry.running ? vcpu.entry.apic : -1;
  const log = !vcpu.entry.running && vcpu.entry.log;
  const posts = vcpu.apicv_active;
  yield* lock(vector.desc);
  asked(at, on, irqfd, vector, {
    ...(posts ? vcpuOf(vcpu) : {}),
    a: Number(posts),
    b: tag,
    c: cpu,
    d: Number(log),
    ...address(vcpu.page),
  });
  yield;
  Object.assign(data, { ga_root_ptr: BigInt(vcpu.page), ga_vector: guestVector, ga_tag: tag });
  yield* posts ? activateGuestMode(at, on, data, cpu, log) : deactivateGuestMode(at, on, data);
  unlock(vector.desc);
  listAdd(vcpu, data, irqfd);
  unlock(vcpu.ir_list_lock);
}
