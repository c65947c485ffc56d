// Whole numbers in as few bytes as they need: seven bits in each byte, the lowest first, and a bit that says that more
// follow.

const SIZE_FIRST = 16;
/** A safe integer takes so many bytes at most. */
const BYTES_MAX = 8;
const NO_BYTES = new Uint8Array(0);
const MORE = 0x80;
const INT32_MAX = 0x7fff_ffff;

/** Collects numbers. */
export class VarintWriter {
  private bytes = NO_BYTES;
  private length = 0;

  /** Adds a safe integer that is not negative. */
  put(value: number): void {
    if (this.length + BYTES_MAX > this.bytes.length) this.grow();
    let rest = value;
    for (; rest > INT32_MAX; rest = Math.floor(rest / MORE))
      this.bytes[this.length++] = (rest % MORE) | MORE;
    // Bits of such a number are several times faster.
    for (; rest >= MORE; rest >>= 7) this.bytes[this.length++] = (rest & (MORE - 1)) | MORE;
    this.bytes[this.length++] = rest;
  }

  /** Adds an integer that may be negative and is below 2^52. */
  putSigned(value: number): void {
    this.put(withoutSign(value));
  }

  /** The bytes of all numbers so far. They change with the next one. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** Takes out all numbers. */
  clear(): void {
    this.length = 0;
  }

  private grow(): void {
    const larger = new Uint8Array(Math.max(SIZE_FIRST, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

/** Reads the numbers of a VarintWriter in their order. */
export class VarintReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  /** `bytes`: what the writer has written. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Is there no further number? */
  get isDone(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The next number. */
  get(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.bytes[this.at++] ?? 0;
      if (byte < MORE) return value + byte * unit;
      value += (byte - MORE) * unit;
      unit *= MORE;
    }
  }

  /** The next number that `putSigned` has added. */
  getSigned(): number {
    return withSign(this.get());
  }
}

/** A number that is not negative for each integer: 0, -1, 1, -2 and so on. */
export function withoutSign(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** The inverse of `withoutSign`. */
export function withSign(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
