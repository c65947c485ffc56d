// A stream of bytes in, batches of events out, and an account of every line.

import { type Vocabulary, VOCABULARY } from "./vocabulary.js";
import { type TwinEvent } from "../domain/events/event.js";
import { Interpreter, type Outcome } from "./interpret/interpreter.js";
import { Completeness } from "./order/completeness.js";
import { FTRACE_LAYOUT } from "./layout.js";
import { HEAD_BYTES } from "./order/head-line.js";
import { type LossMarker, type TextLayout } from "./text/layout.js";
import { CaptureHeader } from "./capture-header.js";
import { type DumpedEntry } from "../source/header/irqtbl.js";
import { HEADER_PREFIX } from "../source/header/header-line.js";
import { LineFront } from "./text/line-front.js";
import { type Line } from "./text/line.js";
import { type Seq, type Stamp } from "../domain/values/ids.js";
import { BatchMaker, type Beside } from "./batch-maker.js";
import { Clock } from "./clock.js";
import { BATCH_ROWS, type ReadOptions, type RecordingReader } from "../source/reader.js";
import { type ChangedRows } from "../source/rows.js";
import { Losses, startMarker } from "./losses.js";
import { NameTable } from "./names.js";
import { type LineCounts, type ReadBatch } from "../source/read-batch.js";
import { LineCutter, REJECTED_TEXT_BYTES } from "../source/lines.js";

/** How the text of a trace is read. */
export interface TextOptions extends ReadOptions {
  /** The names of its events. Default: those of AMD hosts. */
  readonly vocabulary?: Vocabulary | undefined;
  /** How its lines are laid out. Default: as ftrace prints them. */
  readonly layout?: TextLayout | undefined;
}

/** Reads ftrace's text: bytes in, batches of events out, and an account of every line. */
export class FtraceReader implements RecordingReader {
  /** How many lines were read, and how many of each sort. */
  readonly counts: LineCounts = { total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 };
  /** Makes events of the lines. */
  readonly interpreter: Interpreter;
  /** The time stamps of the lines so far. */
  readonly clock: Clock;
  private readonly lines: LineCutter;
  /** The names of events that stood in the trace. */
  readonly names: NameTable;
  private readonly layout: TextLayout;
  private readonly losses: Losses;
  private readonly batch: BatchMaker;
  private readonly firstSeq: Seq;
  private readonly lineNumbers: (() => number) | null;
  private readonly front: LineFront;
  private readonly onDisorder: (() => void) | undefined;
  /** The number of the line that is read, in the file. */
  private lineNumber = 0;
  private readonly capture: CaptureHeader;
  /** What the file lacks. */
  readonly completeness: Completeness;
  private stackLines = 0;

  /** `onBatch` gets each batch as it becomes full. */
  constructor(options: TextOptions, onBatch: (batch: ReadBatch) => void) {
    this.layout = options.layout ?? FTRACE_LAYOUT;
    this.interpreter = new Interpreter(
      options.rules,
      options.first,
      options.hasHeader !== false && options.isOverwritten !== true,
      this.layout.newLine(),
    );
    this.losses = new Losses(options.isOverwritten === true, (marker) => this.lost(marker));
    this.names = new NameTable(options.vocabulary ?? VOCABULARY);
    this.clock = new Clock(options);
    const rows = options.batchRows ?? BATCH_ROWS;
    this.batch = new BatchMaker(rows, () => this.takeBeside(), onBatch);
    this.firstSeq = options.first.seq;
    this.lineNumbers = options.lineNumbers ?? null;
    this.onDisorder = options.onDisorder;
    this.front = new LineFront(options.prefix ?? null);
    this.capture = new CaptureHeader(options.dump ?? null, options.clockHz);
    this.completeness = new Completeness(options.hasHeader !== false);
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

  /** Who is new, or better known, since the lists were last emptied. */
  get changed(): ChangedRows {
    return this.interpreter.world.changed;
  }

  /** How many entries the lines so far lack; 0 = some, null = none that is known of. */
  get leftOut(): number | null {
    const missing = this.capture.missing(this.present);
    const known = this.completeness.leftOut(this.present, missing);
    const isSome = this.front.hasSkipped || this.isPart || this.capture.isNarrowed;
    return isSome ? (known ?? 0) : known;
  }

  /** Do the lines themselves show that others are missing? */
  get isPart(): boolean {
    return this.completeness.isPart(this.interpreter.world.tasks.pids);
  }

  /** Entries so far, those that could not be read included. */
  private get present(): number {
    const { events, unused, rejected } = this.counts;
    return events + unused + rejected - this.stackLines - this.capture.dumped;
  }

  /** Takes the next bytes of the file; whole lines are read, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void {
    this.lines.feed(chunk);
  }

  /** Hands out what was read of a batch that is not full yet. Where batches end does not depend on it. */
  flushPart(): void {
    this.batch.flushPart();
  }

  /** The file has ended: what waits is handed out. */
  end(): void {
    this.lines.end();
    this.losses.end();
    for (const [cpu, count] of this.capture.lostAtEnd())
      this.losses.atEnd({ kind: "lost", cpu, count, line: this.lineNumber });
    this.anchor(this.capture.anchorsAtEnd(), this.clock.last);
    this.batch.flush();
  }

  private readLine(buffer: Buffer, from: number, end: number): void {
    this.countLine();
    const start = this.front.after(buffer, from, end);
    if (this.layout.isHeader(buffer, start, end)) this.readHeader(buffer, start, end);
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
    this.completeness.header(text, this.present);
    this.interpreter.line.learnColumns(text);
    if (!text.startsWith(HEADER_PREFIX)) return;
    const own = this.capture.read(buffer.toString("utf8", start, end), this.lineNumber);
    this.interpreter.learnFrom(own);
    if (own.key === "capture") this.completeness.noteCapture();
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
    if (this.clock.stepsBack) this.onDisorder?.();
    this.losses.before(line, this.lineNumber);
    if (this.capture.hasWaiting) this.placeAnchors(line);
    const entry = this.names.of(line);
    this.completeness.note(line, entry.name);
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
    this.losses.note(line, interpreter.nextSeq - 1);
    this.flushIfFull();
  }

  private keep(event: TwinEvent): void {
    this.batch.event(event);
    this.capture.note(event);
  }

  /** What a dump shows stands before the first line that is later than it. */
  private placeAnchors(line: Line): void {
    this.anchor(this.capture.anchorsBefore(line), line);
  }

  private anchor(entries: readonly DumpedEntry[], at: Stamp): void {
    const { interpreter, counts } = this;
    for (const entry of entries) {
      // A line of the file was counted as one of its header.
      if (entry.line > 0) {
        counts.header--;
        counts.events++;
      }
      this.batch.event(interpreter.anchored(entry, at));
    }
  }

  /** Loss markers, and the stack traces that ftrace prints below an event. */
  private readOtherLine(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    const marker = this.layout.lossMarker(text, this.lineNumber);
    if (marker !== null) {
      this.completeness.entries.marker(marker.count);
      this.capture.marker(marker.cpu, marker.count);
      this.await(marker);
      return;
    }
    const name = this.layout.besideName(buffer, start, end);
    if (name === null) {
      this.reject(buffer, start, end, this.layout.whyNoLine(this.interpreter.line));
      return;
    }
    this.counts.unused++;
    this.stackLines++;
    this.names.named(name).unused++;
  }

  /** The marker's event gets the time of the next line. */
  private await(marker: LossMarker): void {
    this.losses.await(marker);
    this.counts.gaps++;
  }

  /** The event that stands for lost events; null = nothing came before that overwritten ones could have changed. */
  private lost(marker: LossMarker): TwinEvent | null {
    if (marker.kind === "overwritten" && this.interpreter.nextSeq === this.firstSeq) return null;
    const event = this.interpreter.lost(marker, this.clock.last);
    this.batch.event(event);
    return event;
  }

  private reject(buffer: Buffer, start: number, end: number, reason: string): void {
    this.counts.rejected++;
    const text = buffer.toString("utf8", start, Math.min(end, start + REJECTED_TEXT_BYTES));
    this.batch.reject({ line: this.lineNumber, reason, text });
    this.flushIfFull();
  }

  private flushIfFull(): void {
    this.batch.flushIfFull(this.capture.lines.length);
  }

  private takeBeside(): Beside {
    const { losses, capture, interpreter } = this;
    const beside = {
      gaps: losses.gaps,
      headers: capture.lines,
      returns: interpreter.returns,
      texts: interpreter.texts,
    };
    losses.gaps = [];
    capture.lines = [];
    interpreter.returns = [];
    interpreter.texts = [];
    return beside;
  }
}
