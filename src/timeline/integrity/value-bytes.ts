// Values of a table, hashed many at a time.

import { TWO_32 } from "../../base/words.js";
import { TAG, VALUE_BYTES, bytesOfValue, type Stored } from "../store/row-bytes.js";
import { type NumberRow } from "./whole-numbers.js";

const VALUES_AT_A_TIME = 4096;
const WORD_BYTES = 4;

/** Texts that stand one behind the other, taken off one by one. */
export class Texts {
  private readonly bytes: Buffer;
  private at = 0;

  /** `bytes`: all of them. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Do they have the lengths that stand in a column of rows? */
  isAsLongAs(rows: readonly NumberRow[], column: number): boolean {
    let sum = 0;
    for (const row of rows) sum += row[column] ?? 0;
    return sum === this.bytes.length;
  }

  /** The bytes of the next one, which has so many. */
  take(length: number): Buffer {
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

/** Takes bytes one after another: a hash, or what keeps them. What it gets is another's when the call is over. */
export interface ByteSink {
  /** Takes the next bytes. */
  update(bytes: Buffer): unknown;
}

/** Hashes values of other tables, many at a time: the bytes of each are those of `bytesOfValue`. */
export class ValueBytes {
  private readonly hash: ByteSink;
  private readonly bytes = Buffer.alloc(VALUES_AT_A_TIME * VALUE_BYTES);
  private used = 0;

  /** `hash` gets the bytes. */
  constructor(hash: ByteSink) {
    this.hash = hash;
  }

  /** Adds a value. `isText`: the blob is the bytes of a text. */
  put(value: Stored, isText: boolean): void {
    if (typeof value === "bigint") {
      this.reserve(VALUE_BYTES);
      this.bytes[this.used] = TAG.integer;
      this.bytes.writeBigInt64LE(value, this.used + 1);
      this.used += VALUE_BYTES;
    } else if (value === null) this.putNumber(null);
    else this.append(bytesOfValue(value, isText));
  }

  /** Adds the values of a row; `texts`: by the place of a column, those whose lengths stand there. */
  putRow(row: NumberRow, texts: readonly (Texts | undefined)[]): void {
    for (let i = 0; i < row.length; i++) {
      const value = row[i] ?? null;
      const of = texts[i];
      if (of === undefined || value === null) this.putNumber(value);
      else this.putText(of.take(value));
    }
  }

  private putText(text: Buffer): void {
    this.putTagged(TAG.text, text.length);
    this.append(text);
  }

  /** Adds a safe integer, or NULL. */
  putNumber(value: number | null): void {
    this.putTagged(value === null ? TAG.null : TAG.integer, value ?? 0);
  }

  private putTagged(tag: number, value: number): void {
    this.reserve(VALUE_BYTES);
    const { bytes, used } = this;
    bytes[used] = tag;
    bytes.writeInt32LE(value | 0, used + 1);
    bytes.writeInt32LE(Math.floor(value / TWO_32), used + 1 + WORD_BYTES);
    this.used += VALUE_BYTES;
  }

  /** A text of any length: most are short, and a call of the hash for each would take longer than all else. */
  private append(encoded: Buffer): void {
    this.reserve(encoded.length);
    if (encoded.length > this.bytes.length) this.hash.update(encoded);
    else this.used += encoded.copy(this.bytes, this.used);
  }

  /** Makes room for so many bytes, where there can be so many. */
  private reserve(count: number): void {
    if (this.used + count > this.bytes.length) this.flush();
  }

  /** Hashes what was added. */
  flush(): void {
    this.hash.update(this.bytes.subarray(0, this.used));
    this.used = 0;
  }
}
