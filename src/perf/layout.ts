// The layout of what `perf script` prints.

import { isHeader } from "../ftrace/order/head-line.js";
import { STACK_TRACE } from "../ftrace/layout.js";
import { latin1 } from "../ftrace/text/bytes.js";
import { type LossMarker, type TextLayout } from "../ftrace/text/layout.js";
import { NO_LINE } from "../source/lines.js";
import { PerfLine } from "./line.js";

/** So much of a line is asked what record of perf's own it is. */
const RECORD_BYTES = 120;

/** A record of perf's own, with --show-mmap-events and others: `comm tid [cpu] time: PERF_RECORD_NAME...`. */
const RECORD =
  /^.{0,40}? \d+(?:\/\d+)? +\[(\d{1,10})\] (?:[A-Za-z]+ +)? *\d+\.\d+: PERF_RECORD_(\w+)(?: lost (\d+))?/;

/**
 * A line of a call chain: an address in hexadecimal and, if it was asked for, where it is, which perf indents by a tabulator;
 * and the line of the source below it (srcline), or the address again where none is known.
 */
const CALL_CHAIN = /^(?:\t *[0-9a-f]+(?: |$)| {2}\S+(?::\d+|\[[0-9a-f]+\])$)/;

/** `perf script --header` says it. */
const RELEASE = /^# (?:os release :|irqtwin kernel:) (\d+\.\d+\S*) *$/m;

/** The layout of `perf script`, with or without --ns, and with the process before the thread or without. */
export const PERF_LAYOUT: TextLayout = {
  name: "perf script",
  newLine: () => new PerfLine(),
  isHeader,
  isHeadLine: (buffer, start, end) =>
    isHeader(buffer, start, end) || lostAt(recordOf(buffer, start, end), 0) !== null,
  lossMarker: (text, line) => lostAt(RECORD.exec(text), line),
  besideName: (buffer, start, end) => {
    if (CALL_CHAIN.test(latin1(buffer, start, end))) return STACK_TRACE;
    return recordOf(buffer, start, end) === null ? null : "(perf record)";
  },
  whyNoLine: (line) => {
    if (line.isNameTooLong) return "text stands before the task's name, which has at most 15 bytes";
    const isNobodys = line instanceof PerfLine && line.isTaskUnknown;
    return isNobodys ? "perf does not know the task (tid -1)" : NO_LINE.perfScript;
  },
  releaseIn: (text) => RELEASE.exec(text)?.[1] ?? null,
  // perf's header stands also above a part of the events, such as that of one thread.
  wholeHeader: null,
};

function recordOf(buffer: Buffer, start: number, end: number): RegExpExecArray | null {
  return RECORD.exec(latin1(buffer, start, Math.min(end, start + RECORD_BYTES)));
}

/** PERF_RECORD_LOST and PERF_RECORD_LOST_SAMPLES (tools/perf/util/event.c, perf_event__fprintf_lost). */
function lostAt(record: RegExpExecArray | null, line: number): LossMarker | null {
  const [, cpu, name, lost] = record ?? [];
  if (name !== "LOST" && name !== "LOST_SAMPLES") return null;
  const count = Number(lost ?? NaN);
  return {
    kind: "lost",
    cpu: Number(cpu),
    count: Number.isSafeInteger(count) ? count : null,
    line,
  };
}
