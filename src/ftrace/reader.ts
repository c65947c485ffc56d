// A stream of bytes in, batches of events out, and an account of every line.

import { FTRACE_LAYOUT } from "./layout.js";
import { HEAD_BYTES } from "./order/head-line.js";
import { type TextLayout } from "./text/layout.js";
import { HEADER_PREFIX } from "../source/header/header-line.js";
import { LineFront } from "./text/line-front.js";
import { EventReader, type EventOptions } from "./event-reader.js";
import { startMarker } from "./losses.js";
import { type ReadBatch } from "../source/read-batch.js";
import { LineCutter, REJECTED_TEXT_BYTES } from "../source/lines.js";

/** The name under which lines are counted that stand behind the end of the recording. */
const ANOTHER_BOOT = "(another boot)";
const FAR_BACK =
  "the log's time is far before that of the line above: damage, or the log of another boot";

/** How the text of a trace is read. */
export interface TextOptions extends EventOptions {
  /** How its lines are laid out. Default: as ftrace prints them. */
  readonly layout?: TextLayout | undefined;
}

/** Reads ftrace's text: bytes in, batches of events out, and an account of every line. */
export class FtraceReader extends EventReader {
  private readonly lines: LineCutter;
  private readonly layout: TextLayout;
  private readonly lineNumbers: (() => number) | null;
  private readonly front: LineFront;

  /** `onBatch` gets each batch as it becomes full. */
  constructor(options: TextOptions, onBatch: (batch: ReadBatch) => void) {
    const layout = options.layout ?? FTRACE_LAYOUT;
    super(options, layout.newLine(), onBatch);
    this.layout = layout;
    this.lineNumbers = options.lineNumbers ?? null;
    this.front = new LineFront(options.prefix ?? null, layout);
    this.lines = new LineCutter({
      line: (buffer, start, end) => {
        this.readLine(buffer, start, end);
      },
      broken: (buffer, start, end, reason) => {
        this.countLine();
        this.interpreter.strayed();
        this.rejectLine(buffer, start, end, reason);
      },
    });
  }

  /** Takes the next bytes of the file; whole lines are read, the rest waits. The chunk is not kept. */
  override feed(chunk: Buffer): void {
    this.lines.feed(chunk);
  }

  protected override endOfInput(): void {
    this.lines.end();
  }

  override get byteOrderMarks(): number {
    return this.front.marks;
  }

  protected override get hasSkipped(): boolean {
    return this.front.hasSkipped;
  }

  private readLine(bytes: Buffer, from: number, to: number): void {
    this.countLine();
    this.front.enter(bytes, from, to);
    const { buffer, start, end, sort } = this.front;
    if (sort !== "own") this.readForeign(buffer, start, end, sort);
    else if (this.layout.isHeader(buffer, start, end)) this.readHeader(buffer, start, end);
    else if (this.interpreter.line.scan(buffer, start, end)) {
      this.front.noteEvent();
      if (this.interpreter.line.beginsAnew) this.breakOff();
      const rejected = this.takeEvent();
      if (rejected !== null) this.rejectLine(buffer, start, end, rejected);
    } else this.readOtherLine(buffer, start, end);
  }

  /** A line that is none of the recording's. */
  private readForeign(buffer: Buffer, start: number, end: number, sort: "odd" | "over"): void {
    const { line } = this.interpreter;
    const isEvent = sort === "odd" && line.scan(buffer, start, end);
    const name = sort === "over" ? ANOTHER_BOOT : this.layout.besideName(buffer, start, end, line);
    if (isEvent || name === null) {
      this.interpreter.strayed();
      this.rejectLine(buffer, start, end, FAR_BACK);
    } else this.countBeside(name);
  }

  /** A line that is no entry of the recording. */
  private countBeside(name: string): void {
    this.counts.unused++;
    this.stackLines++;
    this.names.named(name).unused++;
  }

  private readHeader(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    const marker = startMarker(text, this.lineNumber);
    if (marker !== null) {
      this.await(marker);
      return;
    }
    const { line } = this.interpreter;
    const breaksOff = line.breaksOff(text);
    line.learnColumns(text);
    if (breaksOff) {
      this.await({ kind: "lost", cpu: null, count: null, line: this.lineNumber });
      return;
    }
    this.counts.header++;
    this.completeness.header(text, this.present);
    this.losses.header(text);
    if (!text.startsWith(HEADER_PREFIX)) return;
    this.takeHeader(this.capture.read(buffer.toString("utf8", start, end), this.lineNumber));
  }

  private countLine(): void {
    this.counts.total++;
    this.lineNumber = this.lineNumbers === null ? this.counts.total : this.lineNumbers();
  }

  /** Loss markers, and the stack traces that ftrace prints below an event. */
  private readOtherLine(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    const marker = this.layout.lossMarker(text, this.lineNumber);
    if (marker !== null) {
      this.completeness.entries.marker(marker.count);
      if (marker.cpu !== null) this.capture.marker(marker.cpu, marker.count);
      this.await(marker);
      return;
    }
    const name = this.layout.besideName(buffer, start, end, this.interpreter.line);
    if (name === null) {
      const { line } = this.interpreter;
      this.interpreter.strayed();
      this.rejectLine(buffer, start, end, this.layout.whyNoLine(line));
      return;
    }
    this.countBeside(name);
  }

  private rejectLine(buffer: Buffer, start: number, end: number, reason: string): void {
    this.reject(reason, buffer.toString("utf8", start, Math.min(end, start + REJECTED_TEXT_BYTES)));
  }
}
