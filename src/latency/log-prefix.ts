// What stands in front of the kernel's messages in a log: printk's level, time and caller, and what dmesg, syslog and a
// journal put before them.
// Source: kernel/printk/printk.c, print_prefix(): "<%u>", "[%5lu.%06lu]", "[%*s]" with T or C and a number, " ".

import { type LinePrefix } from "../source/sniffed.js";

/** No prefix is longer. */
const PREFIX_BYTES_MAX = 160;

const LEVEL = String.raw`<\d{1,3}>`;
/** Nov  6 16:29:17, or 2026-11-06T16:29:17.123456+00:00. */
const DATE = String.raw`(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)`;
/** printk's seconds, the date that `dmesg -T` makes of them, or what `dmesg -e` does: a minute, and seconds since the line above. */
const STAMP = String.raw`\[(?: *\d+\.\d+| +[+]\d+\.\d+|[A-Z][a-z]{2} ?\d{1,2} \d\d:\d\d|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\]`;
const CALLER = String.raw`\[ *[TC]\d+\]`;

const PREFIXES: readonly RegExp[] = [
  // A journal or syslog, and what printk put before the message itself.
  new RegExp(`^(?:${LEVEL})?(?:${DATE}|${STAMP}) \\S+ kernel: (?:${STAMP}(?:${CALLER})?(?: |$))?`),
  new RegExp(`^(?:${LEVEL})?${STAMP}(?:${CALLER})?(?: |$)`),
  new RegExp(`^(?:${LEVEL})?${DATE} `),
  new RegExp(`^${LEVEL}(?:${CALLER} )?`),
];

/** The text in front of the lines of a kernel's log. It need not have the same form on all of them. */
export class LogPrefix implements LinePrefix {
  /** A log does not count its lines. */
  readonly lineNumber = null;

  /** The offset after what stands before the message at [start, end); -1 where nothing does. */
  after(buffer: Uint8Array, start: number, end: number): number {
    const bytes = buffer.subarray(start, Math.min(end, start + PREFIX_BYTES_MAX));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
    for (const prefix of PREFIXES) {
      const [found] = prefix.exec(text) ?? [];
      if (found !== undefined) return start + found.length;
    }
    return -1;
  }
}
