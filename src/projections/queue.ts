// What the folds tell of a batch, kept until the batch is gone through once more.

import { KeptList } from "./kept-list.js";

/** Values in the order of the events that they were told of. */
export class Queue<Value> {
  private readonly values = new KeptList<Value>();
  private readonly seqs: number[] = [];
  private next = 0;

  /** `seq`: the event that the value was told of; it never falls. */
  push(value: Value, seq: number): void {
    this.seqs[this.values.size] = seq;
    this.values.push(value);
  }

  /** Hands over, once, what was told of events up to one. */
  upTo(seq: number, take: (value: Value, seq: number) => void): void {
    const { values, seqs } = this;
    if (values.size === 0) return;
    for (; this.next < values.size; this.next++) {
      const at = seqs[this.next] ?? 0;
      if (at > seq) return;
      take(values.at(this.next), at);
    }
    values.clear();
    this.next = 0;
  }
}
