// Events as a table that is saved: the columns that the server's CSV has.

import { type LogEntry } from "../../../index.js";
import { ask, pathOf, type Query } from "../data/client.js";
import { type EventsAnswer } from "../pure/answers.js";
import { count } from "../pure/clock.js";
import { said } from "./actions.js";
import { csv, save } from "./copy.js";
import { say } from "./message.js";

/** The columns of events. */
export const EVENT_COLUMNS = [
  ...(["seq", "time_ns", "cpu", "comm", "pid", "kind", "irte", "vcpu", "gsi", "host_irq"] as const),
  ...(["cause", "cause_seq", "line", "payload"] as const),
];

/** So many rows are asked for at once: the server gives no more. */
const PART = 5000;

/** Events are being saved: a second press does not save them twice. */
let isSaving = false;

/** Events as rows of these columns. */
export function eventRows(events: readonly LogEntry[]): readonly (readonly unknown[])[] {
  return events.map((event) => EVENT_COLUMNS.map((column) => event[column]));
}

/** Saves all events of a filter, part by part. */
export async function saveEvents(recording: number, filter: Query): Promise<void> {
  if (isSaving) return;
  isSaving = true;
  await said(async () => {
    const parts = [csv([EVENT_COLUMNS])];
    let [done, isMore] = [0, true];
    while (isMore) {
      const query = { ...filter, offset: done, limit: PART };
      const { events, total } = await ask<EventsAnswer>(pathOf(recording, "events", query));
      parts.push(csv(eventRows(events)));
      done += events.length;
      isMore = events.length > 0 && done < total;
      if (isMore) say(`Saving events: ${count(done)} of ${count(total)}`, { stays: true });
    }
    save("events.csv", new Blob(parts, { type: "text/csv" }));
    say(`Saved ${count(done)} events`);
  });
  isSaving = false;
}
