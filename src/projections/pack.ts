// What is kept of one subject over the time of a recording, as numbers behind one another, where no index of the
// timeline finds it by its subject.

import { grown } from "../domain/values/grown.js";
import { VarintLists, type Overflow } from "../domain/values/varint-lists.js";

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

/** A pack as it is stored. */
export interface FinishedPack {
  /** What it holds. */
  readonly kind: PackKind;
  /** Of which subject. */
  readonly subject: number;
  /** How many rows it has. */
  readonly rows: number;
  /** The last value that a row had; -1 = none had one. */
  readonly last: number;
  /** The numbers of its rows. */
  readonly numbers: Uint8Array;
}

const ROOM_FIRST = 64;

/** The packs of one recording. A pack is known by its number, from 0. */
export class Packs {
  private readonly lists: VarintLists;
  private readonly byKind = new Map<PackKind, Map<number, number>>();
  // By the number of the pack.
  private rows = new Uint32Array(ROOM_FIRST);
  private lasts = new Float64Array(ROOM_FIRST);
  private seqs = new Float64Array(ROOM_FIRST);
  private times = new Float64Array(ROOM_FIRST);

  /** `overflow`: takes what is in long packs; null = all stays in memory. */
  constructor(overflow: Overflow | null = null) {
    this.lists = new VarintLists(overflow);
  }

  /** The number of the pack of a subject. One that is new has no rows yet. */
  of(kind: PackKind, subject: number): number {
    let packs = this.byKind.get(kind);
    if (packs === undefined) this.byKind.set(kind, (packs = new Map<number, number>()));
    let pack = packs.get(subject);
    if (pack === undefined) packs.set(subject, (pack = this.make()));
    return pack;
  }

  /** Begins a row that has no event. */
  count(pack: number): void {
    this.rows[pack] = (this.rows[pack] ?? 0) + 1;
  }

  /** Begins a row of an event. */
  putSeq(pack: number, seq: number): void {
    this.count(pack);
    this.lists.putSigned(pack, seq - (this.seqs[pack] ?? 0));
    this.seqs[pack] = seq;
  }

  /** Adds a time, in units since the recording's first event. */
  putTime(pack: number, time: number): void {
    this.lists.putSigned(pack, time - (this.times[pack] ?? 0));
    this.times[pack] = time;
  }

  /** Adds a value. */
  put(pack: number, value: number): void {
    this.lists.put(pack, value);
    this.lasts[pack] = value;
  }

  /** The last value that a row had; -1 = none had one. */
  lastOf(pack: number): number {
    return this.lasts[pack] ?? -1;
  }

  /** The last value is said to be this one. */
  setLast(pack: number, value: number): void {
    this.lasts[pack] = value;
  }

  /** All packs in the order of their table: by what they hold, and by subject. */
  *inOrder(): Generator<FinishedPack> {
    for (const kind of [...this.byKind.keys()].sort()) {
      const packs = this.byKind.get(kind) ?? new Map<number, number>();
      for (const subject of Float64Array.from(packs.keys()).sort()) {
        const pack = packs.get(subject) ?? 0;
        const [rows = 0, last = -1] = [this.rows[pack], this.lasts[pack]];
        yield { kind, subject, rows, last, numbers: this.lists.written(pack) };
      }
    }
  }

  private make(): number {
    const pack = this.lists.make();
    if (pack >= this.rows.length) {
      this.rows = grown(this.rows);
      this.lasts = grown(this.lasts);
      this.seqs = grown(this.seqs);
      this.times = grown(this.times);
    }
    this.lasts[pack] = -1;
    return pack;
  }
}
