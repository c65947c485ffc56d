// The tasks of a recording, and what is remembered of each between its lines.

import { type TwinEvent } from "../../domain/events/event.js";
import { type Seq } from "../../domain/values/ids.js";
import { type Line } from "../text/line.js";
import { CallStack } from "./call-stack.js";
import { type TaskRow, type VcpuRow, type VmRow } from "../../source/rows.js";

/** An irqfd that is signalled, or that a worker injects. */
export interface Injecting {
  /** Row of its VM. */
  readonly vm: number;
  /** Its GSI. */
  readonly gsi: number | null;
  /** The last event of the task when that began. */
  readonly lastSeq: Seq;
}

/** The last call of a function; the event is null once it has returned. */
interface EnteredCall {
  readonly kind: number;
  seq: Seq | null;
  readonly next: EnteredCall | null;
}

/** The last call of each function by its kind of event, if it has not returned. A task calls few functions. */
export class EnteredCalls {
  private calls: EnteredCall | null = null;

  /** A call is entered; an earlier one of its kind is forgotten. */
  add(kind: number, seq: Seq): void {
    const known = this.of(kind);
    if (known === null) this.calls = { kind, seq, next: this.calls };
    else known.seq = seq;
  }

  /** Takes out the call of a kind; its event, null = there is none. */
  take(kind: number): Seq | null {
    const known = this.of(kind);
    if (known === null) return null;
    const { seq } = known;
    known.seq = null;
    return seq;
  }

  private of(kind: number): EnteredCall | null {
    let call = this.calls;
    while (call !== null && call.kind !== kind) call = call.next;
    return call;
  }
}

/** What is remembered of one task between its lines; null where nothing is under way. */
export interface Task {
  /** Its row. */
  row: TaskRow;
  /** The comm as its last line printed it, padding included. */
  readonly comm: Uint8Array;
  /** The last event that one of its lines became; 0 = none has so far. */
  lastSeq: Seq;
  /** The CPU of its last line. */
  cpu: number;
  /** The functions under way on it. */
  readonly stack: CallStack;
  /** How many lines could not be ascribed to a task when the stack was last looked at. */
  strayLines: number;
  /** The calls of functions with a return probe that have not returned. */
  readonly entered: EnteredCalls;
  /** Row of the VM whose vCPU the task has loaded. */
  vm: number | null;
  /** Row of the vCPU that the task has loaded. */
  vcpu: number | null;
  /** Row of the VM of the __kvm_set_or_clear_apicv_inhibit() under way. */
  inhibitVm: number | null;
  /** The vCPU of the avic_init_vcpu() under way: its VM, and its vcpu_id as far as it is printed. */
  initVcpu: {
    /** The VM. */
    readonly vm: VmRow;
    /** The vcpu_id; null = it is not printed. */
    readonly vcpu_id: number | null;
  } | null;
  /** Row of the VM of the kvm_arch_init_vm() under way. */
  initVm: number | null;
  /** Row of the VM that this task created last. */
  createdVm: number | null;
  /** The same, while it is there and the only one that this task created. */
  soleVm: number | null;
  /** The write whose exchange comes next; null = none, or something else came between. */
  written: TwinEvent | null;
  /** Was it printed from an interrupt? */
  writesInInterrupt: boolean;
  /** First host IRQ of the irq_remapping_alloc() under way. */
  virq: number | null;
  /** PCI segment of the device that the alloc_irq_index() under way is asked for. */
  allocSegment: number | null;
  /** The device that it is asked for. */
  allocDevid: number | null;
  /** How many entries it is asked for. */
  allocCount: number;
  /** First index that was allocated last. */
  allocIndex: number;
  /** The index that is prepared next. */
  preparedIndex: number | null;
  /** Row of the VM of the posted-interrupt update under way. */
  updateVm: number | null;
  /** The GSI of that update. */
  updateGsi: number | null;
  /** The host IRQ of that update. */
  updateIrq: number | null;
  /** kvm_arch_irqfd_route_changed(): type of the new route. */
  newRouteType: number | null;
  /** avic_ga_log_notifier(): the tag of the entry in the GA log that it is called for. */
  loggedTag: number | null;
  /** irqfd_wakeup() or irqfd_inject(): whose interrupt is sent next; null = none, or it is not known whose. */
  injecting: Injecting | null;
  /** Row of the VM of the KVM_IRQFD under way. */
  irqfdVm: number | null;
  /** The GSI of that KVM_IRQFD. */
  irqfdGsi: number | null;
  /** The eventfd of that KVM_IRQFD. */
  irqfdFd: number | null;
}

/** The tasks of one recording. */
export class Tasks {
  /** Rows made since they were last taken, in order. */
  readonly changed: TaskRow[] = [];
  private readonly tasks = new Map<number, Task>();
  private readonly rows = new Map<string, TaskRow>();
  /** As lines printed them: many tasks have the same. */
  private readonly comms = new Map<string, Uint8Array>();
  /** The row that a pid had last. */
  private readonly lastRows = new Map<number, TaskRow>();
  /** The vCPUs that tasks of which no line was read have loaded, by the pid, as a dump tells. */
  private readonly loaded = new Map<number, VcpuRow>();
  private nextId: number;
  /** Lines so far that were none of an event, though they stand among such lines: each may have been of any task. */
  private strayLines = 0;

  /** `firstId`: the number of the first row. */
  constructor(firstId: number) {
    this.nextId = firstId;
  }

  /** How many pids there are among the lines that were looked at. */
  get pids(): number {
    return this.lastRows.size;
  }

  /** The task that printed the line. Idle tasks share pid 0: they are told apart by CPU. */
  of(line: Line): Task {
    const key = line.pid === 0 ? -1 - line.cpu : line.pid;
    const known = this.tasks.get(key);
    if (known !== undefined && known.strayLines !== this.strayLines) {
      known.strayLines = this.strayLines;
      known.stack.forget();
    }
    if (known !== undefined && known.cpu !== line.cpu) {
      known.cpu = line.cpu;
      known.stack.moved();
    }
    if (known !== undefined && (isSameComm(known.comm, line) || isNameless(line))) return known;
    const row = this.rowOf(line);
    // A task may change its name: what it does goes on.
    const comm = this.commOf(line);
    const task: Task =
      known === undefined
        ? this.withLoaded(newTask(row, comm, line.cpu, this.strayLines))
        : { ...known, row, comm };
    this.tasks.set(key, task);
    return task;
  }

  /** A dump tells which vCPU a task has loaded: it counts until a line of the task is read. */
  tellLoaded(pid: number, vcpu: VcpuRow): void {
    this.loaded.set(pid, vcpu);
  }

  private withLoaded(task: Task): Task {
    const vcpu = this.loaded.get(task.row.pid);
    if (vcpu === undefined) return task;
    this.loaded.delete(task.row.pid);
    task.vm = vcpu.vm;
    task.vcpu = vcpu.id;
    return task;
  }

  private commOf({ buffer, commStart, commEnd }: Line): Uint8Array {
    const text = buffer.toString("latin1", commStart, commEnd);
    const known = this.comms.get(text);
    if (known !== undefined) return known;
    const made = Uint8Array.prototype.slice.call(buffer, commStart, commEnd);
    this.comms.set(text, made);
    return made;
  }

  private rowOf(line: Line): TaskRow {
    const { pid } = line;
    const comm = line.comm();
    const key = `${pid} ${comm}`;
    const last = this.lastRows.get(pid);
    if (last !== undefined && comm === NAMELESS && pid !== 0) return last;
    let row = this.rows.get(key);
    if (row === undefined) {
      row = last?.comm === NAMELESS ? this.named(last, comm) : { id: this.nextId++, comm, pid };
      this.rows.set(key, row);
      this.changed.push(row);
    }
    this.lastRows.set(pid, row);
    return row;
  }

  /** A task that printed no name so far prints it now. */
  private named(row: TaskRow, comm: string): TaskRow {
    this.rows.delete(`${row.pid} ${row.comm}`);
    row.comm = comm;
    return row;
  }

  /** A line could not be ascribed to a task: it may have been the entry of a function of any, or a return. */
  strayed(): void {
    // What stands above the first line of an event is no line of the trace.
    if (this.tasks.size === 0) return;
    this.strayLines++;
  }

  /** Events were lost: what each task is in the middle of is not known any more. */
  forget(): void {
    this.tasks.clear();
    this.loaded.clear();
  }
}

/** What ftrace prints where it has forgotten the name of a pid: it says nothing of the task. */
const NAMELESS = "<...>";

function isNameless(line: Line): boolean {
  return line.comm() === NAMELESS;
}

function isSameComm(comm: Uint8Array, line: Line): boolean {
  const { buffer, commStart, commEnd } = line;
  if (commEnd - commStart !== comm.length) return false;
  // The name's own characters stand at the end, after the padding: compare from there.
  for (let i = comm.length - 1; i >= 0; i--) {
    if (comm[i] !== buffer[commStart + i]) return false;
  }
  return true;
}

function newTask(row: TaskRow, comm: Uint8Array, cpu: number, strayLines: number): Task {
  return {
    row,
    comm,
    lastSeq: 0,
    cpu,
    stack: new CallStack(),
    strayLines,
    entered: new EnteredCalls(),
    vm: null,
    vcpu: null,
    inhibitVm: null,
    initVcpu: null,
    initVm: null,
    createdVm: null,
    soleVm: null,
    written: null,
    writesInInterrupt: false,
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
    loggedTag: null,
    injecting: null,
    irqfdVm: null,
    irqfdGsi: null,
    irqfdFd: null,
  };
}
