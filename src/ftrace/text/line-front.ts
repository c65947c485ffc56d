// Where a line begins: behind a byte order mark and the text that stands in front of each line of its file.

import { type LinePrefix } from "../../source/sniffed.js";
import { afterBom } from "./prefix.js";

const BOM_BEGIN = 0xef;

/** Goes past what stands in front of the lines of a file. */
export class LineFront {
  /** The numbers of the lines show that lines between them were left out. */
  hasSkipped = false;
  private readonly prefix: LinePrefix | null;
  private last: number | null = null;

  /** `prefix`: the text in front of each line; null = none. */
  constructor(prefix: LinePrefix | null) {
    this.prefix = prefix;
  }

  /** Where the line at [start, end) begins. A line without the prefix begins where it stands. */
  after(buffer: Buffer, start: number, end: number): number {
    const begin = buffer[start] === BOM_BEGIN ? afterBom(buffer, start) : start;
    if (this.prefix === null) return begin;
    const after = this.prefix.after(buffer, begin, end);
    if (after < 0) return begin;
    this.follow(this.prefix.lineNumber);
    return after;
  }

  private follow(number: number | null): void {
    if (number !== null && this.last !== null && number > this.last + 1) this.hasSkipped = true;
    this.last = number;
  }
}
