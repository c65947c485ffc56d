// Where a line begins: behind a byte order mark and the text that stands in front of each line of its file; and its text,
// where it holds that in another form.

import { type LinePrefix } from "../../source/sniffed.js";
import { type FrontWatch, type LineSort, type TextLayout } from "./layout.js";
import { afterBom } from "./prefix.js";

const BOM_BEGIN = 0xef;

/** Goes past what stands in front of the lines of a file. */
export class LineFront {
  /** The bytes that the text of the line entered last is in. */
  buffer: Buffer = Buffer.alloc(0);
  /** Where it begins. */
  start = 0;
  /** The offset after it. */
  end = 0;
  /** The numbers of the lines show that lines between them were left out. */
  hasSkipped = false;
  /** Whose the line entered last is. */
  sort: LineSort = "own";
  /** How many lines began with a byte order mark. */
  marks = 0;
  private readonly watch: FrontWatch | null;
  private readonly prefix: LinePrefix | null;
  private readonly unwrap: TextLayout["unwrap"];
  private last: number | null = null;

  /** `prefix`: the text in front of each line; null = none. */
  constructor(prefix: LinePrefix | null, layout: Pick<TextLayout, "unwrap" | "newWatch">) {
    this.prefix = prefix;
    this.unwrap = layout.unwrap;
    this.watch = layout.newWatch?.() ?? null;
  }

  /** The text of the line entered last is an event's. */
  noteEvent(): void {
    this.watch?.noteEntry();
  }

  /** Goes to the text of the line at [start, end). A line without the prefix begins where it stands. */
  enter(buffer: Buffer, start: number, end: number): void {
    const begin = this.after(buffer, start, end);
    if (this.watch !== null) this.sort = this.watch.follow(buffer, start, begin, end);
    if (this.unwrap === undefined) {
      this.buffer = buffer;
      this.start = begin;
      this.end = end;
    } else Object.assign(this, this.unwrap(buffer, begin, end));
  }

  private after(buffer: Buffer, start: number, end: number): number {
    const begin = buffer[start] === BOM_BEGIN ? afterBom(buffer, start) : start;
    if (begin > start) this.marks++;
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
