// What is remembered of one task between its lines.

import { type TwinEvent } from "../../domain/events/event.js";
import { type Seq } from "../../domain/values/ids.js";
import { type TaskRow, type VmRow } from "../../source/rows.js";
import { CallStack } from "./call-stack.js";

/** An irqfd that is signalled, or that a worker injects. */
export interface Injecting {
  /** Row of its VM. */
  readonly vm: number;
  /** Its GSI. */
  readonly gsi: number | null;
  /** The last event of the task when that began. */
  readonly lastSeq: Seq;
}

/** No event. */
const RETURNED = 0;
const NO_CALLS: number[] = [];

/** The last call of each function by its kind of event, if it has not returned. A task calls few functions. */
export class EnteredCalls {
  /** Kinds, each with the event of its last call. */
  private calls = NO_CALLS;

  /** A call is entered; an earlier one of its kind is forgotten. */
  add(kind: number, seq: Seq): void {
    const at = this.placeOf(kind);
    if (at < this.calls.length) this.calls[at + 1] = seq;
    else this.calls = [...this.calls, kind, seq];
  }

  /** Takes out the call of a kind; its event, null = there is none. */
  take(kind: number): Seq | null {
    const at = this.placeOf(kind);
    const seq = this.calls[at + 1] ?? RETURNED;
    if (seq === RETURNED) return null;
    this.calls[at + 1] = RETURNED;
    return seq;
  }

  /** The calls that have not returned: kinds, each with the event of its last call. */
  get saved(): number[] {
    return this.calls.filter((_number, at) => this.calls[at | 1] !== RETURNED);
  }

  /** The calls of which `saved` made these numbers. */
  static restored(numbers: number[]): EnteredCalls {
    const entered = new EnteredCalls();
    if (numbers.length > 0) entered.calls = numbers;
    return entered;
  }

  private placeOf(kind: number): number {
    const { calls } = this;
    let at = 0;
    while (at < calls.length && calls[at] !== kind) at += 2;
    return at;
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

/** A task of which no line was read so far. */
export function newTask(row: TaskRow, comm: Uint8Array, cpu: number, strayLines: number): Task {
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
