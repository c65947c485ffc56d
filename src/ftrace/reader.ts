// A stream of bytes in, batches of events out, and an account of every line.

import { type Vocabulary, VOCABULARY } from "./vocabulary.js";
import { irteKeyOf, type TwinEvent } from "../domain/events/event.js";
import { Interpreter, type Outcome, type LossMarker } from "./interpret/interpreter.js";
import { EntryCount } from "./order/entries.js";
import { HEAD_BYTES, isHeader, isOfStack } from "./order/head-line.js";
import { CpuBlocks } from "./order/order-watch.js";
import { ToldEntries } from "./order/told-entries.js";
import { IrqtblReader } from "./header/irqtbl.js";
import { Anchors } from "./interpret/anchors.js";
import { HEADER_PREFIX, readHeaderLine, type HeaderLine } from "./header/header-line.js";
import { LineFront } from "./text/line-front.js";
import { type Line } from "./text/line.js";
import { type Prefix } from "./text/prefix.js";
import { type Seq, type Stamp } from "../domain/values/ids.js";
import { Clock, type ClockOptions } from "./clock.js";
import { type FirstIds } from "./interpret/world.js";
import { LastLines, lossMarker, startMarker } from "./losses.js";
import { NameTable } from "./names.js";
import {
  type Gap,
  type LineCounts,
  type NameCount,
  type ReadBatch,
  type RejectedLine,
} from "./read-batch.js";
import { LineCutter, REJECTED_TEXT_BYTES } from "./text/lines.js";

/** A batch is this many events or rejected lines, if nothing else is asked for. */
export const BATCH_ROWS = 4096;

/** Why a line is rejected that would be one but for what stands at its beginning. */
const TEXT_BEFORE_NAME =
  "text stands before the task's name, which has at most 15 bytes: ftrace did not write the line so";

/** How a trace is read. */
export interface ReadOptions extends ClockOptions {
  /** Whose functions call whom, and how a GA tag is read: a profile, or several (read-by.ts); null = not known. */
  readonly rules: string | null;
  /** The names of its events. Default: those of AMD hosts. */
  readonly vocabulary?: Vocabulary | undefined;
  /**
   * The text begins with ftrace's header, so it is not cut off at its start. Default: true. Without it a task may be
   * in a function whose entry is not here.
   */
  readonly hasHeader?: boolean | undefined;
  /** The ring buffer was overwritten, as the header says: a CPU may have done more before its first line. */
  readonly isOverwritten?: boolean | undefined;
  /** The seq and the row numbers that the reader begins with. */
  readonly first: FirstIds & { readonly seq: number };
  /**
   * Events and rejected lines of a batch. Default: BATCH_ROWS. What the reader hands out does not depend on
   * it, but an import that goes on must cut the batches of the import that died.
   */
  readonly batchRows?: number | undefined;
  /**
   * The numbers that the lines have in the file, one after another, if they are handed over in another order than
   * the file's. Default: 1, 2, 3 and so on.
   */
  readonly lineNumbers?: (() => number) | undefined;
  /** The text in front of each line. Default: none. */
  readonly prefix?: Prefix | null | undefined;
  /** Is called at a line from which the order of the file seems not to be that of time (order/order-watch.ts). */
  readonly onDisorder?: (() => void) | undefined;
}

/** Reads ftrace's text: bytes in, batches of events out, and an account of every line. */
export class FtraceReader {
  readonly counts: LineCounts = { total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 };
  readonly interpreter: Interpreter;
  private readonly lines: LineCutter;
  private readonly clock: Clock;
  private readonly names: NameTable;
  private readonly lastLines = new LastLines();
  private readonly batchRows: number;
  private readonly isOverwritten: boolean;
  private readonly firstSeq: Seq;
  private readonly lineNumbers: (() => number) | null;
  private readonly front: LineFront;
  private readonly onDisorder: (() => void) | undefined;
  private readonly blocks = new CpuBlocks();
  private readonly onBatch: (batch: ReadBatch) => void;
  private events: TwinEvent[] = [];
  private rejected: RejectedLine[] = [];
  private gaps: Gap[] = [];
  private headers: HeaderLine[] = [];
  private pendingLoss: LossMarker | null = null;
  /** The number of the line that is read, in the file. */
  private lineNumber = 0;
  /** The line above is a header line. */
  private isBelowHeader = false;
  private readonly entries = new EntryCount();
  private readonly told = new ToldEntries();
  private readonly irqtbl = new IrqtblReader();
  private readonly anchors = new Anchors();
  /** Lines of a dump that became events: they are no entries of the trace. */
  private dumped = 0;
  private stackLines = 0;

  constructor(options: ReadOptions, onBatch: (batch: ReadBatch) => void) {
    this.interpreter = new Interpreter(
      options.rules,
      options.first,
      options.hasHeader !== false && options.isOverwritten !== true,
    );
    this.names = new NameTable(options.vocabulary ?? VOCABULARY);
    this.clock = new Clock(options);
    this.batchRows = options.batchRows ?? BATCH_ROWS;
    this.isOverwritten = options.isOverwritten === true;
    this.firstSeq = options.first.seq;
    this.lineNumbers = options.lineNumbers ?? null;
    this.onDisorder = options.onDisorder;
    this.front = new LineFront(options.prefix ?? null);
    this.onBatch = onBatch;
    this.lines = new LineCutter({
      line: (buffer, start, end) => {
        this.readLine(buffer, start, end);
      },
      broken: (buffer, start, end, reason) => {
        this.countLine();
        this.reject(buffer, start, end, reason);
      },
    });
  }

  /** Lines whose time is before that of the line above. */
  get timeAnomalies(): number {
    return this.clock.anomalies;
  }

  /** The number of the first of those lines; null = none. */
  get firstTimeAnomaly(): number | null {
    return this.clock.firstAnomaly;
  }

  /** The time stamp of the first line; null while there is none. */
  get firstStamp(): Stamp | null {
    return this.clock.first;
  }

  /** The time stamp of the last line; 0 while there is none. */
  get lastStamp(): Stamp {
    return this.clock.last;
  }

  /** How many entries the lines so far lack; 0 = some, null = none that is known of. */
  get leftOut(): number | null {
    const counted = this.entries.leftOut(this.present);
    const missing = this.told.missing(this.present, this.isOverwritten || this.counts.gaps > 0);
    const known = missing === 0 ? counted : Math.max(counted ?? 0, missing);
    return this.front.hasSkipped || this.isOfOneOnly() ? (known ?? 0) : known;
  }

  /**
   * Lines of one CPU or of one task alone are what `grep` gives, or the file of one CPU: the rest of the host acted
   * too. Only a header can say that there was nothing else.
   */
  private isOfOneOnly(): boolean {
    const { blocks, interpreter, entries } = this;
    return !entries.hasHeader && (blocks.cpus === 1 || interpreter.world.tasks.pids === 1);
  }

  /** Entries so far, those that could not be read included. */
  private get present(): number {
    const { events, unused, rejected } = this.counts;
    return events + unused + rejected - this.stackLines - this.dumped;
  }

  /** Every name that stood in the trace, by name. */
  nameCounts(): readonly NameCount[] {
    return this.names.counts();
  }

  /** Takes the next bytes of the file; whole lines are read, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void {
    this.lines.feed(chunk);
  }

  /** The file has ended: what waits is handed out. */
  end(): void {
    this.lines.end();
    if (this.pendingLoss !== null) this.lose(this.pendingLoss);
    this.flush();
  }

  private readLine(buffer: Buffer, from: number, end: number): void {
    this.countLine();
    const start = this.front.after(buffer, from, end);
    if (isHeader(buffer, start, end)) this.readHeader(buffer, start, end);
    else if (this.interpreter.line.scan(buffer, start, end)) this.readEventLine(buffer, start, end);
    else this.readOtherLine(buffer, start, end);
  }

  private readHeader(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    const marker = startMarker(text, this.lineNumber);
    if (marker !== null) {
      this.await(marker);
      return;
    }
    this.counts.header++;
    this.isBelowHeader = true;
    this.entries.header(text, this.present);
    if (text.startsWith(HEADER_PREFIX)) this.readOwn(buffer.toString("utf8", start, end));
  }

  /** A line that the capture script wrote. */
  private readOwn(text: string): void {
    const read = readHeaderLine(text, this.lineNumber);
    const dumped = read.problem === null ? this.irqtbl.read(read) : null;
    const isEntry = dumped !== null && "index" in dumped;
    if (isEntry) this.anchors.add(dumped);
    const header = dumped === null || isEntry ? read : { ...read, ...dumped };
    this.headers.push(header);
    this.told.note(header);
    this.interpreter.learnFrom(header);
    this.flushIfFull();
  }

  private countLine(): void {
    this.counts.total++;
    this.lineNumber = this.lineNumbers === null ? this.counts.total : this.lineNumbers();
  }

  private readEventLine(buffer: Buffer, start: number, end: number): void {
    const { interpreter, counts } = this;
    const { line } = interpreter;
    const refused = this.clock.accept(line, this.lineNumber);
    if (refused !== null) {
      this.reject(buffer, start, end, refused);
      return;
    }
    this.watchOrder(line);
    this.loseBefore(line);
    if (!this.anchors.isEmpty) this.placeAnchors(line);
    const entry = this.names.of(line);
    const outcome: Outcome =
      entry.reader === null ? "unused" : interpreter.interpret(entry.reader, this.lineNumber);
    if (outcome === "event") {
      counts.events++;
      entry.events++;
      if (interpreter.lastMade !== null) this.keep(interpreter.lastMade);
    } else if (outcome === "unused") {
      counts.unused++;
      entry.unused++;
    } else this.reject(buffer, start, end, outcome.rejected);
    if (this.lineNumbers !== null) interpreter.placeReturns();
    this.lastLines.note(line, interpreter.nextSeq - 1);
    this.flushIfFull();
  }

  private keep(event: TwinEvent): void {
    this.events.push(event);
    if (!this.anchors.isEmpty) this.anchors.note(irteKeyOf(event));
  }

  /** What a dump shows stands before the first line that is later than it. */
  private placeAnchors(line: Line): void {
    const { interpreter, counts } = this;
    for (const entry of this.anchors.before(line)) {
      counts.header--;
      counts.events++;
      this.dumped++;
      this.events.push(interpreter.anchored(entry, line));
    }
  }

  private watchOrder({ cpu }: Line): void {
    const { blocks, clock } = this;
    blocks.note(cpu);
    if (clock.stepsBack && (this.isBelowHeader || clock.stepsFarBack || blocks.areWhole))
      this.onDisorder?.();
    this.isBelowHeader = false;
  }

  /** Loss markers, and the stack traces that ftrace prints below an event. */
  private readOtherLine(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    const marker = lossMarker(text, this.lineNumber);
    if (marker !== null) {
      this.entries.marker(marker.count);
      this.await(marker);
    } else if (isOfStack(buffer, start)) {
      this.counts.unused++;
      this.stackLines++;
      this.names.named("(stack trace)").unused++;
    } else {
      const { isNameTooLong } = this.interpreter.line;
      this.reject(buffer, start, end, isNameTooLong ? TEXT_BEFORE_NAME : "not an ftrace line");
    }
  }

  /** The marker's event gets the time of the next line. */
  private await(marker: LossMarker): void {
    if (this.pendingLoss !== null) this.lose(this.pendingLoss);
    this.counts.gaps++;
    this.pendingLoss = marker;
  }

  /** What was lost before this line. A CPU's first line may lack its marker. */
  private loseBefore(line: Line): void {
    const { pendingLoss } = this;
    if (pendingLoss !== null) this.lose(pendingLoss);
    if (!this.isOverwritten || !this.lastLines.isNew(line.cpu)) return;
    if (pendingLoss?.kind === "overwritten" && pendingLoss.cpu === line.cpu) return;
    this.lose({ kind: "overwritten", cpu: line.cpu, count: null, line: this.lineNumber });
  }

  private lose(marker: LossMarker): void {
    this.pendingLoss = null;
    // Where nothing came before there is nothing that an overwritten event could have changed.
    if (marker.kind === "overwritten" && this.interpreter.nextSeq === this.firstSeq) return;
    if (marker.kind === "overwritten" && !this.lastLines.isNew(marker.cpu)) return;
    const to = this.lastStamp;
    const event = this.interpreter.lost(marker, to);
    this.events.push(event);
    this.gaps.push(this.lastLines.gapOf(marker, event.seq, to));
  }

  private reject(buffer: Buffer, start: number, end: number, reason: string): void {
    this.counts.rejected++;
    const text = buffer.toString("utf8", start, Math.min(end, start + REJECTED_TEXT_BYTES));
    this.rejected.push({ line: this.lineNumber, reason, text });
    this.flushIfFull();
  }

  private flushIfFull(): void {
    const { events, rejected, headers, batchRows } = this;
    if (events.length + rejected.length + headers.length >= batchRows) this.flush();
  }

  private flush(): void {
    const { events, rejected, gaps, headers } = this;
    const { returns } = this.interpreter;
    if (events.length + rejected.length + gaps.length + headers.length + returns.length === 0)
      return;
    this.events = [];
    this.rejected = [];
    this.gaps = [];
    this.headers = [];
    this.interpreter.returns = [];
    this.onBatch({ events, returns, rejected, gaps, headers });
  }
}
