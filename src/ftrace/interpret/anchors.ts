// Dumps of the remapping table that wait for their place among the events. A dump is taken while the trace runs already,
// and what it shows of an entry counts only if no line before its time is about that entry: else the entry may have been
// written while the table was read.

import { type IrteKey, type Stamp, irteKey } from "../../domain/values/ids.js";
import { type DumpedEntry } from "../header/irqtbl.js";

/** The entries of dumps that have no place yet. */
export class Anchors {
  private waiting: DumpedEntry[] = [];
  private readonly seen = new Set<IrteKey>();

  /** Are there none? */
  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** A dump shows an entry. */
  add(entry: DumpedEntry): void {
    this.waiting.push(entry);
  }

  /** A line of the trace is about the entry with this key; null = about none. */
  note(key: IrteKey | null): void {
    if (key !== null) this.seen.add(key);
  }

  /** The entries whose place is before a line of this time. Of those that the trace has shown before, none. */
  before({ billions, rest }: Stamp): readonly DumpedEntry[] {
    const isDue = ({ at }: DumpedEntry): boolean =>
      at === null || at.billions < billions || (at.billions === billions && at.rest <= rest);
    const due = this.waiting.filter(isDue);
    if (due.length === 0) return [];
    this.waiting = this.waiting.filter((entry) => !isDue(entry));
    return due.filter(({ segment, devid, index }) => {
      const key = irteKey(segment, devid, index);
      const isNew = !this.seen.has(key);
      this.seen.add(key);
      return isNew;
    });
  }
}
