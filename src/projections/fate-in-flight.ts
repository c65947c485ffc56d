// Kernel functions that are at work on entries: between their first line and their last an entry and its vCPU need not
// agree, and the IOMMU may still use the bits before a write.

import { causeCode } from "../domain/events/causes.js";
import { isAfterReturn, type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { KIND, type EventKindName } from "../domain/events/kinds.js";
import { type FateEntry, type FunctionKind, type InFlight } from "./fate-entries.js";
import { KeptList } from "./kept-list.js";

const WRITES = ["irte_written", "irte_exchanged"] as const;
const CALLS = ["avic_vcpu_loaded", "avic_vcpu_put"] as const;

/** By the code of each kind of event: is it one of these (1), or not (0)? */
export function kindsIn(names: readonly EventKindName[]): Uint8Array {
  const isIn = new Uint8Array(Math.max(...Object.values(KIND)) + 1);
  for (const name of names) isIn[KIND[name]] = 1;
  return isIn;
}

const OF_VCPU = kindsIn([...CALLS, ...WRITES]);

/** The lines that a function prints after its first. */
const MEMBERS: Readonly<Record<FunctionKind, Uint8Array>> = {
  vcpu: OF_VCPU,
  block: OF_VCPU,
  refresh: OF_VCPU,
  route: kindsIn([
    ...(["irqfd_msi", "pi_update_requested", "vcpu_affinity_set", ...WRITES] as const),
    "pi_update_decided",
  ]),
  // Up to 6.16 avic_pi_update_irte() tells what it decided before the driver is called.
  decided: kindsIn(["vcpu_affinity_set"]),
  alone: kindsIn(WRITES),
  write: kindsIn([]),
};

/** What begins a function on a vCPU. */
export const VCPU_FUNCTIONS: readonly EventKindName[] = [
  ...(["vcpu_loaded", "vcpu_put", "vcpu_blocking", "vcpu_unblocking", "avic_refreshed"] as const),
  ...CALLS,
];

/** Does a function on a vCPU begin with an event of that kind? By its code. */
export const IS_VCPU_FUNCTION = kindsIn(VCPU_FUNCTIONS);

const { vcpu_blocking: BLOCKING, avic_refreshed: REFRESHED } = KIND;
const { pi_update_decided: DECIDED, irqfd_shut_down: SHUT_DOWN } = KIND;

/** What sort of function on a vCPU begins with an event of that kind. */
export function vcpuFunction(kind: number): FunctionKind {
  if (kind === BLOCKING) return "block";
  return kind === REFRESHED ? "refresh" : "vcpu";
}

/** Causes of writes of which no other line is followed; that of any other is a function whose first line told nothing. */
const LONE_WRITERS: ReadonlySet<number | null> = new Set(
  [
    ...(["host affinity", "activate", "deactivate", "allocate", "free"] as const),
    ...(["AVIC inhibit", "AVIC un-inhibit"] as const),
  ].map(causeCode),
);

/** Functions of their own that are the cause of nothing by name. */
const IS_OUTERMOST = kindsIn(["irqfd_deassigned", "irqfd_shut_down", "vm_destroyed"]);

/** Is an event the first line of its function, or the only one that is followed? Else that began unseen. */
function isBeginning(function_: FunctionKind, { kind, cause }: TwinEvent): boolean {
  if (function_ === "write") return LONE_WRITERS.has(cause);
  return cause !== null || IS_OUTERMOST[kind] === 1;
}

/** Printed by interrupts, which come in the middle of a function of the task that they interrupt. */
const IS_INTERRUPT = kindsIn(["host_irq_handled", "msi_sent", "irq_accepted"]);
const IS_CALL = kindsIn(CALLS);
const IS_UPDATE = kindsIn(["producer_removed", "pi_update_requested"]);

/** Functions of tasks that print no other line stay open: the oldest of more than so many count as over. */
const OPEN_MAX = 256;

/** All functions that are at work. */
export class FunctionsInFlight {
  private readonly open = new KeptList<InFlight>();
  private readonly ended = new KeptList<InFlight>();
  /** The event that showed those to be over. */
  private endedAt = 0;
  /** Kinds of functions of which returns were seen. */
  private readonly returning = new Set<FunctionKind>();
  /** Those that became doubtful, or certain again, with the last event that was taken. */
  readonly turned = new KeptList<InFlight>();
  /** Those that are over, to be used again: one begins and ends with every load and put. */
  private readonly spare = new KeptList<InFlight>();
  private returns = new Map<number, CallReturn>();
  /** Lines show functions on vCPUs. */
  private showsFunctions = false;
  /** Writes have exchanges: the fold changes the tables with these, and tells a write without one later. */
  seesExchanges = false;

  /** Takes the returns that became known with a batch. */
  take(returns: Iterable<CallReturn>): void {
    for (const each of returns) this.returns.set(each.seq, each);
    for (let i = 0; i < this.open.size; i++) {
      const each = this.open.at(i);
      if (each.call !== null) each.returned ??= this.returns.get(each.call);
    }
  }

  /** The batch is over: what is still at work has its return, or gets it from a later batch. */
  forgetReturns(): void {
    if (this.returns.size > 0) this.returns = new Map();
  }

  /** Is nothing at work? */
  get isIdle(): boolean {
    return this.open.size === 0;
  }

  /** A function begins with an event. */
  begin(kind: FunctionKind, event: TwinEvent): InFlight {
    const begun = this.unused();
    begun.task = event.task;
    begun.cpu = event.cpu;
    begun.cause = event.cause;
    begun.kind = kind;
    begun.isSeen = isBeginning(kind, event);
    begun.isPerhaps = false;
    begun.isDoubtful = kind === "decided";
    begun.hasPaused = false;
    begun.calls = event.kind === SHUT_DOWN;
    if (isOfVcpu(begun)) this.showsFunctions = true;
    begun.vcpu = IS_VCPU_FUNCTION[event.kind] === 1 ? event.vcpu : null;
    this.note(begun, event);
    this.open.push(begun);
    return begun;
  }

  /** A write of no function that is at work: where functions show, the line of its own is missing. */
  beginWrite(event: TwinEvent): InFlight {
    if (LONE_WRITERS.has(event.cause)) return this.begin("write", event);
    const begun = this.begin(this.showsFunctions ? "vcpu" : "alone", event);
    begun.isSeen = false;
    begun.isPerhaps = begun.kind === "vcpu";
    return begun;
  }

  /** A function works on an entry. Does it only now? */
  work(each: InFlight, entry: FateEntry): boolean {
    if (entry.atWork.includes(each)) return false;
    entry.atWork.push(each);
    each.entries.push(entry);
    return true;
  }

  /** The function of a task that an event belongs to; undefined = none. */
  of(event: TwinEvent): InFlight | undefined {
    const { open } = this;
    for (let i = 0; i < open.size; i++) {
      const each = open.at(i);
      if (each.task === event.task && MEMBERS[each.kind][event.kind] === 1) return each;
    }
    return undefined;
  }

  /**
   * Takes out, and returns, what an event shows to be over: it works on no entry any more. Events that belong to a
   * function are noted. What is returned is good until the next call.
   */
  endedBy(event: TwinEvent): KeptList<InFlight> {
    const { open, ended } = this;
    this.reuseEnded();
    this.turned.clear();
    this.endedAt = event.seq;
    while (open.size > OPEN_MAX) this.close(0);
    for (let i = open.size - 1; i >= 0; i--) {
      const each = open.at(i);
      if (hasReturned(each, event)) this.returning.add(each.kind);
      if (this.isOver(each, event)) this.close(i);
      else if (each.task === event.task && IS_INTERRUPT[event.kind] !== 1) this.note(each, event);
      else this.pass(each, event);
    }
    for (let i = 0; i < ended.size; i++) leave(ended.at(i));
    return ended;
  }

  /** Has the update of the task, of which the event is the last line, returned already? */
  hasReturned({ seq, task }: TwinEvent): boolean {
    const { ended, endedAt } = this;
    if (endedAt !== seq) return false;
    for (let i = 0; i < ended.size; i++) {
      const { kind, task: own, returned } = ended.at(i);
      if (own === task && kind === "route" && returned !== undefined) return true;
    }
    return false;
  }

  /** What was lost may have ended any of them. */
  clear(): void {
    const { open } = this;
    for (let i = 0; i < open.size; i++) {
      const each = open.at(i);
      leave(each);
      this.spare.push(each);
    }
    open.clear();
  }

  private close(place: number): void {
    this.ended.push(this.open.at(place));
    this.open.removeAt(place);
  }

  private reuseEnded(): void {
    const { ended, spare } = this;
    for (let i = 0; i < ended.size; i++) spare.push(ended.at(i));
    ended.clear();
  }

  private unused(): InFlight {
    const { spare } = this;
    if (spare.size === 0) return newInFlight();
    const each = spare.at(spare.size - 1);
    spare.removeAt(spare.size - 1);
    each.call = null;
    each.entries.clear();
    each.returned = undefined;
    each.begun = null;
    each.unexchanged = null;
    return each;
  }

  private isOver(each: InFlight, event: TwinEvent): boolean {
    const { kind, task, cpu, call, vcpu } = each;
    if (event.task === task) {
      if (IS_INTERRUPT[event.kind] === 1) return hasReturned(each, event);
      if (MEMBERS[kind][event.kind] !== 1) return true;
      // It calls avic_vcpu_load() or avic_vcpu_put() once; one of another cause is none of its own.
      if (IS_CALL[event.kind] === 1 && (call !== null || isOtherCause(each, event))) return true;
    } else if (event.cpu === cpu && kind !== "route" && kind !== "decided") return true;
    // Nobody else has the vCPU's mutex until it is put.
    else if (vcpu !== null && event.vcpu === vcpu && IS_VCPU_FUNCTION[event.kind] === 1)
      return true;
    return hasReturned(each, event);
  }

  /** A line comes that is none of the function's: who changes routes sleeps, or is done, where another task runs on its CPU. */
  private pass(each: InFlight, { task, cpu }: TwinEvent): void {
    if (!each.isDoubtful) this.doubt(each);
    if (each.isDoubtful && each.cpu === cpu && each.task !== task) each.hasPaused = true;
  }

  /** Whether a function is at work still is not known, unless it owes a line. */
  doubt(each: InFlight): void {
    if (!this.owes(each)) this.turn(each, true);
  }

  /** Is a line still to come of the function: that of the return of a call, or of an exchange? */
  private owes({ kind, call, calls, begun }: InFlight): boolean {
    const isCalling = (call !== null || calls) && this.returning.has(kind);
    return isCalling || (begun !== null && this.seesExchanges);
  }

  private turn(each: InFlight, isDoubtful: boolean): void {
    if (each.isDoubtful === isDoubtful) return;
    each.isDoubtful = isDoubtful;
    each.hasPaused = false;
    this.turned.push(each);
  }

  /** An event of the function may be the call that shows its return: the outermost one. */
  private note(each: InFlight, { kind, seq, cpu }: TwinEvent): void {
    each.cpu = cpu;
    // The last line of an update: from 6.17 on all is done by then.
    if (kind === DECIDED) this.doubt(each);
    else if (each.kind !== "decided" && MEMBERS[each.kind][kind] === 1) this.turn(each, false);
    const isCall = each.kind === "route" ? IS_UPDATE : IS_CALL;
    if (isCall[kind] !== 1 || each.call !== null || each.kind === "refresh") return;
    each.call = seq;
    each.returned = this.returns.get(seq);
  }
}

function isOtherCause({ cause }: InFlight, event: TwinEvent): boolean {
  return cause !== null && event.cause !== null && cause !== event.cause;
}

/** Has a function returned before the event, as a line shows? */
function hasReturned({ returned }: InFlight, event: TwinEvent): boolean {
  return returned !== undefined && isAfterReturn(event, returned);
}

/** Does a function work on all entries of a vCPU? */
export function isOfVcpu({ kind }: Pick<InFlight, "kind">): boolean {
  return kind === "vcpu" || kind === "block" || kind === "refresh";
}

function newInFlight(): InFlight {
  return {
    task: null,
    cpu: 0,
    cause: null,
    kind: "write",
    isSeen: false,
    isPerhaps: false,
    isDoubtful: false,
    hasPaused: false,
    calls: false,
    vcpu: null,
    call: null,
    entries: new KeptList(),
    returned: undefined,
    begun: null,
    unexchanged: null,
  };
}

function leave(each: InFlight): void {
  const { entries } = each;
  for (let i = 0; i < entries.size; i++) entries.at(i).atWork.remove(each);
}
