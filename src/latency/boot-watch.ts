// Where the log of another boot begins. Its dump is of another kernel's life: nothing that was known before is true of it.

import { type FrontWatch, type LineSort } from "../ftrace/text/layout.js";
import { latin1 } from "../ftrace/text/bytes.js";

/** So much of a message is asked whether a boot begins with it. */
const ASKED_BYTES = 80;

/** What a boot begins with: the kernel's first message, and what journalctl prints between boots. */
const BOOT = /^(?:Linux version \d|-- (?:Reboot|Boot [0-9a-f]{32}) --)/;

/** printk's stamp, the last one in front of a message: seconds since the boot. */
const STAMP = /\[ *(\d{1,9})\.(\d{6})\](?!.*\[ *\d{1,9}\.\d{6}\])/;

/** A step back of more microseconds is none of messages that CPUs print at once. */
const FAR_BACK_US = 1_000_000;

/** Does the log of a boot begin with this message? */
export function beginsBoot(message: string): boolean {
  return BOOT.test(message);
}

/**
 * Follows the log of one boot. Printk's stamps rise; where two lines that follow each other are far before all others, the
 * rest is of another boot. One such line alone may be damaged.
 */
export class BootWatch implements FrontWatch {
  private hasEntry = false;
  private isOver = false;
  /** Printk's stamps of the last two lines that were in order, in microseconds since the boot. */
  private last: number | null = null;
  private lastButOne: number | null = null;
  private isSuspect = false;

  /** An entry of a dump was read. */
  noteEntry(): void {
    this.hasEntry = true;
  }

  /** Takes the line that begins at `front`, with its message at [start, end). */
  follow(buffer: Buffer, front: number, start: number, end: number): LineSort {
    if (!this.isOver && this.hasEntry)
      this.isOver = beginsBoot(latin1(buffer, start, Math.min(end, start + ASKED_BYTES)));
    if (this.isOver) return "over";
    const stamp = start > front ? stampIn(latin1(buffer, front, start)) : null;
    return stamp === null ? "own" : this.take(stamp);
  }

  private take(stamp: number): LineSort {
    if (!this.isFarBefore(stamp, this.last)) {
      this.lastButOne = this.last;
    } else if (this.lastButOne !== null && !this.isFarBefore(stamp, this.lastButOne)) {
      // The line above alone is too late: its stamp was damaged.
    } else if (this.hasEntry) {
      this.isOver = this.isSuspect;
      this.isSuspect = true;
      return this.isOver ? "over" : "odd";
    } else this.lastButOne = null;
    this.isSuspect = false;
    this.last = stamp;
    return "own";
  }

  private isFarBefore(stamp: number, other: number | null): boolean {
    return other !== null && other - stamp > FAR_BACK_US;
  }
}

function stampIn(front: string): number | null {
  const [, seconds, microseconds] = STAMP.exec(front) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1e6 + Number(microseconds);
}
