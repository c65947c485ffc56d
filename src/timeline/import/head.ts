// The first bytes of an input, kept until they are enough to tell what it is.

import { SNIFF_BYTES, type Sniffed } from "../../source/sniffed.js";

/** Keeps the first bytes. */
export class Head {
  private pieces: Buffer[] = [];
  private bytes = 0;
  private judged = 0;

  /** Adds a copy of the next bytes. */
  add(chunk: Buffer): void {
    this.pieces.push(Buffer.from(chunk));
    this.bytes += chunk.length;
  }

  /** Are they all that is asked for what an input is? */
  get isFull(): boolean {
    return this.bytes >= SNIFF_BYTES;
  }

  /** All bytes that were kept. */
  get whole(): Buffer {
    const whole = Buffer.concat(this.pieces);
    this.pieces = [whole];
    return whole;
  }

  /**
   * The whole lines so far, if there are twice as many bytes as when it was last asked: so often is it worth while to
   * judge them anew. null = not yet.
   */
  moreLines(): Buffer | null {
    if (this.bytes < 2 * this.judged) return null;
    const { whole } = this;
    const end = whole.lastIndexOf(10) + 1;
    if (end === 0) return null;
    this.judged = this.bytes;
    return whole.subarray(0, end);
  }
}

/** Do two judgements of a file say the same of it? */
export function saySame(one: Sniffed, other: Sniffed): boolean {
  return textOf(one) === textOf(other);
}

/** A prefix remembers the last number that it went past; that is no part of its form. */
function textOf(sniffed: Sniffed): string {
  return JSON.stringify(sniffed, (key, value: unknown) =>
    key === "lineNumber" ? undefined : value,
  );
}
