// The layout that nearly every line has, in one pass: no tgid, three digits of CPU, five flags, and one space
// after the event's name. A line that differs in anything is refused here and read by general-line.ts.

import { BYTE, isDigit, nextHash, isInterruptFlag } from "./bytes.js";
import { type Line } from "./line.js";

/** A comm is at most 15 bytes, right-justified to 16 columns: the dash stands here. */
export const DASH_COLUMN = 16;

/** A pid is padded to seven columns and a space; then `[000] ..... `. */
const PID_DIGITS = 7;
const PID_BYTES = 12;
const HEAD_BYTES = 32;

/** Seconds have up to seven digits; ticks have 10 to 17, of which the last nine are the rest. */
const SECONDS_DIGITS = 7;
const TICKS_DIGITS_MIN = 10;
const TICKS_DIGITS_MAX = 17;
const REST_DIGITS = 9;

/** Among five flags hardirq/softirq is the third, where no header says otherwise. */
const USUAL_INTERRUPT_COLUMN = 2;

const ZERO = 0x30;
const SPACE = 0x20;

/** Reads the line whose pid follows `dash`. False, with fields half set, where its layout is another. */
export function scanUsual(line: Line, buffer: Uint8Array, dash: number, end: number): boolean {
  // With this many bytes all that is looked at before the stamp is inside the line.
  if (dash + HEAD_BYTES > end) return false;
  const bracket = scanPid(line, buffer, dash);
  if (bracket < 0 || !scanCpu(line, buffer, bracket)) return false;
  const flags = bracket + 6;
  if (!isFlags(buffer, flags)) return false;
  line.hasFlags = true;
  line.inInterrupt = isInterruptFlag(
    buffer[flags + (line.interruptColumn ?? USUAL_INTERRUPT_COLUMN)] ?? 0,
  );
  line.commEnd = dash;
  let at = flags + 6;
  while (at < end && buffer[at] === SPACE) at++;
  at = scanStamp(line, buffer, at, end);
  return at >= 0 && scanName(line, buffer, at, end);
}

/** Up to seven digits, padded; the offset of the CPU's bracket, or -1. */
function scanPid(line: Line, buffer: Uint8Array, dash: number): number {
  let at = dash + 1;
  let pid = 0;
  let byte = buffer[at] ?? 0;
  for (; isDigit(byte); byte = buffer[++at] ?? 0) pid = pid * 10 + byte - ZERO;
  if (at === dash + 1 || at > dash + 1 + PID_DIGITS) return -1;
  while (byte === SPACE && at < dash + PID_BYTES) byte = buffer[++at] ?? 0;
  line.pid = pid;
  return byte === BYTE.openBracket ? at : -1;
}

/** `[000] ` */
function scanCpu(line: Line, buffer: Uint8Array, bracket: number): boolean {
  const hundreds = buffer[bracket + 1] ?? 0;
  const tens = buffer[bracket + 2] ?? 0;
  const ones = buffer[bracket + 3] ?? 0;
  line.cpu = hundreds * 100 + tens * 10 + ones - 111 * ZERO;
  const isNumber = isDigit(hundreds) && isDigit(tens) && isDigit(ones);
  return isNumber && buffer[bracket + 4] === BYTE.closeBracket && buffer[bracket + 5] === SPACE;
}

/** Five characters and a space: no spaces before it, the first no digit. */
function isFlags(buffer: Uint8Array, at: number): boolean {
  if (isDigit(buffer[at] ?? 0) || buffer[at + 5] !== SPACE) return false;
  for (let i = 0; i < 5; i++) if (buffer[at + i] === SPACE) return false;
  return true;
}

/** Seconds with six or nine decimals, or ticks; the name's offset, or -1. */
function scanStamp(line: Line, buffer: Uint8Array, start: number, end: number): number {
  let point = start;
  let seconds = 0;
  for (let byte; point < end && isDigit((byte = buffer[point] ?? 0)); point++)
    seconds = seconds * 10 + byte - ZERO;
  if (buffer[point] !== BYTE.dot) return scanTicks(line, buffer, start, point);
  let at = point + 1;
  let rest = 0;
  for (let byte; at < end && isDigit((byte = buffer[at] ?? 0)); at++)
    rest = rest * 10 + byte - ZERO;
  const decimals = at - point - 1;
  const isUsual = point > start && point <= start + SECONDS_DIGITS;
  if (!isUsual || (decimals !== 6 && decimals !== REST_DIGITS)) return -1;
  line.isCounter = false;
  line.billions = seconds;
  line.rest = decimals === 6 ? rest * 1000 : rest;
  return isColonSpace(buffer, at, end) ? at + 2 : -1;
}

/** Ticks up to `end`, which a colon and a space must follow; the name's offset, or -1. */
function scanTicks(line: Line, buffer: Uint8Array, start: number, end: number): number {
  const digits = end - start;
  if (digits < TICKS_DIGITS_MIN || digits > TICKS_DIGITS_MAX) return -1;
  if (!isColonSpace(buffer, end, line.end)) return -1;
  let at = start;
  let billions = 0;
  for (; at < end - REST_DIGITS; at++) billions = billions * 10 + (buffer[at] ?? 0) - ZERO;
  let rest = 0;
  for (; at < end; at++) rest = rest * 10 + (buffer[at] ?? 0) - ZERO;
  line.isCounter = true;
  line.billions = billions;
  line.rest = rest;
  return end + 2;
}

function scanName(line: Line, buffer: Uint8Array, start: number, end: number): boolean {
  let at = start;
  let hash = 0;
  let byte = 0;
  for (; at < end; at++) {
    byte = buffer[at] ?? 0;
    if (byte === BYTE.colon || byte === SPACE) break;
    hash = nextHash(hash, byte);
  }
  // A space follows the colon, and one only.
  if (at === start || at + 2 >= end || !isColonSpace(buffer, at, end)) return false;
  if (buffer[at + 2] === SPACE) return false;
  line.nameStart = start;
  line.nameEnd = at;
  line.nameHash = hash;
  line.body = at + 2;
  return true;
}

function isColonSpace(buffer: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && buffer[at] === BYTE.colon && buffer[at + 1] === SPACE;
}
