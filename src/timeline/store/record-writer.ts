// One row as SQLite's record format has it.
//
// Format: https://www.sqlite.org/fileformat2.html, section 2.1. Only what is needed: integers, NULL and short texts, at
// most 126 columns.

import { TWO_32 } from "../../base/words.js";

const INT_BYTES_MAX = 8;
/** The type of a text of no bytes; each byte more adds 2. */
const TEXT = 13;
/** From here on the type of a text takes two bytes. */
const TWO_BYTES = 0x80;
/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const UTF8_BYTES_MAX = 3;

/** A longer text, in units of a JavaScript string, does not go into a record: its type could take three bytes. */
export const TEXT_UNITS_MAX = 2048;

/** Writes one record at a time into a page: a header of serial types, then the values. */
export class RecordWriter {
  private readonly columns: number;
  private readonly bytes: Buffer;
  private start = 0;
  private type = 0;
  private at = 0;
  /** Bytes that types take beyond one each. */
  private typeBytes = 0;

  /** `bytes`: the page. */
  constructor(columns: number, bytes: Buffer) {
    this.columns = columns;
    this.bytes = bytes;
  }

  /** The most bytes that a record can have whose texts have so many units together. */
  bytesMax(textUnits: number): number {
    return 1 + this.columns * (2 + INT_BYTES_MAX) + UTF8_BYTES_MAX * textUnits;
  }

  /** Begins the record at byte `start` of the page. */
  beginRecord(start: number): void {
    this.start = start;
    this.bytes[start] = this.columns + 1;
    this.type = start + 1;
    this.at = start + 1 + this.columns;
    this.typeBytes = 0;
  }

  /** Ends the record and returns the byte behind it. Throws if a column is missing or one too many. */
  endRecord(): number {
    const { start, type, typeBytes, columns } = this;
    const given = type - start - 1 - typeBytes;
    if (given !== columns) throw new Error(`a row of ${given} columns, not ${columns}`);
    this.bytes[start] = type - start;
    return this.at;
  }

  /** The next column is NULL. */
  null(): void {
    this.bytes[this.type++] = 0;
  }

  /** The next column is a safe integer. Throws for any other number. */
  integer(value: number): void {
    if ((value | 0) === value) this.int32(value);
    else if (Number.isSafeInteger(value)) this.wide(Math.floor(value / TWO_32) | 0, value | 0);
    else throw new Error(`${value} is not an exact integer`);
  }

  /** The next column is a 64-bit integer, from two signed 32-bit halves. */
  word(high: number, low: number): void {
    if (high === low >> 31) this.int32(low);
    else this.wide(high, low);
  }

  /** The next column is a text of at most TEXT_UNITS_MAX. */
  text(value: string): void {
    const { bytes } = this;
    const length = bytes.write(value, this.at);
    const type = TEXT + 2 * length;
    if (type >= TWO_BYTES) {
      // One byte was left for each type: the values move up for one that takes two.
      const values = this.start + 1 + this.columns + this.typeBytes++;
      bytes.copyWithin(values + 1, values, this.at + length);
      bytes[this.type++] = (type >> 7) | TWO_BYTES;
      this.at++;
    }
    bytes[this.type++] = type & (TWO_BYTES - 1);
    this.at += length;
  }

  private int32(value: number): void {
    const { bytes } = this;
    let { at } = this;
    // Serial types 1 to 4 are integers of as many bytes; 8 and 9 are 0 and 1 without any.
    let type = 4;
    if (value === 0) type = 8;
    else if (value === 1) type = 9;
    else if ((value << 24) >> 24 === value) {
      type = 1;
      bytes[at++] = value;
    } else if ((value << 16) >> 16 === value) {
      type = 2;
      bytes[at++] = value >> 8;
      bytes[at++] = value;
    } else if ((value << 8) >> 8 === value) {
      type = 3;
      bytes[at++] = value >> 16;
      bytes[at++] = value >> 8;
      bytes[at++] = value;
    } else {
      at = put32(bytes, at, value);
    }
    bytes[this.type++] = type;
    this.at = at;
  }

  /** Serial type 5 has 6 bytes, 6 has 8. */
  private wide(high: number, low: number): void {
    const { bytes } = this;
    let { at } = this;
    const isSix = (high << 16) >> 16 === high;
    if (isSix) {
      bytes[at++] = high >> 8;
      bytes[at++] = high;
    } else at = put32(bytes, at, high);
    this.at = put32(bytes, at, low);
    bytes[this.type++] = isSix ? 5 : 6;
  }
}

function put32(bytes: Buffer, at: number, value: number): number {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
  return at + 4;
}
