// The least that a reader in JavaScript can do: one pass over the bytes, numbers in columns, and tables of integers that
// say who a kernel's pointer is and which call of a task is the last one. It checks nothing, takes every line for whole, in
// order and of one recording, makes no event, and no text. What an import's reader takes beyond it is what these cost.

import { eachLine } from "./parsers.js";

const ROWS = 1 << 15;
const ENTITIES = 1 << 18;
const TASKS = 1 << 22;
/** The columns before those of fields: of a field there are two, its low and its high word. */
const FIRST_FIELD = 7;
const FIELDS = 12;
const [SPACE, ZERO, COLON, EQUALS, LETTER_A, LETTER_X] = [32, 48, 58, 61, 97, 120];
const [PAREN, PAREN_END, BRACKET, BRACKET_END] = [40, 41, 91, 93];
const [NAME, SECONDS, FRACTION, CPU, PID, CALL, LINE] = [0, 1, 2, 3, 4, 5, 6];
/** The highest byte of the kernel's addresses. */
const KERNEL = 0xff;

const FIELD = /\w+=(?=0x[\da-f]|\d)/g;

/** Who has which kernel pointer: an open table. */
class Entities {
  count = 0;
  private readonly high = new Int32Array(ENTITIES);
  private readonly low = new Int32Array(ENTITIES);
  private readonly ids = new Int32Array(ENTITIES);

  idOf(high: number, low: number): number {
    let at = (Math.imul(low >>> 4, 0x9e3779b1) ^ high) & (ENTITIES - 1);
    while (this.ids[at] !== 0) {
      if (this.low[at] === low && this.high[at] === high) return this.ids[at] ?? 0;
      at = (at + 1) & (ENTITIES - 1);
    }
    this.high[at] = high;
    this.low[at] = low;
    return (this.ids[at] = ++this.count);
  }
}

/** Reads whole lines in the usual layout, `comm-pid [cpu] flags seconds.fraction: name: fields`. */
export class LeastReader {
  readonly entities = new Entities();
  lines = 0;
  private readonly columns = Array.from(
    { length: FIRST_FIELD + 2 * FIELDS },
    () => new Int32Array(ROWS),
  );
  /** The last line of each task that named a pointer. */
  private readonly calls = new Int32Array(TASKS);
  /** How many fields lines of a name have, by the hash of the name: learned from the first one. */
  private readonly fieldsOf = new Map<number, number>();
  private at = 0;
  private high = 0;
  private low = 0;
  private readonly text: Buffer;

  constructor(text: Buffer) {
    this.text = text;
  }

  run(): this {
    eachLine(this.text, (start, end) => {
      this.line(start, end);
    });
    return this;
  }

  private line(start: number, end: number): void {
    const { text } = this;
    const row = this.lines++ & (ROWS - 1);
    let bracket = start + 1;
    while (text[bracket] !== BRACKET) bracket++;
    this.put(PID, row, this.numberBefore(bracket));
    this.at = bracket + 1;
    this.put(CPU, row, this.decimal());
    this.past(BRACKET_END);
    this.at++;
    this.past(SPACE);
    while (text[this.at] === SPACE) this.at++;
    this.put(SECONDS, row, this.decimal());
    this.at++;
    this.put(FRACTION, row, this.decimal());
    this.at += 2;
    this.event(row, end);
    this.put(LINE, row, this.lines);
  }

  private event(row: number, end: number): void {
    const { text, calls } = this;
    const from = this.at;
    let name = 0;
    for (; text[this.at] !== COLON && this.at < end; this.at++)
      name = (Math.imul(name, 31) + (text[this.at] ?? 0)) | 0;
    if (text[this.at + 2] === PAREN) this.past(PAREN_END);
    const task = (this.columns[PID]?.[row] ?? 0) & (TASKS - 1);
    if (this.fields(row, end, this.countOf(name, from, end))) calls[task] = this.lines;
    this.put(NAME, row, name);
    this.put(CALL, row, calls[task] ?? 0);
  }

  /** Reads so many fields; does one of them name a pointer? */
  private fields(row: number, end: number, count: number): boolean {
    let hasPointer = false;
    for (let field = 0; field < count; field++) {
      while (this.text[this.at] !== EQUALS && this.at < end) this.at++;
      this.at++;
      this.value();
      const isPointer = this.high >>> 24 === KERNEL;
      if (isPointer) hasPointer = true;
      const low = isPointer ? this.entities.idOf(this.high, this.low) : this.low;
      this.put(FIRST_FIELD + 2 * field, row, low);
      this.put(FIRST_FIELD + 2 * field + 1, row, this.high);
    }
    return hasPointer;
  }

  /** The number that ends before a place, behind which there may be spaces. */
  private numberBefore(place: number): number {
    let at = place - 1;
    while (this.text[at] === SPACE) at--;
    let number = 0;
    for (let unit = 1; ; unit *= 10, at--) {
      const digit = (this.text[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return number;
      number += digit * unit;
    }
  }

  private countOf(name: number, from: number, to: number): number {
    const known = this.fieldsOf.get(name);
    if (known !== undefined) return known;
    const line = this.text.toString("latin1", from, to);
    const isText = line.startsWith("tracing_mark_write");
    const count = isText ? 0 : Math.min(FIELDS, line.match(FIELD)?.length ?? 0);
    this.fieldsOf.set(name, count);
    return count;
  }

  private past(byte: number): void {
    while (this.text[this.at] !== byte) this.at++;
    this.at++;
  }

  private decimal(): number {
    let value = 0;
    for (; ; this.at++) {
      const digit = (this.text[this.at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return value;
      value = (Math.imul(value, 10) + digit) | 0;
    }
  }

  private value(): void {
    const { text } = this;
    this.high = 0;
    if (text[this.at] !== ZERO || text[this.at + 1] !== LETTER_X) {
      this.low = this.decimal();
      return;
    }
    let [high, low] = [0, 0];
    for (this.at += 2; ; this.at++) {
      const byte = text[this.at] ?? 0;
      const digit = byte >= LETTER_A ? byte - LETTER_A + 10 : byte - ZERO;
      if (digit < 0 || digit > 15) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    this.high = high;
    this.low = low;
  }

  private put(column: number, row: number, value: number): void {
    const numbers = this.columns[column];
    if (numbers !== undefined) numbers[row] = value;
  }
}
