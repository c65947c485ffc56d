// What is left of recordings that were dropped: their links, the last of which is noted with the drop, and no rows.
//
// A link of rows that are gone cannot be made again. The one over the recording's own row can, and so can the first link of
// the next recording: these two prove the hashes before them.

import type Database from "better-sqlite3";
import { type Recording } from "../read/recordings.js";
import { all, q } from "../store/sql.js";
import { type Link } from "./chain.js";
import { type Report } from "./report.js";

/** Compares what was noted of drops with the links that stayed. Returns the numbers of the dropped recordings. */
export function checkDropped(
  sqlite: Database.Database,
  recordings: readonly Recording[],
  links: readonly Link[],
  report: Report,
): ReadonlySet<number> {
  const left = new Set(
    all(sqlite, q.selectFrom("dropped_remainder").select("recording_id")).map(
      ({ recording_id }) => recording_id,
    ),
  );
  const rows = all(sqlite, q.selectFrom("dropped_recording").selectAll());
  for (const { recording_id, events, hash } of rows) {
    const place = { recording_id };
    const own = links.filter((link) => link.recording_id === recording_id);
    const linked = own.reduce(
      (sum, { content, row_count }) => sum + (content === "event" ? row_count : 0),
      0,
    );
    const isNoted =
      own.length === 0 ? hash === null : own.at(-1)?.hash === hash && linked === events;
    if (!isNoted) report("what is noted of its drop is not what its links say", place);
    const recording = recordings.find(({ id }) => id === recording_id);
    if (recording === undefined) report("it is noted as dropped, and is gone", place);
    else if (!left.has(recording_id) && hasEvents(sqlite, recording))
      report("it was dropped, and events of it are there", place);
  }
  return new Set(rows.map(({ recording_id }) => recording_id));
}

function hasEvents(sqlite: Database.Database, { firstSeq, lastSeq }: Recording): boolean {
  return (
    sqlite
      .prepare<[number, number | null], number>(
        "SELECT 1 FROM main.event WHERE seq BETWEEN ? AND ? LIMIT 1",
      )
      .pluck()
      .get(firstSeq, lastSeq) !== undefined
  );
}
