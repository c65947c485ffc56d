// A kernel function under way on a task, and the IRTE writes that it must make: filled by the rules,
// emptied by the writes that are seen.

import { type TwinEvent } from "../events/event.js";
import { type Predicted } from "../bits.js";
import { type Difference } from "../amd/releases.js";
import { type IrteModel, type VcpuModel } from "./model.js";

/** Predicts a write from the shadow as it is then; null = the function would not write. */
export type Op = (irte: IrteModel, shadow: IrteModel["shadow"]) => Predicted | null | "unknown";

/** One write to one IRTE. */
export interface Single {
  readonly type: "single";
  readonly rule: string;
  readonly irte: IrteModel;
  readonly op: Op;
  /** seq of the event that demands it. */
  readonly demandedBy: number;
  /** Is it owed, asked when the function is over. */
  readonly owed: () => boolean;
  /** The row of the table in rules.ts without which it would not be owed; null = none in particular. */
  readonly row: Difference | null;
}

/** A walk over a vCPU's ir_list, newest link first. */
export interface Walk {
  readonly type: "walk";
  readonly rule: string;
  readonly vcpu: VcpuModel;
  readonly op: Op;
  readonly demandedBy: number;
  /** The list as it was when the function was entered. */
  readonly atEntry: readonly number[];
  /** The elements that it had to write as they were when it was entered. */
  readonly due: ReadonlySet<number>;
  /** The elements that were written, with the seq of the write. */
  readonly done: Map<number, number>;
  /** Elements that were passed over: written out of order, or missing. */
  readonly skipped: Set<number>;
  /** The write that came before its turn; null = none, or it is a finding already. */
  early: TwinEvent | null;
}

export type Step = Single | Walk;

/** A function under way. */
export interface Call {
  /** seq of its outermost event: the cause_seq of what it brings about. */
  readonly root: number;
  readonly task: number | null;
  /** An inner function whose caller's entry was not seen: its writes have no cause_seq. */
  readonly isOrphan: boolean;
  readonly cpu: number;
  steps: Step[];
  /** Ran to its end: what it links is linked then. */
  atEnd: (() => void)[];
  /** It walks an ir_list, which can hold any entry. */
  walks: boolean;
  /** The driver is called for one entry. */
  isForOne: boolean;
  /** irteKey()s of the entries it wrote, linked or unlinked. */
  readonly touched: Set<number>;
  /** The line it returned at, where a return probe shows it. */
  returned: number | null;
  /** The last event of it, as evidence. */
  last: number;
  /** seq of a write in it that is none of its own. */
  stray: number | null;
  /** Writes that it owes unless the driver is told something else: an update always tells it. */
  presumed: Single[];
  /** The entries of irqfds that had no target when their update was asked for. */
  readonly untargeted: Set<number>;
  /** The entries that KVM, by these rules, does not call the driver for, and the row that says so. */
  readonly spared: Map<number, Difference>;
  /** It disconnects the producer of an irqfd that KVM_IRQFD deassigned. */
  deassigns: boolean;
  /** The posted-interrupt update in it. */
  vector: number | null;
  /** The event that told its vector. */
  routed: number | null;
  target: number | null;
}
