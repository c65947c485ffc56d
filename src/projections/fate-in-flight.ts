// Kernel functions that are at work on entries: between their first line and their last an entry and its vCPU need not
// agree, and the IOMMU may still use the bits before a write.

import { isAfterReturn, type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { KIND, type EventKindName } from "../domain/events/kinds.js";
import { type VcpuRow } from "../domain/values/ids.js";
import { type IrteBits } from "../domain/values/bits.js";
import { type FateEntry } from "./fate-entries.js";

/** A function, or a chain of them, that is at work on entries. */
export interface InFlight {
  readonly task: number | null;
  readonly cpu: number;
  readonly kind: FunctionKind;
  /** The vCPU that begins to block; null = none does. */
  readonly vcpu: VcpuRow | null;
  /** The call of it whose return a line may show; null = none yet. */
  call: number | null;
  /** The entries that it is at work on. */
  readonly entries: Set<FateEntry>;
  /** What it has written of which no exchange was seen: that is over when the function is. */
  begun: BegunWrite[];
}

/** A write of which no exchange was seen yet. */
export interface BegunWrite {
  readonly entry: FateEntry;
  readonly bits: IrteBits;
}

/**
 * What a function works on: a vCPU; one that begins to block; one that takes up AVIC's new state, in several calls;
 * routes, which are changed by who may sleep; an entry.
 */
export type FunctionKind = "vcpu" | "block" | "refresh" | "route" | "write";

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
    ...(["irqfd_routed", "irqfd_msi", "pi_update_requested", "vcpu_affinity_set"] as const),
    ...(["pi_update_decided", "producer_removed", "producer_added", ...WRITES] as const),
  ]),
  write: kindsIn([]),
};

/** What begins a function on a vCPU. */
const VCPU_FUNCTIONS: readonly EventKindName[] = [
  ...(["vcpu_loaded", "vcpu_put", "vcpu_blocking", "vcpu_unblocking", "avic_refreshed"] as const),
  ...CALLS,
];

/** Does a function on a vCPU begin with an event of that kind? By its code. */
export const IS_VCPU_FUNCTION = kindsIn(VCPU_FUNCTIONS);

const { vcpu_blocking: BLOCKING, avic_refreshed: REFRESHED } = KIND;

/** What sort of function on a vCPU begins with an event of that kind. */
export function vcpuFunction(kind: number): FunctionKind {
  if (kind === BLOCKING) return "block";
  return kind === REFRESHED ? "refresh" : "vcpu";
}

/** Printed by interrupts, which come in the middle of a function of the task that they interrupt. */
const IS_INTERRUPT = kindsIn(["host_irq_handled", "irq_accepted"]);
const IS_CALL = kindsIn(CALLS);

/** All functions that are at work. */
export class FunctionsInFlight {
  private readonly open: InFlight[] = [];
  private returns = new Map<number, CallReturn>();

  /** Takes the returns that became known with a batch. */
  take(returns: Iterable<CallReturn>): void {
    for (const each of returns) this.returns.set(each.seq, each);
  }

  /** Of what was said to return, only what is still at work is of use. */
  forgetReturns(): void {
    if (this.returns.size === 0) return;
    const kept = this.open.flatMap(({ call }) => this.returnOf(call) ?? []);
    this.returns = new Map(kept.map((each) => [each.seq, each]));
  }

  /** Is nothing at work? */
  get isIdle(): boolean {
    return this.open.length === 0;
  }

  /** A function begins with an event. */
  begin(kind: FunctionKind, event: TwinEvent): InFlight {
    const { task, cpu } = event;
    const vcpu = kind === "block" ? event.vcpu : null;
    const begun: InFlight = { task, cpu, kind, vcpu, call: null, entries: new Set(), begun: [] };
    note(begun, event);
    this.open.push(begun);
    return begun;
  }

  /** The function of a task that an event belongs to; undefined = none. */
  of(event: TwinEvent): InFlight | undefined {
    return this.open.find(
      ({ task, kind }) => task === event.task && MEMBERS[kind][event.kind] === 1,
    );
  }

  /** Takes out, and returns, what an event shows to be over. Events that belong to a function are noted. */
  endedBy(event: TwinEvent): readonly InFlight[] {
    const { open } = this;
    const ended: InFlight[] = [];
    for (let i = open.length - 1; i >= 0; i--) {
      const each = open[i];
      if (each === undefined) continue;
      if (this.isOver(each, event)) {
        open.splice(i, 1);
        ended.push(each);
      } else if (each.task === event.task) note(each, event);
    }
    return ended;
  }

  /** What was lost may have ended any of them. */
  clear(): void {
    this.open.length = 0;
    this.returns.clear();
  }

  private isOver(each: InFlight, event: TwinEvent): boolean {
    const { kind, task, cpu, call } = each;
    if (event.task === task) {
      if (IS_INTERRUPT[event.kind] === 1) return false;
      if (MEMBERS[kind][event.kind] !== 1) return true;
      // It calls avic_vcpu_load() or avic_vcpu_put() once.
      if (call !== null && IS_CALL[event.kind] === 1) return true;
    } else if (event.cpu === cpu && kind !== "route") return true;
    const returned = this.returnOf(call);
    return returned !== undefined && isAfterReturn(event, returned);
  }

  private returnOf(call: number | null): CallReturn | undefined {
    return call === null ? undefined : this.returns.get(call);
  }
}

/** An event of the function may be the call that shows its return. */
function note(each: InFlight, { kind, seq }: TwinEvent): void {
  if (IS_CALL[kind] === 1 && each.kind !== "refresh") each.call = seq;
}
