// A stream of bytes in, batches of events out, and an account of every line.

import { type Vocabulary, VOCABULARY } from "./vocabulary.js";
import { type TwinEvent } from "../domain/events/event.js";
import { Interpreter, type Outcome, type LossMarker } from "./interpret/interpreter.js";
import { BYTE } from "./text/bytes.js";
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
import { type Line } from "./text/line.js";
import { LineCutter, REJECTED_TEXT_BYTES } from "./text/lines.js";

/** A batch is this many events or rejected lines, if nothing else is asked for. */
export const BATCH_ROWS = 4096;

/** How a trace is read. */
export interface ReadOptions extends ClockOptions {
  /** Whose functions call whom, and how a GA tag is read; null = not known. */
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
  private readonly onBatch: (batch: ReadBatch) => void;
  private events: TwinEvent[] = [];
  private rejected: RejectedLine[] = [];
  private gaps: Gap[] = [];
  private pendingLoss: LossMarker | null = null;

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
    this.onBatch = onBatch;
    this.lines = new LineCutter({
      line: (buffer, start, end) => {
        this.readLine(buffer, start, end);
      },
      broken: (buffer, start, end, reason) => {
        this.counts.total++;
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

  private readLine(buffer: Buffer, start: number, end: number): void {
    this.counts.total++;
    if (buffer[start] === BYTE.hash || end === start) this.readComment(buffer, start, end);
    else if (this.interpreter.line.scan(buffer, start, end)) this.readEventLine(buffer, start, end);
    else this.readOtherLine(buffer, start, end);
  }

  private readComment(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + 80));
    const marker = startMarker(text, this.counts.total);
    if (marker === null) this.counts.header++;
    else this.await(marker);
  }

  private readEventLine(buffer: Buffer, start: number, end: number): void {
    const { interpreter, counts } = this;
    const { line } = interpreter;
    const refused = this.clock.accept(line, counts.total);
    if (refused !== null) {
      this.reject(buffer, start, end, refused);
      return;
    }
    this.loseBefore(line);
    const entry = this.names.of(line);
    const outcome: Outcome =
      entry.reader === null ? "unused" : interpreter.interpret(entry.reader, counts.total);
    if (outcome === "event") {
      counts.events++;
      entry.events++;
      if (interpreter.lastMade !== null) this.events.push(interpreter.lastMade);
    } else if (outcome === "unused") {
      counts.unused++;
      entry.unused++;
    } else this.reject(buffer, start, end, outcome.rejected);
    this.lastLines.note(line, interpreter.nextSeq - 1);
    this.flushIfFull();
  }

  /** Loss markers, and the stack traces that ftrace prints below an event. */
  private readOtherLine(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + 80));
    const marker = lossMarker(text, this.counts.total);
    if (marker !== null) this.await(marker);
    else if (text.startsWith(" => ")) {
      this.counts.unused++;
      this.names.named("(stack trace)").unused++;
    } else this.reject(buffer, start, end, "not an ftrace line");
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
    this.lose({ kind: "overwritten", cpu: line.cpu, count: null, line: this.counts.total });
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
    this.rejected.push({ line: this.counts.total, reason, text });
    this.flushIfFull();
  }

  private flushIfFull(): void {
    if (this.events.length + this.rejected.length >= this.batchRows) this.flush();
  }

  private flush(): void {
    const { events, rejected, gaps } = this;
    const { returns } = this.interpreter;
    if (events.length + rejected.length + gaps.length + returns.length === 0) return;
    this.events = [];
    this.rejected = [];
    this.gaps = [];
    this.interpreter.returns = [];
    this.onBatch({ events, returns, rejected, gaps });
  }
}
