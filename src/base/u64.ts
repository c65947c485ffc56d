// 64-bit words without BigInt on the hot path: a pair of signed 32-bit integers (high, low).
// BigInt appears only at the edges (SQLite's 64-bit columns, library users).

const TWO_32 = 0x1_0000_0000;
const TEN_9 = 1_000_000_000;
/** Times below this many billions are exact as a JS number (2^53 / 10^9). */
const EXACT_BILLIONS = 9_007_199;

/** `0x` and 16 lower-case digits. */
export function hex64(high: number, low: number): string {
  return `0x${hex32(high)}${hex32(low)}`;
}

/** Eight lower-case digits, no prefix. */
export function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

/** The signed 64-bit integer that SQLite stores for a word: a number where exact, else a bigint. */
export function int64(high: number, low: number): number | bigint {
  const top = high | 0;
  return top >= -0x20_0000 && top < 0x20_0000
    ? top * TWO_32 + (low >>> 0)
    : (BigInt(top) << 32n) | BigInt(low >>> 0);
}

/** The word as an unsigned bigint. */
export function bigintOf(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** High half, as a signed 32-bit integer, of a (signed or unsigned) 64-bit bigint. */
export function highOf(word: bigint): number {
  return Number((word >> 32n) & 0xffffffffn) | 0;
}

/** Low half, as a signed 32-bit integer. */
export function lowOf(word: bigint): number {
  return Number(word & 0xffffffffn) | 0;
}

/**
 * A time stamp as billions + rest, so that 64-bit counters stay exact: value = billions * 10^9 +
 * rest, in nanoseconds or, for a counter clock, in ticks.
 */
export interface Stamp {
  readonly billions: number;
  readonly rest: number;
}

/** The integer that SQLite stores for a time stamp. */
export function stampToInteger(billions: number, rest: number): number | bigint {
  return billions < EXACT_BILLIONS
    ? billions * TEN_9 + rest
    : BigInt(billions) * 1_000_000_000n + BigInt(rest);
}

export function stampOf(value: bigint | number): Stamp {
  if (typeof value === "number") {
    return { billions: Math.floor(value / TEN_9), rest: value % TEN_9 };
  }
  return { billions: Number(value / 1_000_000_000n), rest: Number(value % 1_000_000_000n) };
}

/** Decimal text of a time stamp. */
export function stampText(billions: number, rest: number): string {
  return billions === 0 ? String(rest) : `${billions}${String(rest).padStart(9, "0")}`;
}
