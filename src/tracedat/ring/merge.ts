// The records of all CPUs in the order of time. Those of one time come in the order of the CPUs, as trace-cmd has them.

import { type CpuRecords } from "./cpu-records.js";

/** Puts the records of CPUs in one order. */
export class Merge {
  /** A binary heap: the CPU whose record is next is the first. */
  private readonly heap: CpuRecords[] = [];

  /** The CPUs, each at its first record. */
  constructor(cpus: readonly CpuRecords[]) {
    this.heap = [...cpus].sort((one, other) => (isSooner(one, other) ? -1 : 1));
  }

  /** The CPU whose record is next; undefined = there is none. */
  get first(): CpuRecords | undefined {
    return this.heap[0];
  }

  /** The first CPU stands at its next record. */
  moved(): void {
    const { heap } = this;
    const [moved] = heap;
    if (moved === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let sooner = heap[child];
      if (sooner === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isSooner(right, sooner)) {
        child++;
        sooner = right;
      }
      if (!isSooner(sooner, moved)) break;
      heap[at] = sooner;
      at = child;
    }
    heap[at] = moved;
  }

  /** The first CPU has no more records. */
  ended(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.moved();
  }
}

function isSooner(one: CpuRecords, other: CpuRecords): boolean {
  if (one.billions !== other.billions) return one.billions < other.billions;
  if (one.rest !== other.rest) return one.rest < other.rest;
  return one.cpu < other.cpu;
}
