// One event as a row of the table `event`, and one return as a row of `call_return`.

import { type CallReturn } from "../../domain/events/event.js";
import { type StoredEvent } from "../../domain/events/stored-event.js";
import { type RowSink } from "./row-inserter.js";

/** Hands one event over as a row, in the order of EVENT_COLUMNS (row-bytes.ts). */
export function putEventRow(row: RowSink, recording: number, e: StoredEvent): void {
  row.beginRow(e.seq);
  row.integer(recording);
  row.integer(e.line);
  row.stamp(e.billions, e.rest);
  row.integer(e.cpu);
  row.integer(e.task);
  row.integer(e.kind);
  row.integer(e.vm);
  row.integer(e.vcpu);
  row.integer(e.segment);
  row.integer(e.devid);
  row.integer(e.irte_index);
  row.integer(e.gsi);
  row.integer(e.host_irq);
  row.integer(e.cause);
  row.integer(e.cause_seq);
  if (e.words > 0) row.word(e.loH, e.loL);
  else row.integer(null);
  if (e.words > 1) row.word(e.hiH, e.hiL);
  else row.integer(null);
  row.integer(e.a);
  row.integer(e.b);
  row.integer(e.c);
  row.integer(e.d);
  row.endRow();
}

/** Hands one return of a call over as a row of `call_return`. */
export function putReturnRow(
  row: RowSink,
  recording: number,
  { seq, line, after }: CallReturn,
): void {
  row.beginRow();
  row.integer(seq);
  row.integer(recording);
  row.integer(line);
  row.integer(after ?? null);
  row.endRow();
}
