// One line of ftrace's latency layout, up to the event's name.
// Source: kernel/trace/trace_output.c, lat_print_generic() and lat_print_timestamp(), Linux 6.1 to 7.3: "%8.8s-%-7d %3d"
//   comm-pid and cpu, the flags without a space before them, " %4lldus%c: " or " %4lld: ". For `trace-cmd report -l`
//   tracecmd/trace-read.c, trace_show_data(): flags by libtraceevent, or "-0x%x" with -R, and the time as without -l.

import { BYTE, isInterruptFlag } from "../ftrace/text/bytes.js";
import {
  decimal,
  digitsEnd,
  FLAGS_MAX,
  FLAGS_MIN,
  interruptColumn,
  NUMBER_DIGITS_MAX,
  scanDecimals,
  scanName,
  skipDifference,
  skipSpaces,
  splitTicks,
  STAMP_DIGITS_MAX,
} from "../ftrace/text/general-line.js";
import { isFarBefore } from "../ftrace/order/order-watch.js";
import { Line } from "../ftrace/text/line.js";

/** A name is cut to so many bytes, and padded to them. */
export const LATENCY_COMM_BYTES = 8;
/** Microseconds of more digits are no time since a boot, and no exact number. */
const MICROSECONDS_DIGITS_MAX = 15;

const U = 0x75;
const S = 0x73;
/** TRACE_FLAG_HARDIRQ and TRACE_FLAG_NMI of include/linux/trace_events.h. */
const HARDIRQ = 0x08;
const NMI = 0x40;
const RAW_FLAGS = /^-0x([0-9a-f]{1,8})$/;

/** A line of the latency layout, taken apart in place. */
export abstract class LatencyLine extends Line {
  override readonly nameColumns: number = LATENCY_COMM_BYTES;

  /** Reads the line at [start, end). False, with fields half set, where it is no event's line of this layout. */
  override scan(buffer: Buffer, start: number, end: number): boolean {
    this.buffer = buffer;
    this.end = end;
    this.commStart = start;
    this.isNameTooLong = false;
    // A task's name may have a dash too: the first one that the rest of a line follows is the pid's.
    for (let at = start + 1; at < end; at++)
      if (buffer[at] === BYTE.dash && this.scanAt(at)) return this.isNamed();
    return false;
  }

  /** Reads the time that stands at `start`. The offset of the colon behind it; -1 where it is none of this layout. */
  protected abstract scanTime(start: number): number;

  /** Takes the flags in [start, end). */
  protected abstract takeFlags(start: number, end: number): void;

  /** Reads a stamp without a decimal point up to `end`: ticks of a counter clock. */
  protected takeTicks(start: number, end: number): number {
    if (this.buffer[end] !== BYTE.colon) return -1;
    this.isCounter = true;
    splitTicks(this, start, end);
    return end;
  }

  private scanAt(dash: number): boolean {
    this.commEnd = dash;
    const pidEnd = digitsEnd(this, dash + 1);
    if (pidEnd < 0 || pidEnd - dash - 1 > NUMBER_DIGITS_MAX) return false;
    const cpu = skipSpaces(this, pidEnd);
    const flags = digitsEnd(this, cpu);
    if (cpu === pidEnd || flags < 0 || flags - cpu > NUMBER_DIGITS_MAX) return false;
    this.pid = decimal(this.buffer, dash + 1, pidEnd);
    this.cpu = decimal(this.buffer, cpu, flags);
    const time = this.scanFlags(flags);
    if (time < 0) return false;
    const colon = this.scanTime(time);
    if (colon < 0) return false;
    this.nameStart = skipDifference(this, skipSpaces(this, colon + 1));
    return scanName(this);
  }

  /** The flags follow the CPU; the offset of the time, or -1. */
  private scanFlags(start: number): number {
    let end = start;
    while (end < this.end && this.buffer[end] !== BYTE.space) end++;
    const count = end - start;
    if (count < FLAGS_MIN || count > FLAGS_MAX) return -1;
    this.takeFlags(start, end);
    return skipSpaces(this, end);
  }

  private isNamed(): boolean {
    const start = skipSpaces(this, this.commStart);
    this.isNameTooLong = this.commEnd - start > LATENCY_COMM_BYTES;
    return start < this.commEnd && !this.isNameTooLong;
  }
}

/**
 * A line of the kernel's dump of the ring. Its time is that since the ring was last begun. The entries of a dump are in the
 * order of time: one that is far before the one above is of another dump.
 */
export class DumpLine extends LatencyLine {
  /** The lines are those of a dump: between its head and its end. */
  isInside = false;
  /** An entry of the dump was read. */
  private hasEntry = false;
  /** An entry of any dump was read. */
  private hasAny = false;

  override scan(buffer: Buffer, start: number, end: number): boolean {
    const above = { billions: this.billions, rest: this.rest };
    const isEntry = super.scan(buffer, start, end);
    this.beginsAnew = isEntry && this.hasAny && isFarBefore(this, above);
    if (!isEntry) Object.assign(this, above);
    this.hasEntry ||= isEntry;
    this.hasAny ||= isEntry;
    return isEntry;
  }

  /**
   * The kernel leaves tracing off when it has dumped the ring (kernel/trace/trace.c, ftrace_dump()): what another dump has
   * begins when somebody turned it on again.
   */
  override readonly breaksOff = (header: string): boolean =>
    this.hasAny && header.includes("Dumping ftrace ");

  /** Follows where a dump begins and ends, besides what a header says of columns. */
  override learnColumns(header: string): void {
    super.learnColumns(header);
    if (header.includes("Dumping ftrace ")) {
      this.isInside = true;
      this.hasEntry = false;
    } else if (/^(?:-{33}$| {3}\(ftrace|Linux version )/.test(header.trimEnd())) {
      // The first row of dashes stands above the entries.
      this.isInside &&= header.startsWith("-") && !this.hasEntry;
    }
  }

  protected override takeFlags(start: number, end: number): void {
    this.hasFlags = true;
    const flag = this.buffer[start + interruptColumn(this, end - start)] ?? 0;
    this.inInterrupt = isInterruptFlag(flag);
  }

  protected override scanTime(start: number): number {
    const { buffer } = this;
    const at = digitsEnd(this, start);
    if (at < 0) return -1;
    if (buffer[at] !== U || buffer[at + 1] !== S)
      return at - start > STAMP_DIGITS_MAX ? -1 : this.takeTicks(start, at);
    // A mark stands behind the unit, by how long the next event took.
    if (at - start > MICROSECONDS_DIGITS_MAX || buffer[at + 3] !== BYTE.colon) return -1;
    const microseconds = decimal(buffer, start, at);
    this.isCounter = false;
    this.billions = Math.floor(microseconds / 1e6);
    this.rest = (microseconds % 1e6) * 1000;
    return at + 3;
  }
}

/** A line of `trace-cmd report -l`, whose time is as without -l. */
export class ReportLine extends LatencyLine {
  /**
   * libtraceevent prints `h` also for what a probe prints that the kernel set as a breakpoint, which runs in the context
   * of the task: the flag does not tell whether an interrupt printed the line. The bits do, which -R prints.
   */
  protected override takeFlags(start: number, end: number): void {
    const text = this.buffer.toString("latin1", start, end);
    const [, raw] = RAW_FLAGS.exec(text) ?? [];
    const bits = raw === undefined ? null : parseInt(raw, 16);
    const isHard = bits !== null && (bits & HARDIRQ) !== 0;
    this.inInterrupt = bits !== null && ((bits & NMI) !== 0 ? !isHard : isHard);
    this.hasFlags = bits !== null || !/^..[hH]/.test(text);
  }

  protected override scanTime(start: number): number {
    const at = digitsEnd(this, start);
    if (at < 0 || at - start > STAMP_DIGITS_MAX) return -1;
    if (this.buffer[at] !== BYTE.dot) return this.takeTicks(start, at);
    this.isCounter = false;
    const colon = scanDecimals(this, start, at);
    return colon >= 0 && this.buffer[colon] === BYTE.colon ? colon : -1;
  }
}
