// The row of a recording that is copied up to a moment.

import type Database from "better-sqlite3";
import { type Cut, type NamedEvents } from "./named-events.js";
import { type Redactions } from "./redactions.js";

/** What stands before the cut. */
interface Before extends NamedEvents {
  /** How many batches of its events are linked. */
  readonly batches: number;
}

/**
 * Copies the row of the recording that is cut, as far as it goes; its rejected lines are copied already. It is no whole
 * file any more, so it has no hash of one. Header lines are those before the events; the lines that are nothing else were
 * unused. Of lines that were put in order it is not stored how many unused ones stand before the cut: all are counted.
 */
export function cutRecording(
  sqlite: Database.Database,
  { recording, seq, time }: Cut,
  redactions: Redactions | null,
  { line, rows, gaps, batches }: Before,
): void {
  const { id, lines, firstTimeAnomaly, timeAnomalies, isSorted, file, supersedes } = recording;
  const rejected = rejectedOf(sqlite, id);
  const header = isSorted ? lines.header : Math.min(line, lines.header);
  const total = isSorted ? header + rows + rejected + lines.unused : line;
  const hasAnomaly = firstTimeAnomaly !== null && (isSorted || firstTimeAnomaly <= line);
  const values: Readonly<Record<string, number | bigint | string | null>> = {
    file: `${redactions?.get(id)?.file(file) ?? file} (up to line ${line})`,
    sha256: null,
    last_seq: rows === 0 ? null : seq,
    last_ns: time,
    lines_total: total,
    lines_header: header,
    lines_events: rows - gaps,
    lines_unused: total - header - rows - rejected,
    lines_rejected: rejected,
    lines_gaps: gaps,
    // How many of them stand before the cut is not stored.
    time_anomalies: hasAnomaly ? timeAnomalies : 0,
    first_time_anomaly: hasAnomaly ? firstTimeAnomaly : null,
    batches,
  };
  const hides = redactions?.has(supersedes ?? 0) === false;
  const kept = redactions === null ? {} : { path: null, ...(hides && { supersedes: null }) };
  const all = { ...values, ...kept };
  const columns = sqlite.pragma("main.table_info(recording)") as { readonly name: string }[];
  const selected = columns.map(({ name }) => (name in all ? `@${name}` : name));
  sqlite
    .prepare(
      `INSERT INTO main.recording SELECT ${selected.join(", ")} FROM origin.recording WHERE id = @id`,
    )
    .run({ ...all, id });
}

function rejectedOf(sqlite: Database.Database, id: number): number {
  const count = sqlite.prepare<[number], number>(
    "SELECT count(*) FROM main.rejected_line WHERE recording_id = ?",
  );
  return count.pluck().get(id) ?? 0;
}
