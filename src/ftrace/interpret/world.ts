// Who is who in one recording: tasks by pid, VMs by their struct kvm, vCPUs by VM and vcpu_id,
// host IRQs by IRTE. Pointers become row numbers here; nothing behind this file knows a pointer.

import { type Seq } from "../../domain/values/ids.js";
import { decodeGaTag } from "../../domain/amd/ga-tag.js";
import { type Rules } from "../../domain/amd/releases.js";
import { CallStack } from "./call-stack.js";
import { type Line } from "../text/line.js";

export interface TaskRow {
  readonly id: number;
  readonly comm: string;
  readonly pid: number;
}

export interface VmRow {
  readonly id: number;
  /** Address of struct kvm as the trace prints it; null where only a vm_id was seen. */
  readonly kvm: string | null;
  /** avic_vm_id; null until a line shows it. */
  vm_id: number | null;
  /** Its creation was observed, so its vCPUs are counted from the first. */
  born: boolean;
}

export interface VcpuRow {
  readonly id: number;
  readonly vm: number;
  readonly vcpu_id: number;
  /** Place in the order of creation; null where the creation was not observed. */
  vcpu_idx: number | null;
}

/** A CPU of the host and its APIC ID. */
export interface CpuRow {
  readonly cpu: number;
  readonly apic_id: number;
}

/** What is remembered of one task between its lines. */
export interface Task {
  row: TaskRow;
  readonly comm: Uint8Array;
  readonly stack: CallStack;
  /** By kind of event: the call of a function with a return probe that has not returned. */
  readonly entered: Map<number, Seq>;
  /** The vCPU that the task has loaded. */
  vm: number | null;
  vcpu: number | null;
  /** VM of the __kvm_set_or_clear_apicv_inhibit() under way; VM this task created last. */
  inhibitVm: number | null;
  createdVm: number | null;
  /** irq_remapping_alloc() and alloc_irq_index() under way. */
  virq: number | null;
  allocSegment: number | null;
  allocDevid: number | null;
  allocCount: number;
  allocIndex: number;
  preparedIndex: number | null;
  /** Subject of the posted-interrupt update under way. */
  updateVm: number | null;
  updateGsi: number | null;
  updateIrq: number | null;
  /** kvm_arch_irqfd_route_changed(): type of the new route. */
  newRouteType: number | null;
  /** KVM_IRQFD under way. */
  irqfdVm: number | null;
  irqfdGsi: number | null;
  irqfdFd: number | null;
}

export interface Irte {
  readonly segment: number;
  readonly devid: number;
  readonly index: number;
}

/** Where row numbers start: a timeline holds several recordings. */
export interface FirstIds {
  readonly task: number;
  readonly vm: number;
  readonly vcpu: number;
}

export class World {
  /** Rows made or changed since they were last taken, in order. */
  readonly changed = {
    tasks: [] as TaskRow[],
    vms: new Set<VmRow>(),
    vcpus: new Set<VcpuRow>(),
    cpus: [] as CpuRow[],
  };
  private readonly tasks = new Map<number, Task>();
  private readonly taskRows = new Map<string, TaskRow>();
  private readonly pointers = new PointerKeys();
  private readonly vmOfKvm = new Map<number, VmRow>();
  private readonly vmOfId = new Map<number, VmRow>();
  private readonly vcpus = new Map<number, VcpuRow>();
  private readonly vcpusOfVm = new Map<number, VcpuRow[]>();
  private readonly apics = new Set<number>();
  private readonly irteOfIrq = new Map<number, Irte>();
  private nextTask: number;
  private nextVm: number;
  private nextVcpu: number;

  constructor(first: FirstIds) {
    this.nextTask = first.task;
    this.nextVm = first.vm;
    this.nextVcpu = first.vcpu;
  }

  /** The task that printed the line. Idle tasks share pid 0: they are told apart by CPU. */
  task(line: Line): Task {
    const key = line.pid === 0 ? -1 - line.cpu : line.pid;
    const known = this.tasks.get(key);
    if (known !== undefined && sameComm(known.comm, line)) return known;
    const row = this.taskRow(line);
    // A task may change its name, or print `<...>` once: what it does goes on.
    const comm = Uint8Array.prototype.slice.call(line.buffer, line.commStart, line.commEnd);
    const task: Task = known === undefined ? newTask(row, comm) : { ...known, row, comm };
    this.tasks.set(key, task);
    return task;
  }

  private taskRow(line: Line): TaskRow {
    const comm = line.comm();
    const key = `${line.pid} ${comm}`;
    let row = this.taskRows.get(key);
    if (row === undefined) {
      row = { id: this.nextTask++, comm, pid: line.pid };
      this.taskRows.set(key, row);
      this.changed.tasks.push(row);
    }
    return row;
  }

  /**
   * Events were lost: what each task is in the middle of is not known any more, nor how many vCPUs a VM
   * has by now.
   */
  forgetTasks(): void {
    this.tasks.clear();
    for (const vm of this.vmOfKvm.values()) vm.born = false;
  }

  vm(kvmHigh: number, kvmLow: number): VmRow {
    const key = this.pointers.key(kvmHigh, kvmLow);
    let row = this.vmOfKvm.get(key);
    if (row === undefined) {
      row = { id: this.nextVm++, kvm: pointerText(kvmHigh, kvmLow), vm_id: null, born: false };
      this.vmOfKvm.set(key, row);
      this.changed.vms.add(row);
    }
    return row;
  }

  knownVm(kvmHigh: number, kvmLow: number): VmRow | undefined {
    return this.vmOfKvm.get(this.pointers.key(kvmHigh, kvmLow));
  }

  /**
   * The VM of that address with that avic_vm_id. A VM keeps its own for life: another one at a known
   * address is another VM, whose predecessor's end was not seen.
   */
  vmWithId(kvmHigh: number, kvmLow: number, vm_id: number | null): VmRow {
    const known = this.knownVm(kvmHigh, kvmLow)?.vm_id ?? null;
    if (known !== null && vm_id !== null && vm_id !== 0 && known !== vm_id)
      this.forgetVm(kvmHigh, kvmLow);
    const vm = this.vm(kvmHigh, kvmLow);
    this.learnVmId(vm, vm_id);
    return vm;
  }

  /** A line shows the VM's avic_vm_id; 0 = none yet (7.3 gives it with the first vCPU). */
  private learnVmId(vm: VmRow, vm_id: number | null): void {
    if (vm_id === null || vm_id === 0 || vm.vm_id === vm_id) return;
    vm.vm_id = vm_id;
    this.vmOfId.set(vm_id, vm);
    this.changed.vms.add(vm);
  }

  vmOfVmId(vm_id: number): VmRow | undefined {
    return this.vmOfId.get(vm_id);
  }

  /** The struct kvm is freed: its address may come back as another VM. */
  forgetVm(kvmHigh: number, kvmLow: number): void {
    this.vmOfKvm.delete(this.pointers.key(kvmHigh, kvmLow));
  }

  vcpu(vm: VmRow, vcpu_id: number): VcpuRow {
    const key = vm.id * 0x1_0000 + vcpu_id;
    let row = this.vcpus.get(key);
    if (row === undefined) {
      row = { id: this.nextVcpu++, vm: vm.id, vcpu_id, vcpu_idx: null };
      this.vcpus.set(key, row);
      const siblings = this.vcpusOfVm.get(vm.id);
      if (siblings === undefined) this.vcpusOfVm.set(vm.id, [row]);
      else siblings.push(row);
      this.changed.vcpus.add(row);
    }
    return row;
  }

  /** Events were lost: a vCPU that is made from here on may not be the next of its VM. */
  lose(): void {
    for (const vm of this.vmOfKvm.values()) vm.born = false;
  }

  /** avic_init_vcpu() succeeded: the vCPU takes the next vcpu_idx, if all earlier ones were seen. */
  createVcpu(vm: VmRow, vcpu_id: number): VcpuRow {
    const created = this.vcpusOfVm.get(vm.id) ?? [];
    const idx = created.filter(
      (other) => other.vcpu_idx !== null && other.vcpu_id !== vcpu_id,
    ).length;
    const row = this.vcpu(vm, vcpu_id);
    if (vm.born && row.vcpu_idx === null) {
      row.vcpu_idx = idx;
      this.changed.vcpus.add(row);
    }
    return row;
  }

  /** The vCPU that a GA tag names; undefined where it is not known. */
  vcpuOfTag(tag: number, rules: Rules): VcpuRow | undefined {
    const { vm_id, vcpu } = decodeGaTag(tag, rules);
    return this.vcpuOfField(vm_id, vcpu, rules);
  }

  /** The vCPU field of a GA tag holds a vcpu_id or, since 6.17, a vcpu_idx. */
  vcpuOfField(vm_id: number, field: number, rules: Rules): VcpuRow | undefined {
    const vm = this.vmOfId.get(vm_id);
    if (vm === undefined) return undefined;
    return this.vcpusOfVm
      .get(vm.id)
      ?.find((row) => (rules.tagVcpuField === "vcpu_id" ? row.vcpu_id : row.vcpu_idx) === field);
  }

  /** A physical ID entry with IsRunning set names the APIC ID of the CPU it was loaded on. */
  learnApic(cpu: number, apic_id: number): void {
    if (this.apics.has(cpu)) return;
    this.apics.add(cpu);
    this.changed.cpus.push({ cpu, apic_id });
  }

  bindIrq(host_irq: number, irte: Irte): void {
    this.irteOfIrq.set(host_irq, irte);
  }

  irteOf(host_irq: number): Irte | undefined {
    return this.irteOfIrq.get(host_irq);
  }
}

/** Kernel addresses as exact map keys: few values of the upper half, each given a small number. */
class PointerKeys {
  private readonly highs = new Map<number, number>();

  key(high: number, low: number): number {
    let id = this.highs.get(high);
    if (id === undefined) {
      id = this.highs.size;
      this.highs.set(high, id);
    }
    return id * 0x1_0000_0000 + (low >>> 0);
  }
}

function pointerText(high: number, low: number): string {
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16);
}

function sameComm(comm: Uint8Array, line: Line): boolean {
  const { buffer, commStart, commEnd } = line;
  if (commEnd - commStart !== comm.length) return false;
  // The name's own characters stand at the end: compare from there.
  for (let i = comm.length - 1; i >= 0; i--) {
    if (comm[i] !== buffer[commStart + i]) return false;
  }
  return true;
}

function newTask(row: TaskRow, comm: Uint8Array): Task {
  return {
    row,
    comm,
    stack: new CallStack(),
    entered: new Map(),
    vm: null,
    vcpu: null,
    inhibitVm: null,
    createdVm: null,
    virq: null,
    allocSegment: null,
    allocDevid: null,
    allocCount: 0,
    allocIndex: 0,
    preparedIndex: null,
    updateVm: null,
    updateGsi: null,
    updateIrq: null,
    newRouteType: null,
    irqfdVm: null,
    irqfdGsi: null,
    irqfdFd: null,
  };
}
