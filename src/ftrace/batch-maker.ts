// Puts what is read into batches.

import { type TwinEvent } from "../domain/events/event.js";
import { type ReadBatch, type RejectedLine } from "../source/read-batch.js";

/** What is handed over with the events and rejected lines that were read meanwhile. */
export type Beside = Omit<ReadBatch, "events" | "rejected" | "isOpen">;

/** Collects events and rejected lines until there are enough for a batch. */
export class BatchMaker {
  private events: TwinEvent[] = [];
  private rejected: RejectedLine[] = [];
  /** Rows of this batch that were handed over already, as its first part. */
  private handed = 0;
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
    if (this.handed + this.events.length + this.rejected.length + more >= this.rows) this.flush();
  }

  /** Hands over what there is as the end of a batch. */
  flush(): void {
    const { rows, ...batch } = this.take();
    if (rows === 0 && this.handed === 0) return;
    this.handed = 0;
    this.onBatch({ ...batch, isOpen: false });
  }

  /** Hands over what there is, and leaves the batch open: where it ends is decided by its rows alone. */
  flushPart(): void {
    const { rows, ...batch } = this.take();
    if (rows === 0) return;
    this.handed += batch.events.length + batch.rejected.length + batch.headers.length;
    this.onBatch({ ...batch, isOpen: true });
  }

  private take(): Omit<ReadBatch, "isOpen"> & { readonly rows: number } {
    const { events, rejected } = this;
    this.events = [];
    this.rejected = [];
    const batch = { events, rejected, ...this.takeBeside() };
    const rows = Object.values(batch).reduce((sum, { length }) => sum + length, 0);
    return { ...batch, rows };
  }
}
