// 64-bit words without BigInt on the hot path: a pair of signed 32-bit integers (high, low).
// BigInt appears only at the edges: SQLite's 64-bit columns, and users of the library.

/** How many values 32 bits can have: one step of a word's high half. */
export const TWO_32 = 0x1_0000_0000;

/** A word as text: `0x` and 16 lower-case hexadecimal digits. */
export function hex64(high: number, low: number): string {
  return `0x${hex32(high)}${hex32(low)}`;
}

/** One half of a word as text: eight lower-case hexadecimal digits, without a prefix. */
export function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

/** The signed 64-bit integer that SQLite stores for a word: a number where that is exact, else a bigint. */
export function int64(high: number, low: number): number | bigint {
  const top = high | 0;
  return top >= -0x20_0000 && top < 0x20_0000
    ? top * TWO_32 + (low >>> 0)
    : (BigInt(top) << 32n) | BigInt(low >>> 0);
}

/** The word as an unsigned bigint, 0 to 2^64 - 1. */
export function bigintOf(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The high half of a 64-bit bigint (signed or unsigned), as a signed 32-bit integer. */
export function highOf(word: bigint): number {
  return Number((word >> 32n) & 0xffffffffn) | 0;
}

/** The low half of a 64-bit bigint (signed or unsigned), as a signed 32-bit integer. */
export function lowOf(word: bigint): number {
  return Number(word & 0xffffffffn) | 0;
}
