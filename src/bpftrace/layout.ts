// The layout of what the script prints that `irqtwin capture --bpftrace` makes, with `bpftrace -f json`: each line of text
// is one of ftrace's without flags.

import { FTRACE_LAYOUT } from "../ftrace/layout.js";
import { isHeader } from "../ftrace/order/head-line.js";
import { latin1 } from "../ftrace/text/bytes.js";
import { type TextLayout, type TextMarker } from "../ftrace/text/layout.js";
import { jsonPrefixOf } from "./json-line.js";
import { unwrapped } from "./unwrap.js";

/** The name under which lines of bpftrace's own are counted, such as those of maps. */
const OWN = "(bpftrace)";
/** So much of a line is asked what it is. */
const ASKED_BYTES = 120;

/** bpftrace says how many probes it has attached. */
const ATTACHED =
  /^(?:\{"type": ?"attached_probes", ?"data": ?\{"probes": ?\d+\}\}|Attaching \d+ probes?\.\.\.)$/;
/** Nothing says of which CPU. On a terminal, or where both outputs are one file, bpftrace says it in words. */
const LOST = /^(?:\{"type": ?"lost_events", ?"data": ?\{"events": ?(\d+)\}\}|Lost (\d+) events)$/;
/** A line of another type: a map, a histogram, and so on; and a warning. */
const OTHER = /^(?:\{"type": ?"(?!printf")\w+", ?"data": ?.*\}|\S*:?\d*:?[\d-]*:? ?WARNING: .*)$/;

/**
 * A CPU's lines are in the order of time, and bpftrace reads the buffers of the CPUs one after another: there are as
 * many runs as times that it turned to another CPU.
 */
const RUNS_MAX = 200_000;

/** The layout. */
export const BPFTRACE_LAYOUT: TextLayout = {
  ...FTRACE_LAYOUT,
  name: "bpftrace",
  unwrap: unwrapped,
  prefixOf: jsonPrefixOf,
  runsMax: RUNS_MAX,
  isHeader: isOwnHeader,
  isHeadLine: (buffer, start, end) =>
    isOwnHeader(buffer, start, end) || lossMarker(asked(buffer, start, end), 0) !== null,
  lossMarker,
  besideName: (buffer, start, end) => (OTHER.test(latin1(buffer, start, end)) ? OWN : null),
  whyNoLine: () =>
    "not one line of the script that `irqtwin capture --bpftrace` prints, and no more than that",
  wholeHeader: null,
};

function isOwnHeader(buffer: Buffer, start: number, end: number): boolean {
  return isHeader(buffer, start, end) || ATTACHED.test(asked(buffer, start, end));
}

function lossMarker(text: string, line: number): TextMarker | null {
  const [found, json, words] = LOST.exec(text) ?? [];
  if (found === undefined) return null;
  const count = Number(json ?? words);
  return { kind: "lost", cpu: null, count: Number.isSafeInteger(count) ? count : null, line };
}

function asked(buffer: Buffer, start: number, end: number): string {
  return latin1(buffer, start, Math.min(end, start + ASKED_BYTES));
}
