// Puts what is read into batches.

import { type TwinEvent } from "../domain/events/event.js";
import { type ReadBatch, type RejectedLine } from "./read-batch.js";

/** What is handed over with the events and rejected lines that were read meanwhile. */
export type Beside = Omit<ReadBatch, "events" | "rejected">;

/** Collects events and rejected lines until there are enough for a batch. */
export class BatchMaker {
  private events: TwinEvent[] = [];
  private rejected: RejectedLine[] = [];
  private readonly rows: number;
  private readonly takeBeside: () => Beside;
  private readonly onBatch: (batch: ReadBatch) => void;

  /** `rows`: of a batch; `takeBeside` hands over what was read besides, each thing once. */
  constructor(rows: number, takeBeside: () => Beside, onBatch: (batch: ReadBatch) => void) {
    this.rows = rows;
    this.takeBeside = takeBeside;
    this.onBatch = onBatch;
  }

  /** Takes an event. */
  event(event: TwinEvent): void {
    this.events.push(event);
  }

  /** Takes a rejected line. */
  reject(line: RejectedLine): void {
    this.rejected.push(line);
  }

  /** Hands a batch over if it is full. `more`: rows that are handed over besides. */
  flushIfFull(more: number): void {
    if (this.events.length + this.rejected.length + more >= this.rows) this.flush();
  }

  /** Hands over what there is. */
  flush(): void {
    const { events, rejected } = this;
    const batch = { events, rejected, ...this.takeBeside() };
    if (Object.values(batch).every((rows) => rows.length === 0)) return;
    this.events = [];
    this.rejected = [];
    this.onBatch(batch);
  }
}
