// Lines that stand above the event's line to which they belong.

import { BYTE } from "../text/bytes.js";

/** So many bytes of such a line are looked at. */
export const HEAD_BYTES = 120;

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
    (beginsHead(first) && end - start <= HEAD_BYTES && isOfTraceCmd(buffer, start, end))
  );
}

/** The head of `trace-cmd report`, where its pages begin (option -B), and the fence of a code block in Markdown. */
const OF_TRACE_CMD =
  /^(?:version = \d+|cpus=\d+|CPU \d+ is empty|CPU:\d+ \[SUBBUFFER START\]|```\w*)\s*$/;

function isOfTraceCmd(buffer: Buffer, start: number, end: number): boolean {
  return OF_TRACE_CMD.test(buffer.toString("latin1", start, end));
}

/** Has such a line this first byte? Nearly all lines of ftrace begin with a space. */
function beginsHead(byte: number | undefined): boolean {
  return byte === BYTE.c || byte === BYTE.v || byte === BYTE.C || byte === BYTE.backtick;
}

/** `==> per_cpu/cpu1/trace <==` */
function isFileName(buffer: Buffer, start: number, end: number): boolean {
  const text = buffer.toString("latin1", start, end);
  return text.startsWith("==> ") && text.endsWith(" <==");
}

/** ` => function`: a line of the stack trace that ftrace prints below an event. */
export function isOfStack(buffer: Buffer, start: number): boolean {
  return buffer.toString("latin1", start, start + 4) === " => ";
}
