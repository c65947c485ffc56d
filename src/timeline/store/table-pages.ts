// Rows as the pages of a small SQLite file, composed here so that SQLite copies them record by
// record instead of building each from bound values (page-file.ts says how that is used).
//
// Format: https://www.sqlite.org/fileformat2.html, section 1.6 (b-tree pages). Only what is needed: trees of two
// levels at most, no overflow pages.

import { stampToInteger } from "../../base/stamp.js";
import { highOf, lowOf } from "../../base/words.js";
import { RecordWriter } from "./record-writer.js";
import { type RowSink } from "./row-inserter.js";

/** The largest that SQLite has: 5,000 leaves under one root, so no tree grows a third level. */
export const PAGE_BYTES = 65_536;

const LEAF_HEADER_BYTES = 8;
const INTERIOR_HEADER_BYTES = 12;
const POINTER_BYTES = 2;
const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;
const VARINT_BYTES_MAX = 9;
const TWO_28 = 0x1000_0000;

/** Puts a finished page where it belongs; page numbers begin at 1. */
export type PutPage = (page: number, bytes: Buffer) => void;

/** Numbers the pages of one file. */
export interface Pages {
  /** Writes a page. */
  readonly put: PutPage;
  /** The number of a page that nothing uses yet. */
  readonly next: () => number;
}

/** The page that was finished last: it is written before another one is. */
const out = Buffer.alloc(PAGE_BYTES);

/** A page under construction: cells from its end downwards in the file, upwards here. */
class Page {
  readonly bytes = Buffer.alloc(PAGE_BYTES);
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

  /** The page as the file has it, until the next one is finished; `right` is an interior page's last child. Empty afterwards. */
  finish(type: number, right: number | null): Buffer {
    const { cells, used, starts } = this;
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

/** Composes the rows of one table with rowids into pages, as they come. */
export class TableImage implements RowSink {
  private readonly page = new Page();
  private readonly record: RecordWriter;
  private readonly cellBytesMax: number;
  private readonly root: number;
  private readonly pages: Pages;
  /** Leaves that are full, and the last rowid of each. */
  private readonly leaves: { readonly page: number; readonly last: number }[] = [];
  private rowid = 0;
  private recordStart = 0;
  /** Rows since the last `finishTree`. */
  rows = 0;

  /**
   * `columns`: of a row, its key included. `root`: the number of the tree's root page. `textUnits`: so many units of a
   * JavaScript string the texts of a row have together at most.
   */
  constructor(columns: number, root: number, pages: Pages, textUnits = 0) {
    this.record = new RecordWriter(columns, this.page.bytes);
    this.cellBytesMax = 2 * VARINT_BYTES_MAX + this.record.bytesMax(textUnits);
    this.root = root;
    this.pages = pages;
  }

  /** Begins a row. `key`, where given, is its first column and the table's INTEGER PRIMARY KEY. */
  beginRow(key?: number): void {
    if (!this.page.fits(this.cellBytesMax)) this.closeLeaf();
    this.rowid = key ?? this.rowid + 1;
    this.rows++;
    // One byte is left for the payload's length, which is seldom 128 or more.
    this.recordStart = putVarint(this.page.bytes, this.page.used + 1, this.rowid);
    this.record.beginRecord(this.recordStart);
    if (key !== undefined) this.record.null();
  }

  /** The next column: a safe integer, or NULL. */
  integer(value: number | null): void {
    if (value === null) this.record.null();
    else this.record.integer(value);
  }

  /** The next column: a 64-bit integer, from two signed 32-bit halves. */
  word(high: number, low: number): void {
    this.record.word(high, low);
  }

  /** The next column: a time stamp, billions * 10^9 + rest. */
  stamp(billions: number, rest: number): void {
    const value = stampToInteger(billions, rest);
    if (typeof value === "number") this.record.integer(value);
    else this.record.word(highOf(value), lowOf(value));
  }

  /** The next column: a text of at most TEXT_UNITS_MAX. */
  text(value: string): void {
    this.record.text(value);
  }

  /** Ends the row. Throws if a column is missing or one too many. */
  endRow(): void {
    const { page, recordStart } = this;
    let end = this.record.endRecord();
    const length = end - recordStart;
    if (length >= 0x80) {
      page.bytes.copyWithin(page.used + 2, page.used + 1, end);
      end++;
    }
    putVarint(page.bytes, page.used, length);
    page.close(end);
  }

  /** Puts the last pages of the tree in their places. The next row begins another tree. */
  finishTree(): void {
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
