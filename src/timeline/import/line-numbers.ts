// The numbers that lines have in their file, for lines that are read in another order.

/** A queue of numbers. */
export class LineNumbers {
  /** Pairs: the number of a line, and how many lines with rising numbers follow, this one included. */
  private spans: number[] = [];
  private at = 0;
  private taken = 0;

  /** Queues the numbers of `count` lines that stand together, from `first` on. */
  add(first: number, count: number): void {
    if (this.at > 0 && this.at === this.spans.length) {
      this.spans = [];
      this.at = 0;
    }
    this.spans.push(first, count);
  }

  /** Takes the next number; 0 = there is none. */
  readonly next = (): number => {
    const [first = 0, count = 0] = [this.spans[this.at], this.spans[this.at + 1]];
    const number = first + this.taken;
    this.taken++;
    if (this.taken >= count) {
      this.at += 2;
      this.taken = 0;
    }
    return number;
  };
}
