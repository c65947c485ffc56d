// Lines that stand above the event's line to which they belong.

import { BYTE } from "../text/bytes.js";

/** So many bytes of such a line are looked at. */
export const HEAD_BYTES = 120;
/** A line of the function tracer is shorter: two names of at most 512 bytes. */
const CALL_BYTES = 1200;

/** Is it a header line, a comment, an empty line, or a marker of lost events (`CPU:1 [LOST 33 EVENTS]`)? */
export function isHeadLine(buffer: Buffer, start: number, end: number): boolean {
  return isHeader(buffer, start, end) || buffer.toString("latin1", start, start + 4) === "CPU:";
}

/**
 * Is it a header line, a comment, an empty line, the name of a file as `head` and `tail` print it, the head of
 * `trace-cmd report`, or the fence of a code block?
 */
export function isHeader(buffer: Buffer, start: number, end: number): boolean {
  const first = buffer[start];
  return (
    end === start ||
    first === BYTE.hash ||
    (first === BYTE.equals && isFileName(buffer, start, end)) ||
    (BEGINS_HEAD.has(first) && end - start <= HEAD_BYTES && isOfTraceCmd(buffer, start, end))
  );
}

/**
 * The head of `trace-cmd report`, what it says of its plugins (option -V) and of latencies (option -w), where its pages begin (option -B), and the fence of
 * a code block in Markdown.
 */
const OF_TRACE_CMD =
  /^(?:version = \d+|cpus=\d+|CPU \d+ is empty|CPU:\d+ \[SUBBUFFER START\]|registering plugin: \S+|(?:Average wakeup latency|(?:Maximum|Minimum) Latency): .*|(?:overriding|removing override handler for) event \(\d+\) .*|```\w*)\s*$/;

function isOfTraceCmd(buffer: Buffer, start: number, end: number): boolean {
  return OF_TRACE_CMD.test(buffer.toString("latin1", start, end));
}

/** What such lines begin with. Nearly all lines of ftrace begin with a space. */
const BEGINS_HEAD: ReadonlySet<number | undefined> = new Set(Buffer.from("cvCroAM`"));

/** `==> per_cpu/cpu1/trace <==` */
function isFileName(buffer: Buffer, start: number, end: number): boolean {
  const text = buffer.toString("latin1", start, end);
  return text.startsWith("==> ") && text.endsWith(" <==");
}

/** `function <-caller`: a call that the function tracer shows, where other lines have an event's name. */
export function isCall(buffer: Buffer, start: number, end: number): boolean {
  const text = buffer.toString("latin1", start, Math.min(end, start + CALL_BYTES));
  return /: \S+ <-\S+$/.test(text);
}

/** ` => function`: a line of the stack trace that ftrace prints below an event. */
export function isOfStack(buffer: Buffer, start: number): boolean {
  return buffer.toString("latin1", start, start + 4) === " => ";
}
