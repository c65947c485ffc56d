// Where fields of a 128-bit entry stand in four rows of 32 bits. It knows no field: the layout comes with the data.

import { type BitField } from "../data/types.js";

/** A field's part in one row. */
export interface Segment {
  /** The field. */
  readonly field: BitField;
  /** The row from the top, 0 to 3. */
  readonly row: number;
  /** The leftmost column, 0 to 31. */
  readonly column: number;
  /** How many bits. */
  readonly width: number;
  /** The highest bit of the part. */
  readonly high: number;
  /** The part holds the field's name: the widest one. */
  readonly isNamed: boolean;
}

/** Bits in a row. */
export const ROW = 32;

/** The parts of fields, from the highest bit down. */
export function segments(bits: readonly BitField[]): readonly Segment[] {
  return [...bits]
    .sort((a, b) => b.high - a.high)
    .flatMap((field) => {
      const parts = partsOf(field);
      const widest = parts.reduce((best, part) => (part.width > best.width ? part : best), parts[0] ?? null_);
      return parts.map((part) => ({ ...part, field, isNamed: part === widest }));
    });
}

const null_ = { row: 0, column: 0, width: 0, high: 0 };

function partsOf({ high, low }: BitField): readonly (typeof null_)[] {
  const parts: (typeof null_)[] = [];
  for (let top = high; top >= low; ) {
    const end = Math.max(low, Math.floor(top / ROW) * ROW);
    const row = 3 - Math.floor(top / ROW);
    parts.push({ row, column: ROW - 1 - (top % ROW), width: top - end + 1, high: top });
    top = end - 1;
  }
  return parts;
}

/** Is it a field without a name? */
export function isReserved({ field }: BitField): boolean {
  return /^(?:reserved|rsvd|ignored|zero)/i.test(field);
}

/** The bit of a 128-bit value in two words, `0` or `1`; null = the words are not known. */
export function bitOf(words: Words | null, bit: number): "0" | "1" | null {
  if (words === null) return null;
  const word = bit >= 64 ? words.hi : words.lo;
  return (word >> BigInt(bit % 64)) & 1n ? "1" : "0";
}

/** The value of a field. */
export function valueOf({ hi, lo }: Words, { high, low }: BitField): bigint {
  const all = (hi << 64n) | lo;
  return (all >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n);
}

/** The two words of an entry. */
export interface Words {
  /** Bits 127 to 64. */
  readonly hi: bigint;
  /** Bits 63 to 0. */
  readonly lo: bigint;
}

/** Words from their text; null = not known. */
export function wordsOf(hi: string | null, lo: string | null): Words | null {
  return hi === null || lo === null ? null : { hi: BigInt(hi), lo: BigInt(lo) };
}

/** Name lines: wide fields stand above, narrow ones alternate above and below so that none collide. */
export function sideOf(row: readonly Segment[], segment: Segment): "above" | "below" {
  const narrow = row.filter((each) => each.isNamed && each.width < 5 && !isReserved(each.field));
  const place = narrow.indexOf(segment);
  return place >= 0 && place % 2 === 1 ? "below" : "above";
}
