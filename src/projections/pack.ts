// What is kept of one subject over the time of a recording, as numbers behind one another, where no index of the
// timeline finds it by its subject.

import { VarintWriter } from "../domain/values/varints.js";

/**
 * What a pack holds, and of which subject. Its rows begin with the seq, except those of `write`, `ga_log` and blocks. A
 * seq and a time are stored less those of the row before, and signed.
 */
export const PACK_KINDS = {
  fate: "of an IRTE (irteKey): the number of the case that its fate is from there on",
  irte_tick: "of an IRTE (irteKey): a time, and the kind of the event",
  vcpu_tick: "of a row of vcpu: the same",
  cpu: "of a CPU, in the order of the ends: a time, the row of the vCPU that runs there from then on, and 1 + how much later it ends (0: it goes on)",
  inhibit: "of a row of vm, or of all (0): events from which inhibits are known",
  host_irq: "of an IRTE (irteKey): the host IRQ that it is prepared for from there on",
  marker: "of all (0): the time of a text of a user",
  irte_rows: "of an IRTE (irteKey): no numbers, but how many intervals of it there are",
  link_rows: "the same of its stays on ir_lists",
  route_rows: "of a row of vm: how many intervals of its routes there are",
  vcpu_rows: "of a row of vcpu: how many intervals of it there are",
  write: "of the code of a cause (0: not known): the time of a write, without a seq",
  ga_log: "of all (0): the time of a GA log entry, without a seq",
  kind_blocks:
    "of the code of a kind: blocks of 4,096 events in which it is, as how many stand before each since the last",
  cause_blocks: "the same of the code of a cause",
  task_blocks: "the same of a row of task",
  vm_blocks: "the same of a row of vm",
  vcpu_blocks: "the same of a row of vcpu",
  devid_blocks: "the same of a devid, in any segment",
  gsi_blocks: "the same of a GSI, in any VM",
  host_irq_blocks: "the same of a host IRQ",
} as const;

/** Counts the changes of what packs hold: others are read as if there were none. */
export const PACKS_VERSION = 3;

/** One of PACK_KINDS. */
export type PackKind = keyof typeof PACK_KINDS;

/** The rows of one subject. */
export class Pack {
  /** The numbers of its rows. */
  readonly numbers = new VarintWriter();
  /** How many rows it has. */
  rows = 0;
  /** The last value that a row had. */
  last = -1;
  private seq = 0;
  private time = 0;

  /** Begins a row of an event. */
  putSeq(seq: number): void {
    this.rows++;
    this.numbers.putSigned(seq - this.seq);
    this.seq = seq;
  }

  /** Adds a time, in units since the recording's first event. */
  putTime(time: number): void {
    this.numbers.putSigned(time - this.time);
    this.time = time;
  }

  /** Adds a value. */
  put(value: number): void {
    this.numbers.put(value);
    this.last = value;
  }
}

/** A pack, what it holds and of which subject. */
export type KeyedPack = readonly [kind: PackKind, subject: number, pack: Pack];

/** Packs in the order of their table: by what they hold, and by subject. */
export function inOrder(packs: readonly KeyedPack[]): readonly KeyedPack[] {
  return packs.toSorted(([kind, subject], [otherKind, other]) =>
    kind === otherKind ? subject - other : kind < otherKind ? -1 : 1,
  );
}
