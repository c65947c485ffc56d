// Every layout that a line can have: with or without tgid and flags, numbers of any width, text that was
// trimmed or aligned anew.

import { BYTE, isDigit, nextHash, isInterruptFlag } from "./bytes.js";
import { type Line } from "./line.js";

/** A pid, and a CPU, is a 32-bit number: 10 digits. */
export const NUMBER_DIGITS_MAX = 10;
const TGID_COLUMNS_MAX = 16;
/** Longest stamp read: 2^64 has 20 digits. */
export const STAMP_DIGITS_MAX = 20;
/** Digits of a stamp's rest. */
const REST_DIGITS = 9;
const POWER_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** Three before need-resched and others were added; PREEMPT_RT has seven, and kernels to come may have more. */
/** The fewest flags. */
export const FLAGS_MIN = 3;
/** The most flags. */
export const FLAGS_MAX = 12;

/**
 * The column of the flag hardirq/softirq, as the header says. Without a header: with seven flags or more need-resched-lazy
 * stands before it, as PREEMPT_RT had it before 6.12.
 */
export function interruptColumn({ interruptColumn: told }: Line, flags: number): number {
  return told ?? (flags > 6 ? 3 : 2);
}

/** Trimmed or re-aligned text: the pid follows the last dash before the CPU's bracket. */
export function scanUnaligned(line: Line, start: number): boolean {
  const { buffer, end } = line;
  let dash = -1;
  for (let at = start + 1; at < end; at++) {
    if (buffer[at] === BYTE.dash) dash = at;
    else if (buffer[at] === BYTE.openBracket && dash >= 0) {
      if (scanFrom(line, dash)) return true;
      dash = -1;
    }
  }
  return false;
}

/** Reads the line whose pid follows `dash`. False, with fields half set, where it is none. */
export function scanFrom(line: Line, dash: number): boolean {
  line.commEnd = dash;
  let at = digitsEnd(line, dash + 1);
  if (at < 0 || at - dash - 1 > NUMBER_DIGITS_MAX) return false;
  line.pid = decimal(line.buffer, dash + 1, at);
  at = scanCpu(line, skipTgid(line, skipSpaces(line, at)));
  if (at < 0) return false;
  at = scanFlags(line, skipSpaces(line, at));
  return at >= 0 && scanStamp(line, at) && scanName(line);
}

/** `(1234) ` with option record-tgid. */
function skipTgid(line: Line, start: number): number {
  const { buffer } = line;
  if (buffer[start] !== BYTE.openParen) return start;
  const limit = Math.min(line.end, start + TGID_COLUMNS_MAX);
  let at = start;
  while (at < limit && buffer[at] !== BYTE.closeParen) at++;
  return skipSpaces(line, at + 1);
}

/** `[000]`; the offset after it, or -1. */
function scanCpu(line: Line, bracket: number): number {
  const { buffer } = line;
  if (buffer[bracket] !== BYTE.openBracket) return -1;
  const at = digitsEnd(line, bracket + 1);
  if (at < 0 || at - bracket - 1 > NUMBER_DIGITS_MAX || buffer[at] !== BYTE.closeBracket) return -1;
  line.cpu = decimal(buffer, bracket + 1, at);
  return at + 1;
}

/** The flags, where the line has any; the stamp's offset, or -1. */
function scanFlags(line: Line, at: number): number {
  const { buffer } = line;
  line.inInterrupt = false;
  line.hasFlags = !isDigit(buffer[at] ?? 0);
  if (!line.hasFlags) return at;
  let end = at;
  while (end < line.end && buffer[end] !== BYTE.space) end++;
  const flags = end - at;
  if (flags < FLAGS_MIN || flags > FLAGS_MAX) return -1;
  line.inInterrupt = isInterruptFlag(buffer[at + interruptColumn(line, flags)] ?? 0);
  return skipSpaces(line, end);
}

function scanStamp(line: Line, start: number): boolean {
  const { buffer } = line;
  let at = digitsEnd(line, start);
  if (at < 0 || at - start > STAMP_DIGITS_MAX) return false;
  line.isCounter = buffer[at] !== BYTE.dot;
  if (line.isCounter) splitTicks(line, start, at);
  else at = scanDecimals(line, start, at);
  if (at < 0 || buffer[at] !== BYTE.colon) return false;
  line.nameStart = skipDifference(line, skipSpaces(line, at + 1));
  return true;
}

/** `(+1234) `, which `trace-cmd report --ts-diff` prints behind the stamp: the time since the line above. */
export function skipDifference(line: Line, start: number): number {
  const { buffer } = line;
  if (buffer[start] !== BYTE.openParen || buffer[start + 1] !== BYTE.plus) return start;
  const at = digitsEnd(line, start + 2);
  return at >= 0 && buffer[at] === BYTE.closeParen ? skipSpaces(line, at + 1) : start;
}

/** Up to 20 digits: the last nine are the rest, what is before them the billions. */
export function splitTicks(line: Line, start: number, end: number): void {
  const cut = Math.max(start, end - REST_DIGITS);
  line.billions = decimal(line.buffer, start, cut);
  line.rest = decimal(line.buffer, cut, end);
}

/** Seconds up to `point`, and one to nine decimals; the offset after them, or -1. */
export function scanDecimals(line: Line, start: number, point: number): number {
  line.billions = decimal(line.buffer, start, point);
  const at = digitsEnd(line, point + 1);
  const digits = at - point - 1;
  if (at < 0 || digits > REST_DIGITS) return -1;
  line.rest = decimal(line.buffer, point + 1, at) * (POWER_OF_TEN[REST_DIGITS - digits] ?? 1);
  return at;
}

/**
 * Reads the event's name at `nameStart`. False = there is none, or it is a part of one: the line ends with it, or another
 * line has run over it, with a stamp in brackets or a task and its pid.
 */
export function scanName(line: Line): boolean {
  const { buffer, end } = line;
  let at = line.nameStart;
  let hash = 0;
  let byte = 0;
  while (at < end && (byte = buffer[at] ?? 0) !== BYTE.colon && byte !== BYTE.space) {
    if (byte === BYTE.openBracket || byte === BYTE.dash) return false;
    hash = nextHash(hash, byte);
    at++;
  }
  if (at === line.nameStart || at === end) return false;
  line.nameEnd = at;
  line.nameHash = hash;
  // A tracer's own lines have no colon; those of the function tracer (`func <-caller`) have no event's name either.
  if (byte === BYTE.space && buffer[at + 1] === BYTE.less && buffer[at + 2] === BYTE.dash)
    return false;
  line.body = byte === BYTE.colon && at < end ? skipSpaces(line, at + 1) : at;
  return true;
}

/** The offset after the decimal digits at `start`; -1 where there are none. */
export function digitsEnd({ buffer, end }: Line, start: number): number {
  let at = start;
  while (at < end && isDigit(buffer[at] ?? 0)) at++;
  return at === start ? -1 : at;
}

/** The number that the digits in [start, end) write; 0 where there are none. */
export function decimal(buffer: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + (buffer[at] ?? 0) - BYTE.zero;
  return value;
}

/** The offset after the spaces at `start`. */
export function skipSpaces({ buffer, end }: Line, start: number): number {
  let at = start;
  while (at < end && buffer[at] === BYTE.space) at++;
  return at;
}
