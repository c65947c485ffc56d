// Values of a table, hashed many at a time.

import { type Hash } from "node:crypto";
import { TWO_32 } from "../../base/words.js";
import { TAG, VALUE_BYTES, bytesOfValue, type Stored } from "../store/row-bytes.js";
import { type PlainRow } from "./whole-numbers.js";

const VALUES_AT_A_TIME = 4096;
const WORD_BYTES = 4;

/** Texts of more digits are hardly words that stand in many rows. */
const WORD_DIGITS_MAX = 64;
const WORDS_MAX = 1024;

/** The bytes of texts, of which most stand in many rows. */
class WordBytes {
  private readonly known = new Map<string, Buffer>();

  /** The bytes of the text with these hexadecimal digits. */
  of(digits: string): Buffer {
    const known = this.known.get(digits);
    if (known !== undefined) return known;
    const bytes = bytesOfValue(Buffer.from(digits, "hex"), true);
    if (digits.length <= WORD_DIGITS_MAX && this.known.size < WORDS_MAX)
      this.known.set(digits, bytes);
    return bytes;
  }
}

/** Hashes values of other tables, many at a time: the bytes of each are those of `bytesOfValue`. */
export class ValueBytes {
  private readonly hash: Hash;
  private readonly bytes = Buffer.alloc(VALUES_AT_A_TIME * VALUE_BYTES);
  private readonly words = new WordBytes();
  private used = 0;

  /** `hash` gets the bytes. */
  constructor(hash: Hash) {
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

  /** Adds the values of a row. */
  putRow(row: PlainRow): void {
    for (const value of row)
      if (typeof value === "string") this.append(this.words.of(value));
      else this.putNumber(value);
  }

  /** Adds a safe integer, or NULL. */
  putNumber(value: number | null): void {
    this.reserve(VALUE_BYTES);
    const { bytes, used } = this;
    bytes[used] = value === null ? TAG.null : TAG.integer;
    bytes.writeInt32LE((value ?? 0) | 0, used + 1);
    bytes.writeInt32LE(Math.floor((value ?? 0) / TWO_32), used + 1 + WORD_BYTES);
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
