// A map by whole numbers that come close behind one another, such as row numbers and host IRQs: a long recording has tens
// of thousands of them in dozens of maps, and in a Map each takes fifty bytes.

const PAGE_SIZE = 64;

/** Values by number, in no order. Where numbers are close, one takes eight bytes. */
export class RowMap<Value extends object | number> {
  private readonly pages = new Map<number, (Value | undefined)[]>();
  private last: (Value | undefined)[] | undefined;
  private lastPage = NaN;

  /** The value of a number; undefined = it has none. */
  get(number: number): Value | undefined {
    const page = Math.floor(number / PAGE_SIZE);
    return this.pageAt(page)?.[number - page * PAGE_SIZE];
  }

  /** Sets the value of a number. */
  set(number: number, value: Value): void {
    const page = Math.floor(number / PAGE_SIZE);
    (this.pageAt(page) ?? this.newPage(page))[number - page * PAGE_SIZE] = value;
  }

  /** Has a number a value? */
  has(number: number): boolean {
    return this.get(number) !== undefined;
  }

  /** Takes out all values. */
  clear(): void {
    this.pages.clear();
    this.last = undefined;
    this.lastPage = NaN;
  }

  /** Numbers that are asked for one after another are mostly on one page. */
  private pageAt(page: number): (Value | undefined)[] | undefined {
    if (page !== this.lastPage) {
      this.last = this.pages.get(page);
      this.lastPage = page;
    }
    return this.last;
  }

  private newPage(page: number): (Value | undefined)[] {
    const made = new Array<Value | undefined>(PAGE_SIZE).fill(undefined);
    this.pages.set(page, made);
    this.last = made;
    return made;
  }
}
