// Lines that stand above the event's line to which they belong.

import { BYTE } from "../text/bytes.js";

/** So many bytes of such a line are looked at. */
export const HEAD_BYTES = 120;

/** Is it a header line, a comment, an empty line, or a marker of lost events (`CPU:1 [LOST 33 EVENTS]`)? */
export function isHeadLine(buffer: Buffer, start: number, end: number): boolean {
  return isHeader(buffer, start, end) || buffer.toString("latin1", start, start + 4) === "CPU:";
}

/** Is it a header line, a comment or an empty line? */
export function isHeader(buffer: Buffer, start: number, end: number): boolean {
  return end === start || buffer[start] === BYTE.hash;
}

/** ` => function`: a line of the stack trace that ftrace prints below an event. */
export function isOfStack(buffer: Buffer, start: number): boolean {
  return buffer.toString("latin1", start, start + 4) === " => ";
}
