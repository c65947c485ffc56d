// The records of one CPU, in the order of its pages.
// Source: kernel/trace/ring_buffer.c, struct ring_buffer_event; src/kbuffer-parse.c of libtraceevent.

import { Damage } from "../file/damage.js";
import { type Missed, type Page } from "./page.js";
import { type PageOrder } from "./page-order.js";

const TYPE_BITS = 5;
const TYPE_MASK = 31;
/** Types above the last one that counts words of data. */
const TYPE_PADDING = 29;
const TYPE_TIME_EXTEND = 30;
const TYPE_TIME_STAMP = 31;
/** The upper part of a time extend counts 2^27 ticks. */
const EXTEND = 0x800_0000;
/** An absolute stamp has 59 bits; the upper five are those of the time before it. */
const STAMP_BITS = 59n;
const TEN_9 = 1_000_000_000;
/** A time extend of so many ticks (52 days) or more cannot be counted exactly, and is damage. */
const EXTEND_MAX = 2 ** 52;
/** The heads of all events: type, flags, preemption count, pid. */
const HEAD_BYTES = 8;

/** Stands at one record of a CPU after the other. */
export class CpuRecords {
  /** The CPU. */
  readonly cpu: number;
  /** The time of the record, in billions of ticks. */
  billions = 0;
  /** The remainder of that division. */
  rest = 0;
  /** The page that it stands in. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where its data begins. */
  start = 0;
  /** How many bytes it has. */
  length = 0;
  /** How many events were lost between the record before it and this one; null = none. */
  missed: Missed = null;
  private readonly pages: PageOrder;
  private readonly onDamage: (damage: Damage) => void;
  private page: Page | null = null;
  private at = 0;
  private end = 0;
  private limitBillions = Infinity;
  private limitRest = 0;

  /** Before the first record. `onDamage` is told of each place that cannot be read. */
  constructor(cpu: number, pages: PageOrder, onDamage: (damage: Damage) => void) {
    this.cpu = cpu;
    this.pages = pages;
    this.onDamage = onDamage;
  }

  /** Where the record stands in the file; where pages are compressed, their chunk. */
  get offset(): number {
    return this.placeOf(this.start);
  }

  /** Goes to the next record; false = there is none, and `missed` says what is lost behind the last one. */
  next(): boolean {
    this.missed = null;
    for (;;) {
      while (this.at < this.end) {
        if (!this.step()) continue;
        return true;
      }
      if (!this.nextPage()) {
        if (this.pages.isSkipping) this.missed = "unknown";
        return false;
      }
    }
  }

  private nextPage(): boolean {
    const placed = this.pages.next();
    if (placed === null) return false;
    const { page, next } = placed;
    this.page = page;
    this.view = page.view;
    this.at = page.begin;
    this.end = page.end;
    this.billions = page.stamp.billions;
    this.rest = page.stamp.rest;
    this.limitBillions = next === null ? Infinity : next.stamp.billions + 1;
    this.limitRest = next?.stamp.rest ?? 0;
    if (page.missed !== null) this.missed = this.missed === null ? page.missed : "unknown";
    if (placed.followsDamage) this.missed = "unknown";
    return true;
  }

  /** Reads what stands at `at`, and goes past it. Is it a record? What is damaged ends the page. */
  private step(): boolean {
    const { view, at, end } = this;
    if (at + 4 > end) return this.damaged("a record is cut there");
    const word = view.getUint32(at, true);
    const type = word & TYPE_MASK;
    const delta = word >>> TYPE_BITS;
    if (type !== 0 && type < TYPE_PADDING) return this.record(delta, at + 4, type * 4, type * 4);
    if (at + 8 > end)
      return type === TYPE_PADDING ? this.endPage() : this.damaged("a record is cut there");
    const second = view.getUint32(at + 4, true);
    if (type === 0) return this.record(delta, at + 8, second - 4, ((second - 1) & ~3) >>> 0);
    return this.special(type, delta, second);
  }

  private record(delta: number, start: number, length: number, step: number): boolean {
    const next = start + step;
    if (length < HEAD_BYTES || next > this.end)
      return this.damaged(`a record of ${length} bytes cannot be there`);
    this.add(delta);
    if (this.isBeyondNextPage())
      return this.damaged("the time of a record is behind that of the next page");
    this.start = start;
    this.length = length;
    this.at = next;
    return true;
  }

  /** Padding, and what only changes the time: no record. */
  private special(type: number, delta: number, second: number): boolean {
    if (type === TYPE_PADDING) {
      if (delta === 0) return this.endPage();
      if (second < 4 || second > this.end) return this.damaged(`padding of ${second} bytes`);
      this.add(delta);
      this.at += 4 + second;
      return false;
    }
    const extend = second * EXTEND + delta;
    if (type === TYPE_TIME_STAMP) this.setTime(second, delta);
    else if (extend > EXTEND_MAX) return this.damaged("the time goes on by more than 52 days");
    else if (type === TYPE_TIME_EXTEND) this.add(extend);
    this.at += 8;
    return false;
  }

  private add(delta: number): void {
    const rest = this.rest + delta;
    if (rest < TEN_9) {
      this.rest = rest;
      return;
    }
    this.billions += Math.floor(rest / TEN_9);
    this.rest = rest % TEN_9;
  }

  private setTime(upper: number, lower: number): void {
    const now = BigInt(this.billions) * BigInt(TEN_9) + BigInt(this.rest);
    const low = (BigInt(upper) * BigInt(EXTEND) + BigInt(lower)) & ((1n << STAMP_BITS) - 1n);
    const time = ((now >> STAMP_BITS) << STAMP_BITS) | low;
    this.billions = Number(time / BigInt(TEN_9));
    this.rest = Number(time % BigInt(TEN_9));
  }

  /** More than a second behind the page that comes next: a delta is damaged. */
  private isBeyondNextPage(): boolean {
    const { billions, limitBillions } = this;
    return billions > limitBillions || (billions === limitBillions && this.rest > this.limitRest);
  }

  private endPage(): boolean {
    this.at = this.end;
    return false;
  }

  private damaged(says: string): boolean {
    this.onDamage(new Damage(this.placeOf(this.at), `${says} (CPU ${this.cpu})`));
    this.pages.noteSkipped();
    return this.endPage();
  }

  private placeOf(at: number): number {
    const { page } = this;
    return page === null ? 0 : page.isPlain ? page.offset + at : page.offset;
  }
}
