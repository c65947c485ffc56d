// What a file lacks, as far as it tells: by its header's count, by the counts of the capture script, and by lines that
// tell of others.

import { type Line } from "../text/line.js";
import { EntryCount } from "./entries.js";
import { Printers } from "./printers.js";

/** Follows how whole a recording is. */
export class Completeness {
  /** Entries against what the headers count. */
  readonly entries = new EntryCount();
  private readonly hasHeader: boolean;
  private readonly printers = new Printers();
  /** No header has counted the entries so far: the lines themselves are asked. */
  private asksPrinters = true;
  private isCaptured = false;
  private isRing = false;

  /** `hasHeader`: the text begins with ftrace's header, whether that counts the entries or not. */
  constructor(hasHeader: boolean) {
    this.hasHeader = hasHeader;
  }

  /** Takes a header line; `present`: the entries that stand above it. */
  header(text: string, present: number): void {
    this.entries.header(text, present);
    if (this.isCounted) this.asksPrinters = false;
  }

  /** The capture script made the recording, and counts its entries at the end. It filters busy tracepoints. */
  noteCapture(): void {
    this.isCaptured = true;
    this.asksPrinters = false;
  }

  /** The file holds the pages of the ring: no one takes single entries out of them. */
  noteRing(): void {
    this.isRing = true;
    this.asksPrinters = false;
  }

  /** Takes a line of the trace, with the name of its event. */
  note(line: Line, name: string): void {
    if (this.asksPrinters) this.printers.note(line, name);
  }

  /** Does a header, the capture script or the ring itself say how many entries there are? */
  get isCounted(): boolean {
    return this.isCaptured || this.isRing || this.entries.hasHeader;
  }

  /** How many tasks print the name; not counted below a header that counts the entries. */
  tasksThatPrint(name: string): number {
    return this.printers.tasksThatPrint(name);
  }

  /**
   * Do the lines themselves show that others are missing? Lines of one CPU or of one task alone are what `grep` gives,
   * or the file of one CPU: the rest of the host acted too. A header says that there was nothing else: `grep` drops it.
   * `tasks`: how many tasks the lines are of.
   */
  isPart(tasks: number): boolean {
    if (this.isCounted || this.hasHeader) return false;
    return this.printers.cpuCount === 1 || tasks === 1 || this.printers.lackLines;
  }

  /**
   * How many entries the file lacks; 0 = some, null = none that is known of. `present`: entries of the file; `missing`:
   * those that the capture script read and the file lacks.
   */
  leftOut(present: number, missing: number): number | null {
    const counted = this.entries.leftOut(present);
    return missing === 0 ? counted : Math.max(counted ?? 0, missing);
  }
}
