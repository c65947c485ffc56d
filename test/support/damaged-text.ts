// Texts with damage that a seed decides, and what comes of reading them.

import { TwinError } from "../../src/base/errors.js";
import { formatOf } from "../../src/formats/registry.js";
import { type LineCounts, type NameCount } from "../../src/source/read-batch.js";
import { type FormatName } from "../../src/source/sniffed.js";

/** What came of reading a text. */
export interface DamagedRead {
  readonly format: FormatName;
  /** The message with which it was refused; null = it was read. */
  readonly refused: string | null;
  readonly counts: LineCounts;
  readonly names: readonly NameCount[];
}

const NOTHING: LineCounts = { total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 };

/** Reads a text by 6.17's rules. Throws whatever is no refusal. */
export function readDamagedText(text: Buffer): DamagedRead {
  const format = formatOf(text);
  try {
    const sniffed = format.sniff(text, { rules: "6.17" });
    const { prefix, clockUnit, hasHeader } = sniffed;
    const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
    const options = { rules: "6.17", first, prefix, hasHeader, isCounter: clockUnit === "ticks" };
    const reader = format.newReader(sniffed, options, () => undefined);
    reader.feed(text);
    reader.end();
    return {
      format: format.name,
      refused: null,
      counts: reader.counts,
      names: reader.names.counts(),
    };
  } catch (error) {
    if (!(error instanceof TwinError)) throw error;
    const refused = `${error.code}: ${error.message}`;
    return { format: format.name, refused, counts: NOTHING, names: [] };
  }
}

/** The text with some bytes changed. */
function withFlips(text: Buffer, random: () => number): Buffer {
  const flips = 1 + Math.floor(random() * 20);
  const bytes = Buffer.from(text);
  for (let i = 0; i < flips; i++) {
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bytes;
}

/** The text that ends at some byte. */
function cutAt(text: Buffer, random: () => number): Buffer {
  return text.subarray(0, 1 + Math.floor(random() * (text.length - 1)));
}

/** The text without a part of one of its lines. */
function withoutPart(text: Buffer, random: () => number): Buffer {
  const from = Math.floor(random() * text.length);
  const lineEnd = text.indexOf(0x0a, from);
  const end = Math.min(lineEnd < 0 ? text.length : lineEnd, from + Math.floor(random() * 200));
  return Buffer.concat([text.subarray(0, from), text.subarray(Math.max(from, end))]);
}

/** How many lines a text has. */
export function linesIn(text: Buffer): number {
  const whole = text.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
  return whole + (text.length > 0 && text[text.length - 1] !== 0x0a ? 1 : 0);
}

/** Do the sorts of lines add up, to all lines of the text? */
export function addsUp(text: Buffer, { counts }: DamagedRead): boolean {
  const { total, header, events, unused, rejected, gaps } = counts;
  return total === header + events + unused + rejected + gaps && total === linesIn(text);
}

/** Makes a damaged copy of a text. */
export type Damage = (text: Buffer, random: () => number) => Buffer;

/** The kinds of damage, each of which happens to texts that are sent and stored. */
export const DAMAGES: readonly (readonly [string, Damage])[] = [
  ["bytes changed", withFlips],
  ["cut", cutAt],
  ["a part of a line gone", withoutPart],
];
