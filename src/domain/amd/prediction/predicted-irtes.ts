// The predicted IRTEs: table and driver's copy of each, and the writes to them.

import { type Call, type Op, type Step } from "../../model/calls.js";
import { isComplete, type Predicted, UNKNOWN_BITS, either } from "../../values/bits.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { applied } from "../irte/partly-known-irte.js";

/** The two copies of an entry, each as far as it is known. */
export interface Bits {
  /** What the IOMMU reads. */
  readonly table: Predicted;
  /** ir_data->entry. */
  readonly shadow: Predicted;
}

/** Why an entry is what it is. */
export interface Author {
  /** The code of the cause (CAUSES); null = none is known. */
  readonly cause: number | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: number | null;
  /** The function, where it may still be under way. */
  readonly call: Call | null;
}

/** A predicted entry, and why it is so. */
export interface Entry extends Bits, Author {}

const NOBODY: Author = { cause: null, cause_seq: null, call: null };
const NOTHING: Entry = { table: UNKNOWN_BITS, shadow: UNKNOWN_BITS, ...NOBODY };
/** Two functions that race with a third may follow it in either order. */
const ORDERS = 2;

/** All predicted entries of a recording. */
export class PredictedIrtes {
  /** irteKey()s of what changed since it was last emptied. */
  readonly changed = new Set<number>();
  private readonly kernel: AmdKernel;
  private readonly entries = new Map<number, Entry>();

  /** `kernel`: the rules, which are told of each driver's copy. */
  constructor(kernel: AmdKernel) {
    this.kernel = kernel;
  }

  /** The irteKey() of every entry. */
  keys(): IterableIterator<number> {
    return this.entries.keys();
  }

  /** Is the entry one of them? */
  has(key: number): boolean {
    return this.entries.has(key);
  }

  /** The entry; one that was not seen has no known bit. */
  get(key: number): Entry {
    return this.entries.get(key) ?? NOTHING;
  }

  /** The entry and the driver's copy of it are these from now on, because of `by`. */
  set(key: number, { table, shadow }: Bits, by: Author = NOBODY): void {
    const { cause, cause_seq, call } = by;
    this.entries.set(key, { table, shadow, cause, cause_seq, call });
    this.changed.add(key);
    // The rules ask whether the driver's copy is prepared.
    this.kernel.model.irte(key).shadow = isComplete(shadow) ? shadow.bits : null;
  }

  /** No bit of these entries is known any more. */
  forget(keys: Iterable<number>): void {
    for (const key of keys) this.set(key, NOTHING);
  }

  /** `sure`: false = it may not have been made. */
  write(key: number, op: Op, sure: boolean, by: Author): void {
    if (this.kernel.model.irte(key).freed) {
      this.forget([key]);
      return;
    }
    const after = this.after(key, op);
    if (sure) this.set(key, after, by);
    else this.join(key, after, by);
    this.race(key, by);
  }

  /** The entry is what it is, or what `other` says. */
  join(key: number, other: Bits, by: Author): void {
    const { table, shadow } = this.get(key);
    const joined = { table: either(table, other.table), shadow: either(shadow, other.shadow) };
    this.set(key, joined, by);
  }

  /** Functions under way elsewhere write the entry too: before or after, the events do not tell. */
  race(key: number, own: Author): void {
    for (let order = 0; order < ORDERS; order++) {
      for (const call of this.kernel.calls.values()) {
        if (call === own.call) continue;
        for (const step of call.steps.filter((each) => covers(each, key))) {
          this.join(key, this.after(key, step.op), own);
        }
      }
    }
  }

  private after(key: number, op: Op): Bits {
    const before = this.get(key);
    const { shadow, writes } = applied(op, this.kernel.model.irte(key), before.shadow);
    if (writes === false) return before;
    return { shadow, table: writes === true ? shadow : either(before.table, shadow) };
  }
}

function covers(step: Step, key: number): boolean {
  if (step.type === "single") return step.irte.key === key;
  return step.atEntry.includes(key) || step.vcpu.list.includes(key);
}
