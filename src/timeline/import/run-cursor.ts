// Goes through one run of a file, a unit at a time: a line of an event, with the header and marker lines above it,
// which belong to it, and what stands below it, such as a stack trace.

import { readSync } from "node:fs";
import { type LineScanner, type Run } from "../../source/line-order.js";
import { type Stamp } from "../../domain/values/ids.js";
import { LINE_BYTES_MAX, NEWLINE } from "../../source/lines.js";

/** How much of a run is read at a time. */
const READ_BYTES = 32_768;
/** How much of a line is kept: more than the longest that is read. */
const KEPT_BYTES = LINE_BYTES_MAX + 2 * READ_BYTES;

/** Lines that stay together. */
export interface Unit extends Stamp {
  /** The lines. */
  readonly bytes: Buffer;
  /** The number of the first line. */
  readonly line: number;
  /** How many lines there are. */
  readonly lines: number;
}

/** Stands at a unit of a run. */
export class RunCursor {
  /** The unit that it stands at; null = the run is over. */
  unit: Unit | null = null;
  /** What stands at the end of the file without a line break. */
  tail: Unit | null = null;
  private readonly scanner: LineScanner;
  private readonly fd: number;
  private readonly end: number;
  private data: Buffer = Buffer.alloc(0);
  /** Where the next unit begins in `data`, and where the file goes on after `data`. */
  private at = 0;
  private position: number;
  private line: number;
  private stamp: Stamp = { billions: 0, rest: 0 };

  /** `scanner` tells what the lines of the run are. */
  constructor(fd: number, { start, end, line }: Run, scanner: LineScanner) {
    this.scanner = scanner;
    this.fd = fd;
    this.position = start;
    this.end = end;
    this.line = line;
    this.advance();
  }

  /** Goes to the next unit. */
  advance(): void {
    const line = this.line;
    let to = 0;
    let hasEvent = false;
    for (let end = this.lineEnd(to); end > 0; end = this.lineEnd(to)) {
      const last = this.at + end - 1;
      const kind = this.scanner.kindOf(this.data, this.at + to, last);
      const isEvent = kind === "event";
      if (hasEvent && kind !== "below") break;
      if (isEvent) this.stamp = this.scanner.stamp;
      hasEvent ||= isEvent;
      to = end;
      this.line++;
    }
    this.unit = to === 0 ? null : this.taken(to, line, this.line - line);
    if (this.unit === null && this.at < this.data.length)
      this.tail = this.taken(this.data.length - this.at, line, 1);
  }

  private taken(bytes: number, line: number, lines: number): Unit {
    const unit = Buffer.from(this.data.subarray(this.at, this.at + bytes));
    this.at += bytes;
    return { ...this.stamp, bytes: unit, line, lines };
  }

  /** Where the line that begins `from` bytes after the unit's begin ends, its line break included; -1 = nowhere. */
  private lineEnd(from: number): number {
    let searched = from;
    for (;;) {
      const newline = this.data.indexOf(NEWLINE, this.at + searched);
      if (newline >= 0) return newline + 1 - this.at;
      searched = this.data.length - this.at;
      if (!this.refill()) return -1;
      // Of a line that is too long, its beginning is enough.
      if (searched - from > KEPT_BYTES) searched = this.shorten(from);
    }
  }

  private shorten(from: number): number {
    const keep = this.at + from + KEPT_BYTES;
    const read = this.data.subarray(Math.max(keep, this.data.length - READ_BYTES));
    this.data = Buffer.concat([this.data.subarray(0, keep), read]);
    return KEPT_BYTES + from;
  }

  /** Reads more behind `data`, and drops what is before the unit. false = the run has no more. */
  private refill(): boolean {
    const length = Math.min(READ_BYTES, this.end - this.position);
    const more = Buffer.allocUnsafe(Math.max(0, length));
    const read = length <= 0 ? 0 : readSync(this.fd, more, 0, length, this.position);
    if (read === 0) return false;
    this.position += read;
    this.data = Buffer.concat([this.data.subarray(this.at), more.subarray(0, read)]);
    this.at = 0;
    return true;
  }
}
