// Watches, while a file is read, for the place from which its lines are no longer in the order of time: where
// the lines of another CPU or of another file begin. `cat per_cpu/cpu*/trace` has one for each CPU but the first.

import { type Stamp } from "../../domain/values/ids.js";

/**
 * A step back of more than this, in nanoseconds or ticks, is no late line: `trace_pipe` prints a line late by the
 * length of the interrupts that kept its writer from finishing it, which is far below.
 */
export const FAR_BACK = 100_000_000;

/** Is `stamp` before `other` by more than FAR_BACK? */
export function isFarBefore(stamp: Stamp, other: Stamp): boolean {
  return (other.billions - stamp.billions) * 1e9 + (other.rest - stamp.rest) > FAR_BACK;
}

/** Follows from which CPU each line is. */
export class CpuBlocks {
  private readonly seen = new Set<number>();
  private cpu = -1;
  private changes = 0;

  /** Takes the CPU of the next line. */
  note(cpu: number): void {
    if (cpu === this.cpu) return;
    if (this.cpu >= 0) this.changes++;
    this.cpu = cpu;
    this.seen.add(cpu);
  }

  /** Do the lines of each CPU stand together, so that no CPU comes back? */
  get areWhole(): boolean {
    return this.changes === this.seen.size - 1;
  }
}
