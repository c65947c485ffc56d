// Rows as the pages of a small SQLite file, composed here so that SQLite copies them record by
// record instead of building each from bound values (scratch.ts says how that is used).
//
// Format: https://www.sqlite.org/fileformat2.html, sections 1.6 (b-tree pages) and 2.1 (records).
// Only what is needed: integers and NULL, trees of two levels at most, no overflow pages.

import { stampToInteger } from "../../base/stamp.js";
import { TWO_32, highOf, lowOf } from "../../base/words.js";

/** The largest that SQLite has: 5,000 leaves under one root, so no tree grows a third level. */
export const PAGE_BYTES = 65_536;

const LEAF_HEADER_BYTES = 8;
const INTERIOR_HEADER_BYTES = 12;
const POINTER_BYTES = 2;
const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;
const VARINT_BYTES_MAX = 9;
const INT_BYTES_MAX = 8;
const TWO_28 = 0x1000_0000;

/** Puts a finished page where it belongs; page numbers begin at 1. */
export type PutPage = (page: number, bytes: Buffer) => void;

/** Numbers the pages of one file. */
export interface Pages {
  readonly put: PutPage;
  /** The number of a page that nothing uses yet. */
  readonly next: () => number;
}

/** A page under construction: cells from its end downwards in the file, upwards here. */
class Page {
  readonly bytes = Buffer.alloc(PAGE_BYTES);
  private readonly out = Buffer.alloc(PAGE_BYTES);
  private readonly starts = new Uint16Array(PAGE_BYTES / 4);
  cells = 0;
  /** Bytes of the cells. */
  used = 0;

  /** Is there room for a cell of so many bytes? The interior header is the larger one. */
  fits(bytes: number): boolean {
    const pointers = POINTER_BYTES * (this.cells + 1);
    return INTERIOR_HEADER_BYTES + pointers + this.used + bytes <= PAGE_BYTES;
  }

  /** The cell at `used` ends at `end`. */
  close(end: number): void {
    this.starts[this.cells++] = this.used;
    this.used = end;
  }

  /** The page as the file has it; `right` is an interior page's last child. Empty afterwards. */
  finish(type: number, right: number | null): Buffer {
    const { out, cells, used, starts } = this;
    const header = right === null ? LEAF_HEADER_BYTES : INTERIOR_HEADER_BYTES;
    const content = PAGE_BYTES - used;
    out.fill(0, 0, content);
    out[0] = type;
    out.writeUInt16BE(cells, 3);
    // 65,536, the end of an empty page, is written as 0.
    out.writeUInt16BE(content % PAGE_BYTES, 5);
    if (right !== null) out.writeUInt32BE(right, 8);
    for (let i = 0; i < cells; i++)
      out.writeUInt16BE(content + (starts[i] ?? 0), header + POINTER_BYTES * i);
    out.set(this.bytes.subarray(0, used), content);
    this.cells = 0;
    this.used = 0;
    return out;
  }
}

/** Writes one record at a time into a page: a header of serial types, then the values. */
class RecordWriter {
  private readonly columns: number;
  private bytes: Buffer;
  private start = 0;
  private type = 0;
  private at = 0;

  constructor(columns: number, bytes: Buffer) {
    this.columns = columns;
    this.bytes = bytes;
  }

  /** The most bytes that a record can have. */
  get bytesMax(): number {
    return 1 + this.columns * (1 + INT_BYTES_MAX);
  }

  begin(start: number): void {
    this.start = start;
    this.bytes[start] = this.columns + 1;
    this.type = start + 1;
    this.at = start + 1 + this.columns;
  }

  /** Where the record ends. Throws where it lacks columns or has too many. */
  end(): number {
    if (this.type !== this.start + 1 + this.columns)
      throw new Error(`a row of ${this.type - this.start - 1} columns, not ${this.columns}`);
    return this.at;
  }

  null(): void {
    this.bytes[this.type++] = 0;
  }

  /** A safe integer. */
  integer(value: number): void {
    if ((value | 0) === value) this.int32(value);
    else if (Number.isSafeInteger(value)) this.wide(Math.floor(value / TWO_32) | 0, value | 0);
    else throw new Error(`${value} is not an exact integer`);
  }

  /** A 64-bit integer from two 32-bit halves. */
  word(high: number, low: number): void {
    if (high === low >> 31) this.int32(low);
    else this.wide(high, low);
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

/** The rows of one table with rowids, composed as they come. */
export class TableImage {
  private readonly page = new Page();
  private readonly record: RecordWriter;
  private readonly cellBytesMax: number;
  private readonly root: number;
  private readonly pages: Pages;
  /** Leaves that are full, and the last rowid of each. */
  private readonly leaves: { readonly page: number; readonly last: number }[] = [];
  private rowid = 0;
  private recordStart = 0;
  /** Rows since the last `finish`. */
  rows = 0;

  constructor(columns: number, root: number, pages: Pages) {
    this.record = new RecordWriter(columns, this.page.bytes);
    this.cellBytesMax = 2 * VARINT_BYTES_MAX + this.record.bytesMax;
    this.root = root;
    this.pages = pages;
  }

  /** Begins a row. `key`, where given, is its first column and the table's INTEGER PRIMARY KEY. */
  begin(key?: number): void {
    if (!this.page.fits(this.cellBytesMax)) this.closeLeaf();
    this.rowid = key ?? this.rowid + 1;
    this.rows++;
    // One byte is left for the payload's length, which is seldom 128 or more.
    this.recordStart = putVarint(this.page.bytes, this.page.used + 1, this.rowid);
    this.record.begin(this.recordStart);
    if (key !== undefined) this.record.null();
  }

  integer(value: number | null): void {
    if (value === null) this.record.null();
    else this.record.integer(value);
  }

  word(high: number, low: number): void {
    this.record.word(high, low);
  }

  /** A time stamp: billions * 10^9 + rest. */
  stamp(billions: number, rest: number): void {
    const value = stampToInteger(billions, rest);
    if (typeof value === "number") this.record.integer(value);
    else this.record.word(highOf(value), lowOf(value));
  }

  end(): void {
    const { page, recordStart } = this;
    let end = this.record.end();
    const length = end - recordStart;
    if (length >= 0x80) {
      page.bytes.copyWithin(page.used + 2, page.used + 1, end);
      end++;
    }
    putVarint(page.bytes, page.used, length);
    page.close(end);
  }

  /** Completes the tree; the next row begins another one. */
  finish(): void {
    const { page, leaves, pages, root } = this;
    if (leaves.length === 0) pages.put(root, page.finish(TABLE_LEAF, null));
    else {
      this.closeLeaf();
      const right = leaves.pop()?.page ?? 0;
      for (const leaf of leaves) {
        page.bytes.writeUInt32BE(leaf.page, page.used);
        page.close(putVarint(page.bytes, page.used + 4, leaf.last));
      }
      pages.put(root, page.finish(TABLE_INTERIOR, right));
      leaves.length = 0;
    }
    this.rowid = 0;
    this.rows = 0;
  }

  private closeLeaf(): void {
    const { pages, leaves, rowid } = this;
    const page = pages.next();
    pages.put(page, this.page.finish(TABLE_LEAF, null));
    leaves.push({ page, last: rowid });
  }
}

function put32(bytes: Buffer, at: number, value: number): number {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** A number of 0 to 2^53 - 1, seven bits a byte, the highest first. */
function putVarint(bytes: Buffer, start: number, value: number): number {
  if (value < 0x80) {
    bytes[start] = value;
    return start + 1;
  }
  let length = 2;
  for (let rest = Math.floor(value / 0x4000); rest > 0; rest = Math.floor(rest / 0x80)) length++;
  let rest = value;
  for (let at = start + length - 1; at >= start; at--) {
    bytes[at] = (rest & 0x7f) | (at === start + length - 1 ? 0 : 0x80);
    rest = rest < TWO_28 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  return start + length;
}
