// Counts the entries of a file against what the capture script says at its end: how many of each CPU it read from the
// kernel, and how many the kernel lost.

import { numberOf, type HeaderLine } from "../header/header-line.js";

/** Compares the script's counts with the entries. */
export class ToldEntries {
  private read = 0;
  private lost = 0;

  /** Takes a line of the header. */
  note(header: HeaderLine): void {
    if (header.key !== "loss" || header.problem !== null) return;
    this.read += numberOf(header, "read") ?? 0;
    this.lost += (numberOf(header, "overrun") ?? 0) + (numberOf(header, "dropped") ?? 0);
  }

  /**
   * How many entries the file lacks by these counts, 0 = none. `present`: the entries of the file. `isLossMarked`: the
   * trace itself says that entries were lost.
   */
  missing(present: number, isLossMarked: boolean): number {
    const unmarked = isLossMarked ? 0 : this.lost;
    return Math.max(0, this.read - present) + unmarked;
  }
}
