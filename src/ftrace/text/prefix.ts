// Text in front of each line: what `grep -n`, `grep -H`, the kernel's log, a journal or an editor puts there.
//
// ftrace prints the task's name right-aligned in 16 columns, and a name has at most 15 bytes (TASK_COMM_LEN, the
// final zero included). So the 16 bytes before the dash of the pid begin with a space, and whatever stands before
// them is none of ftrace's. It is read past if it has the same form on all lines.

import { BYTE, isDigit } from "./bytes.js";
import { type TextLayout } from "./layout.js";
import { DASH_COLUMN } from "./usual-line.js";
import { Line } from "./line.js";
import { type LinePrefix } from "../../source/sniffed.js";

/** So many lines must agree on the form. */
const LINES_COMPARED = 2000;
/** Longer text is no prefix. */
const PREFIX_BYTES_MAX = 256;

const BOM = [0xef, 0xbb, 0xbf] as const;
const TAB = 0x09;
const T = 0x54;

/** Bytes that are the same on each line; null = a number, which may be padded with spaces. */
type Part = Uint8Array | null;

/** The form of the text in front of each line of a file. */
export class Prefix implements LinePrefix {
  /** The last number that `after` went past, if a colon, a dash or a tab is all that follows it; else null. */
  lineNumber: number | null = null;
  private readonly parts: readonly Part[];
  private readonly endsInNumber: boolean;

  /** `text`: the first lines of the file. */
  constructor(text: Uint8Array) {
    this.parts = partsOf(text);
    const last = this.parts.at(-1);
    this.endsInNumber = last?.length === 1 && isSeparator(last[0] ?? 0);
  }

  /** The offset after the prefix of the line at [start, end); -1 where its beginning has another form. */
  after(buffer: Uint8Array, start: number, end: number): number {
    let at = start;
    let number = 0;
    for (const part of this.parts) {
      if (part === null) {
        const digits = digitsOf(buffer, at, end);
        at = digits;
        for (number = 0; at < end && isDigit(buffer[at] ?? 0); at++)
          number = number * 10 + (buffer[at] ?? 0) - BYTE.zero;
        if (at === digits) return -1;
      } else {
        if (!isSame(buffer, at, end, part)) return -1;
        at += part.length;
      }
    }
    this.lineNumber = this.endsInNumber ? number : null;
    return at;
  }
}

/** The prefix that the lines of a file have, by its first bytes; null = none, or not all of the same form. */
export function prefixOf(head: Buffer, newLine = (): Line => new Line()): Prefix | null {
  return (
    prefixBy(head, newLine(), (columns) => columns) ??
    prefixBy(head, newLine(), (columns, start) => Math.max(columns, quoteEnd(head, start)))
  );
}

/** `beginOf`: where a line begins, by where its columns begin. */
function prefixBy(
  head: Buffer,
  line: Line,
  beginOf: (columns: number, start: number) => number,
): Prefix | null {
  let prefix: Prefix | null = null;
  let compared = 0;
  for (const [start, end] of linesOf(head)) {
    const columns = columnsBegin(line, head, start, end);
    if (columns === null) continue;
    const begin = beginOf(columns, start);
    if (begin === start) return null;
    prefix ??= new Prefix(head.subarray(start, begin));
    if (prefix.after(head, start, end) !== begin) return null;
    if (++compared >= LINES_COMPARED) break;
  }
  return prefix;
}

/** The prefix that the lines of a file in a layout have, by its first bytes; null = none. */
export function prefixIn(head: Buffer, layout: TextLayout): LinePrefix | null {
  return layout.prefixOf === undefined ? prefixOf(head, layout.newLine) : layout.prefixOf(head);
}

/** Bytes without the prefix of each line. */
export function withoutPrefix(head: Buffer, prefix: LinePrefix): Buffer {
  const lines = [...linesOf(head)].map(([start, end]) => {
    const begin = prefix.after(head, start, end);
    return head.subarray(begin < 0 ? start : begin, Math.min(head.length, end + 1));
  });
  return Buffer.concat(lines);
}

/** Lines as the text that they hold. */
export function unwrappedLines(head: Buffer, { unwrap }: TextLayout): Buffer {
  if (unwrap === undefined) return head;
  const lines = [...linesOf(head)].flatMap(([from, to]) => {
    const { buffer, start, end } = unwrap(head, from, to);
    return [buffer.subarray(start, end), head.subarray(to, Math.min(head.length, to + 1))];
  });
  return Buffer.concat(lines);
}

/** The offset after a byte order mark, which some editors write at the beginning of a file. */
export function afterBom(buffer: Uint8Array, start: number): number {
  return BOM.every((byte, i) => buffer[start + i] === byte) ? start + BOM.length : start;
}

/** Where the 16 columns of the task's name begin; null where it is no event's line, or its columns are gone. */
function columnsBegin(line: Line, buffer: Buffer, start: number, end: number): number | null {
  if (!line.scan(buffer, start, end) && !line.isNameTooLong) return null;
  const begin = line.commEnd - line.nameColumns;
  if (begin < start) return start;
  // A name that may fill its columns need not begin with a space.
  const isBegin = line.nameColumns < DASH_COLUMN || buffer[begin] === BYTE.space;
  return isBegin && begin - start <= PREFIX_BYTES_MAX ? begin : null;
}

/** The offset after the marks of a quotation, whose lines a mail program has shifted to the left; `start` = there are none. */
function quoteEnd(buffer: Buffer, start: number): number {
  let end = start;
  for (let at = start; buffer[at] === BYTE.greater || buffer[at] === BYTE.space; at++)
    if (buffer[at] === BYTE.greater) end = buffer[at + 1] === BYTE.space ? at + 2 : at + 1;
  return end;
}

/** Where the lines of a file begin and end, behind a byte order mark. */
export function* linesOf(head: Buffer): Generator<readonly [start: number, end: number]> {
  for (let start = afterBom(head, 0); start < head.length;) {
    const newline = head.indexOf(BYTE.newline, start);
    const end = newline < 0 ? head.length : newline;
    yield [start, end];
    start = end + 1;
  }
}

function partsOf(text: Uint8Array): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < text.length;) {
    const end = numberEnd(text, at);
    if (end > at) {
      parts.push(null);
      at = end;
      continue;
    }
    const from = at;
    while (at < text.length && numberEnd(text, at) === at) at++;
    parts.push(Uint8Array.prototype.slice.call(text, from, at));
  }
  return parts;
}

/** Where the number at `at` ends, its padding included; `at` where there is none. */
function numberEnd(text: Uint8Array, at: number): number {
  const digits = digitsOf(text, at, text.length);
  let end = digits;
  while (isDigit(text[end] ?? 0)) end++;
  return end === digits ? at : end;
}

/**
 * Where the digits of a number begin, behind its padding. printk prints `[  T123]` for a task and `[    C0]` for a CPU
 * in the same columns (kernel/printk/printk.c: print_caller).
 */
function digitsOf(text: Uint8Array, at: number, end: number): number {
  let digits = at;
  while (digits < end && text[digits] === BYTE.space) digits++;
  const letter = text[digits] ?? 0;
  const isCaller =
    at > 0 && text[at - 1] === BYTE.openBracket && (letter === BYTE.C || letter === T);
  return isCaller ? digits + 1 : digits;
}

/** `grep -n` puts a colon behind the number of a line that it looked for, and a dash behind those around it. */
function isSame(buffer: Uint8Array, start: number, end: number, part: Uint8Array): boolean {
  if (start + part.length > end) return false;
  return part.every((byte, i) => {
    const seen = buffer[start + i] ?? 0;
    return seen === byte || (part.length === 1 && isGrepMark(seen) && isGrepMark(byte));
  });
}

function isGrepMark(byte: number): boolean {
  return byte === BYTE.colon || byte === BYTE.dash;
}

function isSeparator(byte: number): boolean {
  return isGrepMark(byte) || byte === TAB;
}
