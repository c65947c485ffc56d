// Three parsers of the same text that read the same: irqtwin's, one of regular expressions, and one
// in C (c/parse.c). Each gives a checksum of what it read; a test and the bench hold them equal.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { FIELD, Fields } from "../../src/ftrace/text/fields.js";
import { hashOf } from "../../src/ftrace/text/bytes.js";
import { Line } from "../../src/ftrace/text/line.js";
import { READERS } from "../../src/ftrace/vocabulary.js";
import { parseWithRegex } from "../support/regex-parser.js";

const NEWLINE = 10;
const HASH = 0x23;
const BILLION = 1_000_000_000n;
const PAIR = /([^\s=]+)=(?:0x([\da-f]+)|(-?\d+))?(?:(?=([ ,]|$))|)/g;
const COUNT = Object.keys(FIELD).length;
const KNOWN = new Set(Object.keys(READERS));
const KNOWN_HASHES = new Set([...KNOWN].map(hashOf));

/** All fields go into the checksum, or only this one: summing up must not cost more than reading. */
export const LIGHT = FIELD.lo;
export const ALL = -1;

/** Calls `each` with every line that is not a comment. */
export function eachLine(text: Buffer, each: (start: number, end: number) => void): void {
  let start = 0;
  for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
    if (text[start] !== HASH) each(start, end);
    start = end + 1;
  }
}

export function checksumOfOurs(text: Buffer, light: number): number {
  const line = new Line();
  const fields = new Fields();
  let sum = 0;
  eachLine(text, (start, end) => {
    if (!line.scan(text, start, end)) return;
    sum = mix(mix(mix(sum, line.pid), line.cpu), line.billions);
    sum = mix(mix(sum, line.rest), line.nameHash);
    if (!KNOWN_HASHES.has(line.nameHash)) return;
    fields.read(text, line.body, end);
    if (light !== ALL) {
      if (fields.has(light)) sum = mix(sum, fields.low(light));
      return;
    }
    for (let field = 0; field < COUNT; field++) {
      if (fields.has(field)) {
        sum = mix(mix(mix(sum, field), fields.high(field)), fields.low(field));
      }
    }
  });
  return sum >>> 0;
}

export function checksumOfRegex(text: Buffer, light: number): number {
  let sum = 0;
  eachLine(text, (start, end) => {
    const line = text.toString("latin1", start, end);
    const head = parseWithRegex(line);
    if (head === null) return;
    sum = mix(mix(mix(sum, head.pid), head.cpu), Number(head.time / BILLION));
    sum = mix(mix(sum, Number(head.time % BILLION)), hashOf(head.name));
    if (!KNOWN.has(head.name)) return;
    const values = fieldsOfRegex(line.slice(head.payloadAt).replace(/^\([^)]*\)/, ""));
    if (light !== ALL) {
      const value = values.get(light);
      if (value !== undefined) sum = mix(sum, low(value));
      return;
    }
    for (let field = 0; field < COUNT; field++) {
      const value = values.get(field);
      if (value !== undefined) sum = mix(mix(mix(sum, field), low(value >> 32n)), low(value));
    }
  });
  return sum >>> 0;
}

/** Every field of a payload; one that is no number takes an earlier one of its name away. */
function fieldsOfRegex(payload: string): Map<number, bigint> {
  const values = new Map<number, bigint>();
  for (const [, key = "", hex, decimal, after] of payload.matchAll(PAIR)) {
    if (!Object.hasOwn(FIELD, key)) continue;
    const field = FIELD[key as keyof typeof FIELD];
    const digits = hex === undefined ? decimal : `0x${hex}`;
    if (digits === undefined || after === undefined) values.delete(field);
    else values.set(field, BigInt.asUintN(64, BigInt(digits)));
  }
  return values;
}

/** The CPU seconds and the checksum of the C parser; `file` in `folder`. */
export function runCParser(
  folder: string,
  program: string,
  file: string,
  light: number,
): { readonly cpu: number; readonly sum: number } {
  writeFileSync(`${folder}/names`, [...KNOWN, ""].join("\n"));
  writeFileSync(`${folder}/fields`, [...Object.keys(FIELD), ""].join("\n"));
  const words = [file, "names", "fields", String(light)];
  const [cpu = NaN, sum = NaN] = execFileSync(program, words, { cwd: folder, encoding: "utf8" })
    .split(" ")
    .map(Number);
  return { cpu, sum };
}

function mix(sum: number, value: number): number {
  return (Math.imul(sum, 31) + value) | 0;
}

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
