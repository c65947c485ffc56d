// What the folds tell of a batch, kept until the batch is gone through once more.

/** Values in the order of the events that they were told of. */
export class Queue<Value> {
  private readonly values: Value[] = [];
  private readonly seqs: number[] = [];
  private next = 0;

  /** `seq`: the event that the value was told of; it never falls. */
  push(value: Value, seq: number): void {
    this.values.push(value);
    this.seqs.push(seq);
  }

  /** Hands over, once, what was told of events up to one. */
  upTo(seq: number, take: (value: Value, seq: number) => void): void {
    const { values, seqs } = this;
    if (values.length === 0) return;
    for (; this.next < values.length; this.next++) {
      const at = seqs[this.next] ?? 0;
      if (at > seq) return;
      take(values[this.next] as Value, at);
    }
    values.length = 0;
    seqs.length = 0;
    this.next = 0;
  }
}
