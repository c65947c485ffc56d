// Up to where the values of intervals are known: in a span of lost events each of them may have changed unseen.

import type Database from "better-sqlite3";
import { gaps } from "../read/gaps.js";
import { noteReplaced } from "./replaced-vms.js";
import { type Recording } from "../read/recordings.js";

/** The tables of intervals. */
const INTERVALS = [
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "irte_predicted_interval",
] as const;

/** Spans of lost events that touch, as one; `from` 0 = from the beginning. */
export function lostSpans(
  sqlite: Database.Database,
  recording: Pick<Recording, "id">,
): readonly [number, number][] {
  const spans = gaps(sqlite, recording)
    .map(({ from, to }): [number, number] => [from ?? 0, to])
    .sort(([a], [b]) => a - b);
  const all: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = all.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

/**
 * Notes for each interval of a recording where it reaches into a span of lost events, or behind the last line about a VM
 * that ended unseen. The caller holds the transaction.
 */
export function noteKnown(sqlite: Database.Database, recording: Pick<Recording, "id">): void {
  withLostSpans(sqlite, recording, () => {
    for (const table of INTERVALS) sqlite.prepare(noteSql(table)).run({ id: recording.id });
  });
  noteReplaced(sqlite, recording);
}

/** Does something while `temp.lost_span` holds the spans of lost events, if there are any. */
export function withLostSpans(
  sqlite: Database.Database,
  recording: Pick<Recording, "id">,
  use: () => void,
): void {
  const spans = lostSpans(sqlite, recording);
  if (spans.length === 0) return;
  sqlite.exec(
    "CREATE TEMP TABLE lost_span (to_seq INTEGER PRIMARY KEY, from_seq INTEGER NOT NULL)",
  );
  const insert = sqlite.prepare<[number, number]>(
    "INSERT INTO temp.lost_span (to_seq, from_seq) VALUES (?, ?)",
  );
  for (const [from, to] of spans) insert.run(to, from);
  use();
  sqlite.exec("DROP TABLE temp.lost_span");
}

/**
 * An interval that goes on behind a span is known within it too: what was lost could not change it. One that ends
 * within a span is known up to where the span begins.
 */
function noteSql(table: string): string {
  // What is still so at the end of the recording ends within a span that is open there.
  const end = "coalesce(i.to_seq, (SELECT last_seq + 1 FROM recording WHERE id = :id))";
  const span = `(SELECT * FROM temp.lost_span AS s WHERE s.to_seq >= ${end} ORDER BY s.to_seq LIMIT 1)`;
  return `UPDATE ${table} AS i SET known_to_seq = (
      SELECT max(from_seq, i.from_seq) FROM ${span} WHERE from_seq < ${end})
    WHERE recording_id = :id`;
}
