// Numbers and texts of a file, one after another. All bytes are little-endian.

import { Damage } from "./damage.js";

/** Reads bytes in order, and says at which offset of the file they end too early. */
export class Words {
  private readonly bytes: Buffer;
  /** The offset of the first of them in the file. */
  private readonly base: number;
  /** Are they at this offset of the file, and not decompressed from there? */
  private readonly isPlain: boolean;
  private at = 0;

  /** `base`: where the bytes stand in the file; `isPlain`: they stand there as they are, and not compressed. */
  constructor(bytes: Buffer, base: number, isPlain = true) {
    this.bytes = bytes;
    this.base = base;
    this.isPlain = isPlain;
  }

  /** The offset in the file; of compressed bytes, that of the first. */
  get offset(): number {
    return this.isPlain ? this.base + this.at : this.base;
  }

  /** How many bytes were read. */
  get place(): number {
    return this.at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** A number of 16 bits; `what`: what it is, for messages. */
  u16(what: string): number {
    return this.take(2, what).readUInt16LE();
  }

  /** A number of 32 bits. */
  u32(what: string): number {
    return this.take(4, what).readUInt32LE();
  }

  /** A number of 64 bits that counts bytes. */
  size(what: string): number {
    const { offset } = this;
    const value = this.u64(what);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Damage(offset, `${what} is ${value}, more than a file can have`);
    return Number(value);
  }

  /** A number of 64 bits. */
  u64(what: string): bigint {
    return this.take(8, what).readBigUInt64LE();
  }

  /** A text that a zero ends. */
  text(what: string): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new Damage(this.offset, `${what} has no end`);
    const text = this.bytes.toString("latin1", this.at, end);
    this.at = end + 1;
    return text;
  }

  /** So many bytes as they are. */
  take(length: number, what: string): Buffer {
    if (length > this.left) throw new Damage(this.offset, `the file ends within ${what}`);
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  /** Goes past so many bytes. */
  skip(length: number, what: string): void {
    this.take(length, what);
  }
}
