// A column of numbers that only grows, in pieces: none of it is copied when it grows, and no room waits beside it.

const PAGE_BITS = 12;
const PAGE_SIZE = 1 << PAGE_BITS;

type Numbers = Uint32Array | Float64Array;

/** Numbers by their places from 0. */
export class NumberColumn {
  private readonly pages: Numbers[] = [];
  private readonly array: new (length: number) => Numbers;

  /** `array`: what holds them, which says what numbers they can be. */
  constructor(array: new (length: number) => Numbers) {
    this.array = array;
  }

  /** The number at a place; 0 = none was set there. */
  at(place: number): number {
    return this.pages[place >>> PAGE_BITS]?.[place & (PAGE_SIZE - 1)] ?? 0;
  }

  /** Sets the number at a place that is at most one behind the last. */
  set(place: number, value: number): void {
    const page = (this.pages[place >>> PAGE_BITS] ??= new this.array(PAGE_SIZE));
    page[place & (PAGE_SIZE - 1)] = value;
  }
}
