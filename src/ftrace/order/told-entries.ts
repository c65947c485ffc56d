// Counts the entries of a file against what the capture script says at its end: how many of each CPU it read from the
// kernel, and how many the kernel lost.

import { numberOf, type HeaderLine } from "../../source/header/header-line.js";

/** Compares the script's counts with the entries. */
export class ToldEntries {
  private read = 0;
  private dropped = 0;
  /** Entries that each CPU's ring overran, and those of them that markers in the trace count. */
  private readonly overrun = new Map<number, number>();
  private readonly marked = new Map<number, number>();
  /** CPUs with a marker that does not say how many. */
  private readonly uncounted = new Set<number>();

  /** Takes a line of the header. */
  note(header: HeaderLine): void {
    if (header.key !== "loss" || header.problem !== null) return;
    const cpu = numberOf(header, "cpu") ?? 0;
    this.read += numberOf(header, "read") ?? 0;
    this.dropped += numberOf(header, "dropped") ?? 0;
    this.overrun.set(cpu, (this.overrun.get(cpu) ?? 0) + (numberOf(header, "overrun") ?? 0));
  }

  /** The trace says that a CPU lost so many events; null = it does not say how many. */
  marker(cpu: number, count: number | null): void {
    if (count === null) this.uncounted.add(cpu);
    else this.marked.set(cpu, (this.marked.get(cpu) ?? 0) + count);
  }

  /**
   * The CPUs that lost events after their last line, and how many. The kernel reports what a ring overran at the CPU's
   * next entry, so what no marker counts was overrun behind the last one.
   */
  lostAtEnd(): readonly (readonly [cpu: number, count: number])[] {
    return [...this.overrun].flatMap(([cpu, told]): [number, number][] => {
      const count = told - (this.marked.get(cpu) ?? 0);
      return count <= 0 || this.uncounted.has(cpu) ? [] : [[cpu, count]];
    });
  }

  /**
   * How many entries the file lacks by these counts, 0 = none. `present`: the entries of the file. What was dropped may
   * be missing anywhere, for the kernel reports it nowhere.
   */
  missing(present: number): number {
    return Math.max(0, this.read - present) + this.dropped;
  }
}
