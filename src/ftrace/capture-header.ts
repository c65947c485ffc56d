// The lines that the capture script wrote into a trace: they are kept as they are, what they count is compared with the
// trace, and the entries of a dump wait for their place among its events.

import { type TwinEvent, irteKeyOf } from "../domain/events/event.js";
import { readHeaderLine, type HeaderLine } from "../source/header/header-line.js";
import { type HostFact } from "../source/header/host-fact.js";
import { IrqtblReader, type DumpedEntry, type TableDump } from "../source/header/irqtbl.js";
import { Anchors } from "./interpret/anchors.js";
import { toNanoseconds } from "./text/counter-clock.js";
import { ToldEntries } from "./order/told-entries.js";
import { type Stamp } from "../domain/values/ids.js";
import { type Line } from "./text/line.js";

/** Reads the script's lines of a recording. */
export class CaptureHeader {
  /** The lines so far; whoever takes them puts an empty list here. */
  lines: HeaderLine[] = [];
  /** Lines of a dump that became events: they are no entries of the trace. */
  dumped = 0;
  /** Tasks were left out on purpose: what they did is not in the trace. */
  isNarrowed = false;
  private readonly told = new ToldEntries();
  private readonly irqtbl: IrqtblReader;
  private readonly anchors: Anchors;

  /** `dump`: the one that is imported beside the trace; `clockHz`: as in ClockOptions. */
  constructor(dump: TableDump | null, clockHz: number | undefined) {
    this.irqtbl = new IrqtblReader((ticks) =>
      clockHz === undefined ? ticks : toNanoseconds(ticks, clockHz),
    );
    this.anchors = new Anchors(dump);
    if (dump !== null) this.lines.push(dump.header);
  }

  /** Takes a line, by its number in the file. */
  read(text: string, lineNumber: number): HeaderLine {
    const read = readHeaderLine(text, lineNumber);
    const dumped = read.problem === null ? this.irqtbl.read(read) : null;
    const isEntry = dumped !== null && "index" in dumped;
    if (isEntry) this.anchors.add(dumped);
    const header = dumped === null || isEntry ? read : { ...read, ...dumped };
    this.lines.push(header);
    this.told.note(header);
    if (header.key === "only") this.isNarrowed = true;
    return header;
  }

  /** The trace has an event: what a dump that waits says of its entry is older, or was overtaken. */
  note(event: TwinEvent): void {
    if (this.hasWaiting) this.anchors.note(irteKeyOf(event));
  }

  /** Does an entry of a dump wait for its place? */
  get hasWaiting(): boolean {
    return !this.anchors.isEmpty;
  }

  /** Entries of dumps that stand before this line, the first one that is later than the dump. */
  anchorsBefore(line: Line): readonly DumpedEntry[] {
    const due = this.anchors.before(line);
    this.dumped += due.filter(({ line: number }) => number > 0).length;
    return due;
  }

  /** Entries of the dump that belongs behind all lines. As Anchors.atEnd(). */
  anchorsAtEnd(last: Stamp): readonly DumpedEntry[] {
    return this.anchors.atEnd(last);
  }

  /** What the dump shows besides entries, once: right behind these. */
  takeFacts(): readonly HostFact[] {
    return this.anchors.takeFacts();
  }

  /** The trace says that a CPU lost so many events; null = it does not say how many. */
  marker(cpu: number, count: number | null): void {
    this.told.marker(cpu, count);
  }

  /** The CPUs that lost events after their last line. As ToldEntries.lostAtEnd(). */
  lostAtEnd(): readonly (readonly [cpu: number, count: number])[] {
    return this.told.lostAtEnd();
  }

  /** How many entries the trace lacks by the script's counts; 0 = none. As ToldEntries.missing(). */
  missing(present: number): number {
    return this.told.missing(present);
  }
}
