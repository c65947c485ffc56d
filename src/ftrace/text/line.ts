// One line of ftrace's `trace` or `trace_pipe`, up to the event's name.
// Source: kernel/trace/trace_output.c, trace_print_context(), Linux 6.12 to 7.3:
//   "%16s-%-7d " comm-pid, "(%7d) " tgid with option record-tgid, "[%03d] " cpu, flags of four or
//   five characters with option irq-info, then " sec.usec", " sec.nsec" or " ticks", ": ".

import { BYTE, latin1, utf8 } from "./bytes.js";
import { type Fields } from "./fields.js";
import { scanFrom, scanUnaligned } from "./general-line.js";
import { type SchedSwitch, schedSwitchOf } from "./sched-switch.js";
import { DASH_COLUMN, scanUsual } from "./usual-line.js";

/** TASK_COMM_LEN of include/linux/sched.h, without the final zero. */
export const COMM_BYTES_MAX = 15;

/**
 * A line taken apart in place: offsets into the buffer, valid until the next `scan`. One object is
 * reused for every line, because allocating one per line costs as much as the parsing.
 */
export class Line {
  /** The bytes that the offsets count in. */
  buffer: Buffer = Buffer.alloc(0);
  /** Offset after the line's last byte; the line break is not part of it. */
  end = 0;
  /** Where the task's name begins. */
  commStart = 0;
  /** In how many columns it is printed, right-aligned. */
  readonly nameColumns: number = DASH_COLUMN;
  /** Where it ends, with the spaces that pad it. */
  commEnd = 0;
  /** The task's pid. */
  pid = 0;
  /** The CPU. */
  cpu = 0;
  /** Printed from interrupt context, as the flag hardirq/softirq says. */
  inInterrupt = false;
  /** The line has flags. Without them it is not known whether an interrupt printed it, and `inInterrupt` is false. */
  hasFlags = false;
  /** The column of that flag, from 0, as the header draws it; null = there is no such header. */
  interruptColumn: number | null = null;
  /** The time stamp, divided by a billion: seconds, or billions of ticks. */
  billions = 0;
  /** The time stamp's remainder of the division by a billion: nanoseconds, or ticks. */
  rest = 0;
  /** The stamp has no decimal point: a counter clock, ticks. */
  isCounter = false;
  /** Where the event's name begins. */
  nameStart = 0;
  /** Where it ends. */
  nameEnd = 0;
  /** Its hash (bytes.ts: hashOf). */
  nameHash = 0;
  /** First byte of the payload. */
  body = 0;
  /** After a scan that failed: it is an ftrace line, but for a task's name that no kernel can print. */
  isNameTooLong = false;

  /** Reads the line at [start, end). False, with fields half set, where it is not an ftrace line. */
  scan(buffer: Buffer, start: number, end: number): boolean {
    this.buffer = buffer;
    this.end = end;
    this.commStart = start;
    this.isNameTooLong = false;
    const dash = start + DASH_COLUMN;
    if (dash < end && buffer[dash] === BYTE.dash) {
      if (scanUsual(this, buffer, dash, end) || scanFrom(this, dash))
        return buffer[start] === BYTE.space || this.hasShortName();
    }
    return scanUnaligned(this, start) && this.hasShortName();
  }

  /**
   * Learns the column of the flag hardirq/softirq from the header line that draws it: `# || / _---=> hardirq/softirq`,
   * where a bar stands for each column before the one before it (kernel/trace/trace.c: print_func_help_header_irq).
   */
  learnColumns(header: string): void {
    const [, bars] = /^#\s+(\|*)\s*\/ _-*=> hardirq\/softirq/.exec(header) ?? [];
    if (bars !== undefined) this.interruptColumn = bars.length + 1;
  }

  /** The line's time shows that entries are missing between the line above and it, of every CPU. */
  beginsAnew = false;

  /** Does a header line say that entries are missing between what was read and what follows? */
  readonly breaksOff: (header: string) => boolean = () => false;

  /** A name has at most 15 bytes. Anything longer has text before it that is none of ftrace's. */
  private hasShortName(): boolean {
    let start = this.commStart;
    while (start < this.commEnd && this.buffer[start] === BYTE.space) start++;
    this.isNameTooLong = this.commEnd - start > COMM_BYTES_MAX;
    return !this.isNameTooLong;
  }

  /** The comm without its padding. */
  comm(): string {
    let start = this.commStart;
    while (start < this.commEnd && this.buffer[start] === BYTE.space) start++;
    return utf8(this.buffer, start, this.commEnd);
  }

  /** The event's name. */
  name(): string {
    return latin1(this.buffer, this.nameStart, this.nameEnd);
  }

  /** Reads the `key=value` pairs of the payload. */
  readFields(fields: Fields): void {
    fields.read(this.buffer, this.body, this.end);
  }

  /** What the payload of a sched_switch says; null = it is in nobody's words. */
  schedSwitch(): SchedSwitch | null {
    return schedSwitchOf(this.text());
  }

  /** The payload as text. */
  text(): string {
    return utf8(this.buffer, this.body, this.end);
  }
}
