// Texts in ftrace's latency layout: the kernel's dump of the ring in its log, and `trace-cmd report -l`.

import { FTRACE_LAYOUT, STACK_TRACE } from "../ftrace/layout.js";
import { isHeader, isOfStack } from "../ftrace/order/head-line.js";
import { lossMarker } from "../ftrace/losses.js";
import { type TextLayout, type TextMarker } from "../ftrace/text/layout.js";
import { holdsEvent } from "../ftrace/text/joined.js";
import { prefixOf } from "../ftrace/text/prefix.js";
import { beginsBoot, BootWatch } from "./boot-watch.js";
import { NEWLINE, NO_LINE } from "../source/lines.js";
import { type LinePrefix } from "../source/sniffed.js";
import { DumpLine, ReportLine } from "./line.js";
import { LogPrefix } from "./log-prefix.js";

/** The name under which other messages of a log are counted. */
const OTHER_MESSAGE = "(kernel log)";
/** So much of a line is asked what it is. */
const ASKED_BYTES = 300;

/** How the kernel says that a dump begins (kernel/trace/trace.c, ftrace_dump_one). */
export const DUMP_HEAD = /Dumping ftrace (?:buffer|instance \S+ buffer):/;

/** What stands around the entries of a dump, and the beginning of a boot, which ends one that was cut. */
const DUMP_FRAME =
  /^(?:.{0,80}Dumping ftrace (?:buffer|instance \S+ buffer):|-{33}| {3}\(ftrace buffer empty\)|Linux version \d.*)\s*$/;

/**
 * Messages that printk dropped, or that who writes the log did not get: some may have been entries of the dump, of any CPU.
 * printk; journald (src/journal/journald-kmsg.c), also where printk or syslog names it; rsyslog.
 */
const DROPPED = [
  /^\*\* \d+ printk messages dropped \*\*/,
  /^(?:\S+ )?(?:systemd-)?journald?(?:\[\d+\])?: Missed \d+ kernel messages/,
  /^(?:\S+ kernel: )?printk: (?:\S+: )?\d+ messages? (?:dropped|suppressed|lost)/,
  /^(?:\S+ )?rsyslogd?(?:\[\d+\])?: .{0,80}\b\d+ messages lost due to rate-limiting/,
] as const;

/** What is left of an entry that was damaged: a pid with CPU and flags, a time with its mark, where a probe is, or fields. */
const REMAINS = [
  /^\{"type": ?"printf", ?"data": ?"/,
  /-\d+ +\d+[^\s\d:]\S{2,11} +\d/,
  /\d+us.: /,
  /\b\w+: \([\w.]+\+0x[0-9a-f]+\/0x/,
  /\w=0x[0-9a-f]+ \w+=(?:0x)?[0-9a-f]+(?: |$)/,
  /^ {0,8}\S.{0,7}-\d+ {2,}\d*\S{0,6}$/,
] as const;

/** An entry of a dump: pid, CPU with flags, time. */
const ENTRY = /-\d+ +\d+[^\s\d:]\S{2,11} +\d+(?:us.)?: /;

/** The release of the boot that printed the dump: the last one that is named above it. */
const RELEASE =
  /(?:Linux version|Not tainted|Tainted:(?: \[?[A-Z]\]?(?:=[A-Z_]+,?)?)+) +(\d+\.\d+\S*)/g;

/** The layout of a log of the kernel with a dump of the ring: ftrace_dump_on_oops, or `z` in /proc/sysrq-trigger. */
export const DUMP_LAYOUT: TextLayout = {
  name: "ftrace dump",
  newLine: () => new DumpLine(),
  // A dump's entries are in the order of time. Where they step back, another dump begins, whose times count anew.
  runsMax: 0,
  newWatch: () => new BootWatch(),
  prefixOf: (head) => logPrefixOf(head) ?? prefixOf(head, () => new DumpLine()),
  isHeader: isDumpHeader,
  isHeadLine: (buffer, start, end) =>
    isDumpHeader(buffer, start, end) || dumpMarker(asked(buffer, start, end), 0) !== null,
  lossMarker: dumpMarker,
  besideName: (buffer, start, end, line) => {
    if (isOfStack(buffer, start)) return STACK_TRACE;
    const isInside = line instanceof DumpLine && line.isInside;
    const text = asked(buffer, start, end);
    return isInside || holdsEvent(text) || REMAINS.some((remains) => remains.test(text))
      ? null
      : OTHER_MESSAGE;
  },
  whyNoLine: (line) =>
    line.isNameTooLong
      ? "text stands before the task's name, which the kernel cuts to 8 bytes"
      : "not an entry of the dump",
  releaseIn,
  // A dump may be cut at any place, and the ring had a beginning of its own.
  wholeHeader: null,
};

/** The layout of `trace-cmd report -l`. */
export const REPORT_LAYOUT: TextLayout = {
  ...FTRACE_LAYOUT,
  name: "trace-cmd report -l",
  newLine: () => new ReportLine(),
  whyNoLine: (line) =>
    line.isNameTooLong
      ? "text stands before the task's name, which trace-cmd cuts to 8 bytes"
      : NO_LINE.reportLatency,
  wholeHeader: null,
};

function isDumpHeader(buffer: Buffer, start: number, end: number): boolean {
  return isHeader(buffer, start, end) || DUMP_FRAME.test(asked(buffer, start, end));
}

function dumpMarker(text: string, line: number): TextMarker | null {
  if (!DROPPED.some((dropped) => dropped.test(text))) return lossMarker(text, line);
  return { kind: "lost", cpu: null, count: null, line };
}

function asked(buffer: Buffer, start: number, end: number): string {
  return buffer.toString("latin1", start, Math.min(end, start + ASKED_BYTES));
}

/** printk's prefix, if the first entry has one. */
export function logPrefixOf(head: Buffer): LinePrefix | null {
  const prefix = new LogPrefix();
  const line = new DumpLine();
  for (let start = 0, end = 0; start < head.length; start = end + 1) {
    const newline = head.indexOf(NEWLINE, start);
    end = newline < 0 ? head.length : newline;
    const begin = prefix.after(head, start, end);
    if (line.scan(head, Math.max(begin, start), end)) return begin < 0 ? null : prefix;
    if (line.isNameTooLong) return null;
  }
  return null;
}

function releaseIn(text: string): string | null {
  const own = ofOneBoot(text);
  const place = own.search(DUMP_HEAD);
  const above = place < 0 ? own : own.slice(0, place);
  const named = [...above.matchAll(RELEASE)];
  return named.at(-1)?.[1] ?? null;
}

/** The text up to where another boot begins below the first entry. */
function ofOneBoot(text: string): string {
  const entry = text.search(ENTRY);
  if (entry < 0) return text;
  for (let end = text.indexOf("\n", entry); end >= 0; end = text.indexOf("\n", end + 1))
    if (beginsBoot(text.slice(end + 1, end + 1 + ASKED_BYTES))) return text.slice(0, end + 1);
  return text;
}
