// Values of a table, hashed many at a time.

import { type Hash } from "node:crypto";
import { TWO_32 } from "../../base/words.js";
import { TAG, VALUE_BYTES, bytesOfValue, type Stored } from "../store/row-bytes.js";

const VALUES_AT_A_TIME = 4096;
const WORD_BYTES = 4;

/** Hashes values of other tables, many at a time: the bytes of each are those of `bytesOfValue`. */
export class ValueBytes {
  private readonly hash: Hash;
  private readonly bytes = Buffer.alloc(VALUES_AT_A_TIME * VALUE_BYTES);
  private used = 0;

  /** `hash` gets the bytes. */
  constructor(hash: Hash) {
    this.hash = hash;
  }

  /** Adds a value. `isText`: the blob is the bytes of a text. */
  put(value: Stored, isText: boolean): void {
    if (this.used === this.bytes.length) this.flush();
    if (typeof value === "bigint") {
      this.bytes[this.used] = TAG.integer;
      this.bytes.writeBigInt64LE(value, this.used + 1);
      this.used += VALUE_BYTES;
    } else {
      this.flush();
      this.hash.update(bytesOfValue(value, isText));
    }
  }

  /** Adds a safe integer, or NULL. */
  putNumber(value: number | null): void {
    if (this.used === this.bytes.length) this.flush();
    const { bytes, used } = this;
    bytes[used] = value === null ? TAG.null : TAG.integer;
    bytes.writeInt32LE((value ?? 0) | 0, used + 1);
    bytes.writeInt32LE(Math.floor((value ?? 0) / TWO_32), used + 1 + WORD_BYTES);
    this.used += VALUE_BYTES;
  }

  /** Hashes what was added. */
  flush(): void {
    this.hash.update(this.bytes.subarray(0, this.used));
    this.used = 0;
  }
}
