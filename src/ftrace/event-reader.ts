// What every reader of recordings does with an event's line or record once it is taken apart, whatever the format: the
// account, the clock, the losses, the interpreter, and the batches.

import { type TwinEvent } from "../domain/events/event.js";
import { type Seq, type Stamp } from "../domain/values/ids.js";
import { type DumpedEntry } from "../source/header/irqtbl.js";
import { type HeaderLine } from "../source/header/header-line.js";
import { isNoLine } from "../source/lines.js";
import { type LineCounts, type ReadBatch } from "../source/read-batch.js";
import { BATCH_ROWS, type ReadOptions, type RecordingReader } from "../source/reader.js";
import { type ChangedRows } from "../source/rows.js";
import { BatchMaker, type Beside } from "./batch-maker.js";
import { CaptureHeader } from "./capture-header.js";
import { Clock } from "./clock.js";
import { Interpreter, type Outcome } from "./interpret/interpreter.js";
import { Losses } from "./losses.js";
import { type NameEntry, NameTable } from "./names.js";
import { Completeness } from "./order/completeness.js";
import { TextAround } from "./order/text-around.js";
import { HOLDS_ANOTHER, holdsAnother } from "./text/joined.js";
import { type LossMarker, type TextMarker } from "./text/layout.js";
import { type Line } from "./text/line.js";
import { type Vocabulary, VOCABULARY } from "./vocabulary.js";

/** How a recording with the kernel's events is read. */
export interface EventOptions extends ReadOptions {
  /** The names of its events. Default: those of AMD hosts. */
  readonly vocabulary?: Vocabulary | undefined;
}

/** Makes batches of events from lines or records that are taken apart, with an account of each. */
export abstract class EventReader implements RecordingReader {
  /** How many lines were read, and how many of each sort. */
  readonly counts: LineCounts = { total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 };
  /** Makes events of the lines. */
  readonly interpreter: Interpreter;
  /** The time stamps of the lines so far. */
  readonly clock: Clock;
  /** The names of events that stood in the trace. */
  readonly names: NameTable;
  /** What the file lacks. */
  readonly completeness: Completeness;
  /** The number of the line that is read, in the file. */
  protected lineNumber = 0;
  /** Lines below events, which are no entries. */
  protected stackLines = 0;
  /** The lines of the capture script. */
  protected readonly capture: CaptureHeader;
  /** What is missing between lines. */
  protected readonly losses: Losses;
  private readonly around = new TextAround();
  private readonly batch: BatchMaker;
  private readonly firstSeq: Seq;
  private readonly isReordered: boolean;
  private readonly onDisorder: (() => void) | undefined;

  /** `line` takes lines apart; `onBatch` gets each batch as it becomes full. */
  constructor(options: EventOptions, line: Line, onBatch: (batch: ReadBatch) => void) {
    this.interpreter = new Interpreter(options.rules, options.first, line);
    this.losses = new Losses(options.isOverwritten === true, (marker) => this.lost(marker));
    this.names = new NameTable(options.vocabulary ?? VOCABULARY);
    this.clock = new Clock(options);
    const rows = options.batchRows ?? BATCH_ROWS;
    this.batch = new BatchMaker(rows, () => this.takeBeside(), onBatch);
    this.firstSeq = options.first.seq;
    this.isReordered = options.lineNumbers !== undefined;
    this.onDisorder = options.onDisorder;
    this.capture = new CaptureHeader(options.dump ?? null, options.clockHz);
    this.completeness = new Completeness(options.hasHeader !== false);
  }

  /** Takes the next bytes; what is whole is read, the rest waits. The chunk is not kept. */
  abstract feed(chunk: Buffer): void;

  /** Reads what waits for its end. */
  protected abstract endOfInput(): void;

  /** Does what was read show that something else was left out? */
  protected abstract get hasSkipped(): boolean;

  /** Who is new, or better known, since the lists were last emptied. */
  get changed(): ChangedRows {
    return this.interpreter.world.changed;
  }

  /** How many entries the lines so far lack; 0 = some, null = none that is known of. */
  get leftOut(): number | null {
    const present = this.present - this.around.below(this.counts.events);
    const missing = this.capture.missing(present);
    const known = this.completeness.leftOut(present, missing);
    const isSome = this.hasSkipped || this.isPart || this.capture.isNarrowed;
    return isSome ? (known ?? 0) : known;
  }

  /** Do the lines themselves show that others are missing? */
  get isPart(): boolean {
    return this.completeness.isPart(this.interpreter.world.tasks.pids);
  }

  /** How many lines began with a byte order mark, which is no part of them. */
  abstract get byteOrderMarks(): number;

  /** Entries so far, those that could not be read included. */
  protected get present(): number {
    const { events, unused, rejected } = this.counts;
    return events + unused + rejected - this.around.above - this.stackLines - this.capture.dumped;
  }

  /** Hands out what was read of a batch that is not full yet. Where batches end does not depend on it. */
  flushPart(): void {
    this.batch.flushPart();
  }

  /** The file has ended: what waits is handed out. */
  end(): void {
    this.endOfInput();
    this.losses.end();
    for (const [cpu, count] of this.capture.lostAtEnd())
      this.losses.atEnd({ kind: "lost", cpu, count, line: this.lineNumber });
    this.anchor(this.capture.anchorsAtEnd(this.clock.last), this.clock.last);
    this.batch.flush();
  }

  /** The name of a line, with its reader. */
  protected nameOf(line: Line): NameEntry {
    return this.names.of(line);
  }

  /** Takes the event's line that the interpreter's `line` holds. Why it cannot be read; null = it was. */
  protected takeEvent(): string | null {
    const { interpreter, counts } = this;
    const { line } = interpreter;
    const entry = this.nameOf(line);
    const refused = isJoined(line, entry)
      ? HOLDS_ANOTHER
      : this.clock.accept(line, this.lineNumber);
    if (refused !== null) {
      interpreter.strayed();
      return refused;
    }
    if (this.clock.stepsBack) this.onDisorder?.();
    this.losses.before(line, this.lineNumber);
    interpreter.world.vms.behindLosses.isWithin = this.losses.isBeforeFirst;
    if (this.capture.hasWaiting) this.placeAnchors(line);
    this.completeness.note(line, entry.name);
    const outcome: Outcome =
      entry.reader === null ? "unused" : interpreter.interpret(entry.reader, this.lineNumber);
    let rejected: string | null = null;
    if (outcome === "event") {
      counts.events++;
      entry.events++;
      if (interpreter.lastMade !== null) this.keep(interpreter.lastMade);
    } else if (outcome === "unused") {
      counts.unused++;
      entry.unused++;
    } else rejected = outcome.rejected;
    if (this.isReordered) interpreter.placeReturns();
    this.losses.note(line, interpreter.nextSeq - 1);
    if (rejected === null) this.flushIfFull();
    return rejected;
  }

  /** Takes a line of the capture script's header. */
  protected takeHeader(header: HeaderLine): void {
    this.interpreter.learnFrom(header);
    if (header.key === "capture") this.completeness.noteCapture();
    this.flushIfFull();
  }

  /** The marker's event gets the time of the next line. */
  protected await(marker: TextMarker): void {
    this.losses.await(marker);
    this.counts.gaps++;
  }

  /** The line that comes next is the first one after a loss that has no marker. */
  protected breakOff(): void {
    if (!this.losses.isPending)
      this.losses.await({ kind: "lost", cpu: null, count: null, line: this.lineNumber });
  }

  /** A line cannot be read; `text`: its beginning. */
  protected reject(reason: string, text: string): void {
    this.counts.rejected++;
    if (isNoLine(reason)) this.around.note(this.counts.events);
    this.batch.reject({ line: this.lineNumber, reason, text });
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
    for (const event of interpreter.anchoredHost(this.capture.takeFacts(), at))
      this.batch.event(event);
  }

  /** The event that stands for lost events; null = nothing came before that overwritten ones could have changed. */
  private lost(marker: LossMarker): TwinEvent | null {
    if (marker.kind === "overwritten" && this.interpreter.nextSeq === this.firstSeq) return null;
    const event = this.interpreter.lost(marker, this.clock.last);
    this.batch.event(event);
    return event;
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

/**
 * Does the line hold a second event? The payloads of a name are nearly equally long, and a line's front is longer than they
 * differ, so only a payload that is longer than all before it is looked at. Records have no payload of text.
 */
function isJoined(line: Line, entry: NameEntry): boolean {
  const bytes = line.end - line.body;
  if (bytes <= entry.longest) return false;
  if (holdsAnother(line)) return true;
  entry.longest = bytes;
  return false;
}
