// Where fields of a 128-bit entry stand in four rows of 32 bits. It knows no field: the layout comes with the data.

import { type BitField } from "../pure/answers.js";

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
  /** The part holds the field's name: the widest one of its piece. */
  readonly isNamed: boolean;
  /** The part holds the field's value too: the widest one of all its pieces. */
  readonly isMain: boolean;
}

/** Bits in a row. */
export const ROW = 32;

/** The parts of fields, from the highest bit down. */
export function segments(bits: readonly BitField[]): readonly Segment[] {
  const parts = [...bits]
    .sort((a, b) => b.high - a.high)
    .flatMap((field) => {
      const own = partsOf(field);
      const most = Math.max(...own.map(({ width }) => width));
      const widest = own.findIndex(({ width }) => width === most);
      return own.map((part, index) => ({ ...part, field, isNamed: index === widest }));
    });
  const widest = new Map<string, (typeof parts)[number]>();
  for (const part of parts)
    if (part.width > (widest.get(part.field.field)?.width ?? 0)) widest.set(part.field.field, part);
  return parts.map((part) => ({ ...part, isMain: widest.get(part.field.field) === part }));
}

interface Part {
  readonly row: number;
  readonly column: number;
  readonly width: number;
  readonly high: number;
}

function partsOf({ high, low }: BitField): readonly Part[] {
  const parts: Part[] = [];
  for (let top = high; top >= low;) {
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

/** Where a field's name stands: above or below its box, from a place in pixels. */
export interface NamePlace {
  /** Above the box or below it. */
  readonly side: "above" | "below";
  /** The first pixel. */
  readonly left: number;
}

/** Pixels between names. */
const APART = 6;

/**
 * Places the names of a row, from the left: in the middle above the box, else below it, else beginning at the box, so
 * that none collide. `widthOf` is the width of a part's name in pixels, `cell` that of a bit.
 */
export function namePlaces(
  row: readonly Segment[],
  cell: number,
  widthOf: (part: Segment) => number,
): ReadonlyMap<Segment, NamePlace> {
  const ends = { above: -Infinity, below: -Infinity };
  const places = new Map<Segment, NamePlace>();
  for (const part of row.filter((each) => each.isNamed && !isReserved(each.field))) {
    const width = widthOf(part);
    const middle = (part.column + part.width / 2) * cell - width / 2;
    const start = part.column * cell;
    const tries = [
      ...([
        ["above", middle],
        ["below", middle],
        ["above", start],
        ["below", start],
      ] as const),
    ];
    const [side, left] =
      tries.find(([at, x]) => x >= ends[at] + APART) ?? (["below", ends.below + APART] as const);
    ends[side] = left + width;
    places.set(part, { side, left });
  }
  return places;
}
