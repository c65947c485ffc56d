// Characters as ftrace prints them, and text out of bytes.

import { NEWLINE } from "../../source/lines.js";

/** Codes of the characters that lines are cut at. */
export const BYTE = {
  newline: NEWLINE,
  space: 0x20,
  hash: 0x23,
  openParen: 0x28,
  closeParen: 0x29,
  plus: 0x2b,
  comma: 0x2c,
  dash: 0x2d,
  dot: 0x2e,
  zero: 0x30,
  colon: 0x3a,
  equals: 0x3d,
  less: 0x3c,
  greater: 0x3e,
  C: 0x43,
  c: 0x63,
  v: 0x76,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  backtick: 0x60,
  lowerX: 0x78,
} as const;

/**
 * Does this third flag say that an interrupt printed the line: `h`, `H` or `z`? `Z` is what a probe prints that
 * the kernel set as a breakpoint (int3): it runs in the context of the task, though it counts as an NMI.
 */
export function isInterruptFlag(flag: number): boolean {
  return flag === 0x68 || flag === 0x48 || flag === 0x7a;
}

/** Is it a decimal digit? */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The hash of a name; `Line.nameHash` is made in the same way. */
export function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = nextHash(hash, name.charCodeAt(i));
  return hash;
}

/** The hash with one more character. */
export function nextHash(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/** Bytes as characters of the same codes. */
export function latin1(buffer: Buffer, start: number, end: number): string {
  return buffer.toString("latin1", start, end);
}

/** Bytes that are not UTF-8 become U+FFFD: a task's name may hold anything. */
export function utf8(buffer: Buffer, start: number, end: number): string {
  return buffer.toString("utf8", start, end);
}
