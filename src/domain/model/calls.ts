// A kernel function under way on a task, and the IRTE writes that it must make: filled in by the rules,
// emptied by the writes that are seen.

import { type Predicted } from "../values/bits.js";
import { type CallReturn, type TwinEvent } from "../events/event.js";
import { KIND } from "../events/kinds.js";
import { type IrteKey, type Seq, type VcpuRow } from "../values/ids.js";
import { type IrteModel, type VcpuModel } from "./model.js";

/**
 * What a driver function makes of an entry, from the driver's copy as it is then: the bits that it writes, null
 * where it writes nothing, "unknown" where the copy is not known.
 */
export type Op = (irte: IrteModel, shadow: IrteModel["shadow"]) => Predicted | null | "unknown";

/** One write to one entry. */
export interface Single {
  /** Tells it from a Walk. */
  readonly type: "single";
  /** The transition rule. */
  readonly rule: string;
  /** The entry. */
  readonly irte: IrteModel;
  /** What is written. */
  readonly op: Op;
  /** The event that demands it. */
  readonly demandedBy: Seq;
  /** Is it owed? Asked when the function is over. */
  readonly owed: () => boolean;
  /** The difference between releases without which it would not be owed; null = none in particular. */
  readonly row: string | null;
  /** The known bug that making this write shows; null = none. */
  readonly bug: string | null;
}

/** A walk over a vCPU's list, the newest link first. */
export interface Walk {
  /** Tells it from a Single. */
  readonly type: "walk";
  /** The transition rule. */
  readonly rule: string;
  /** The vCPU whose list it is. */
  readonly vcpu: VcpuModel;
  /** What is written to each entry. */
  readonly op: Op;
  /** The event that demands it. */
  readonly demandedBy: Seq;
  /** The list as it was when the function was entered. */
  readonly atEntry: readonly IrteKey[];
  /** The elements that it had to write as they were when it was entered. */
  readonly due: ReadonlySet<IrteKey>;
  /** The elements that were written, with the event of the write. */
  readonly done: Map<IrteKey, Seq>;
  /** Elements that were passed over: written out of order, or missing. */
  readonly skipped: Set<IrteKey>;
  /** The write that came before its turn; null = none, or it is a finding already. */
  early: TwinEvent | null;
}

/** What a function under way must still write. */
export type Step = Single | Walk;

/** A function under way. */
export interface Call {
  /** The event of its outermost entry: the cause_seq of what it brings about. */
  readonly root: Seq;
  /** The row number of the task; null = not known. */
  readonly task: number | null;
  /** An inner function whose caller's entry was not seen: its writes have no cause_seq. */
  readonly isOrphan: boolean;
  /** The CPU that it was entered on. */
  readonly cpu: number;
  /** The first that is seen of its task. */
  readonly isFirst: boolean;
  /** Its first event tells its cause: no function whose entry was not seen calls it. */
  readonly isOutermost: boolean;
  /** It may be part of a function whose entry was not seen, and that goes on after it. */
  mayBeInner: boolean;
  /** The writes that it owes, in order. */
  steps: Step[];
  /** What happens when it has run to its end: what it links is linked then. */
  atEnd: (() => void)[];
  /** It walks a list, which can hold any entry. */
  walks: boolean;
  /** The driver is called for one entry. */
  isForOne: boolean;
  /** The entries that it wrote, linked or unlinked. */
  readonly touched: Set<IrteKey>;
  /** It has run to its end: what it owed was due. */
  isOver: boolean;
  /** Its return, where a return probe shows it. */
  returned: CallReturn | null;
  /** The entry whose return is not known: it may still come. null = none is awaited. */
  entered: Seq | null;
  /** The last event of it, as evidence. */
  last: Seq;
  /** A write in it that is none of its own. */
  stray: Seq | null;
  /** Writes that it owes unless the driver is told something else: an update always tells it. */
  presumed: Single[];
  /** The entries of irqfds that had no target when their update was asked for; null = none. */
  untargeted: Set<IrteKey> | null;
  /** The entries that KVM, by these rules, does not call the driver for, and the row that says so; null = none. */
  spared: Map<IrteKey, string> | null;
  /** It disconnects the producer of an irqfd that KVM_IRQFD deassigned. */
  deassigns: boolean;
  /** The guest vector of the posted-interrupt update in it. */
  vector: number | null;
  /** The event that told the vector. */
  routed: Seq | null;
  /** The vCPU that its first event names. */
  readonly vcpu: VcpuRow | null;
  /** The vCPU that it is about. */
  target: VcpuRow | null;
}

/** A function whose first event is this one; `isFirst`: it is the first of its task. */
export function newCall(
  root: Seq,
  { task, cpu, seq, kind, vcpu, cause, cause_seq }: TwinEvent,
  isFirst: boolean,
): Call {
  const isOrphan = kind === KIND.vcpu_affinity_set && cause_seq === null;
  return {
    root,
    task,
    isOrphan,
    cpu,
    isFirst,
    isOutermost: cause !== null,
    vcpu,
    mayBeInner: isOrphan && isFirst,
    steps: [],
    atEnd: [],
    walks: false,
    isForOne: false,
    touched: new Set(),
    isOver: false,
    returned: null,
    entered: null,
    stray: null,
    last: seq,
    presumed: [],
    untargeted: null,
    spared: null,
    deassigns: false,
    vector: null,
    routed: null,
    target: null,
  };
}

/** Did the function print the event? */
export function isPartOf({ root, isOrphan }: Call, { cause_seq, kind }: TwinEvent): boolean {
  return cause_seq === root || (isOrphan && cause_seq === null && kind === KIND.irte_written);
}
