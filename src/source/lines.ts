// Chunks of bytes cut into lines. A line that a chunk's border cuts is the only one that is copied.

/** What ends a line. */
export const NEWLINE = 0x0a;
/** What stands before it in a file of Windows, and in what a serial console prints. */
export const RETURN = 0x0d;

/** Longer lines are rejected: no event of the kernel's comes near (a page is 4 KiB). */
export const LINE_BYTES_MAX = 65_536;
/** This much of a rejected line is kept. */
export const REJECTED_TEXT_BYTES = 1024;

/** Takes the lines, in order. Bytes are valid during the call alone. */
export interface LineSink {
  /** A line, without its line break. */
  readonly line: (buffer: Buffer, start: number, end: number) => void;
  /** A line that cannot be read, and why; of a very long one only the beginning is there. */
  readonly broken: (buffer: Buffer, start: number, end: number, reason: string) => void;
}

/** Text has none, so the line is damaged. */
const HOLDS_ZERO = "the line holds a byte of zero";
const TOO_LONG = `the line is longer than ${LINE_BYTES_MAX} bytes`;
/** Why the last line of a file is rejected if its end is missing. */
export const CUT_LINE = "the line has no end: the trace is cut here";

/** Why a line is rejected that has nothing of the lines of a trace, in the formats around which people write text. */
export const NO_LINE = {
  ftrace: "not an ftrace line",
  perfScript: "not a line of perf script",
  reportLatency: "not a line of trace-cmd report -l",
} as const;
const NO_LINES: ReadonlySet<string> = new Set(Object.values(NO_LINE));

/** Does the reason for which a line is rejected say that it has nothing of the lines of a trace? */
export function isNoLine(reason: string): boolean {
  return NO_LINES.has(reason);
}

/** Cuts bytes into lines. */
export class LineCutter {
  private readonly sink: LineSink;
  /** The beginning of a line whose end is in a later chunk. */
  private carry: Buffer | null = null;
  /** Inside a line that is too long: nothing of it is kept but its beginning. */
  private overlong: Buffer | null = null;

  /** `sink` gets each line. */
  constructor(sink: LineSink) {
    this.sink = sink;
  }

  /** Takes the next bytes of the file; whole lines are handed on, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void {
    let start = this.skipOverlong(chunk);
    if (this.carry !== null) start = this.completeCarry(this.carry, chunk, start);
    start = this.wholeLines(chunk, start);
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** The file has ended. A last line without a newline was cut, so its last value cannot be trusted. */
  end(): void {
    if (this.overlong !== null) this.endOverlong(this.overlong);
    if (this.carry !== null) this.sink.broken(this.carry, 0, this.carry.length, CUT_LINE);
    this.carry = null;
  }

  /** Where the chunk goes on after the line that is too long; its end where that line is all of it. */
  private skipOverlong(chunk: Buffer): number {
    if (this.overlong === null) return 0;
    const newline = chunk.indexOf(NEWLINE);
    if (newline < 0) return chunk.length;
    this.endOverlong(this.overlong);
    return newline + 1;
  }

  private endOverlong(head: Buffer): void {
    this.overlong = null;
    this.sink.broken(head, 0, head.length, TOO_LONG);
  }

  /** Hands on the line that began in an earlier chunk, if its end is here; where the chunk goes on. */
  private completeCarry(carry: Buffer, chunk: Buffer, start: number): number {
    const newline = chunk.indexOf(NEWLINE, start);
    const cut = newline < 0 ? chunk.length : newline + 1;
    const whole = Buffer.concat([carry, chunk.subarray(start, cut)]);
    this.carry = null;
    if (newline < 0) this.keep(whole);
    else this.wholeLines(whole, 0);
    return cut;
  }

  /** Hands on all whole lines from `from` on; where the rest begins. */
  private wholeLines(buffer: Buffer, from: number): number {
    let start = from;
    let zero = buffer.indexOf(0, from);
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, start);
      if (newline < 0) return start;
      if (zero >= 0 && zero < newline) {
        this.sink.broken(buffer, start, newline, HOLDS_ZERO);
        zero = buffer.indexOf(0, newline);
      } else this.wholeLine(buffer, start, newline);
      start = newline + 1;
    }
  }

  private wholeLine(buffer: Buffer, start: number, newline: number): void {
    let end = newline;
    // A serial console and what stores its output may each add one.
    while (end > start && buffer[end - 1] === RETURN) end--;
    if (end - start > LINE_BYTES_MAX) this.sink.broken(buffer, start, end, TOO_LONG);
    else this.sink.line(buffer, start, end);
  }

  private keep(rest: Buffer): void {
    if (rest.length > LINE_BYTES_MAX + 1)
      this.overlong = Buffer.from(rest.subarray(0, REJECTED_TEXT_BYTES));
    else this.carry = Buffer.from(rest);
  }
}
