// Which of the rejected lines may have said something of the recording. What stands above its first event or below its last
// one did not: the state begins with the first event and is told up to the last.

import type Database from "better-sqlite3";
import { CUT_LINE, NO_LINE } from "../../source/lines.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** The recording, and the lines between which any text may have been one of its lines. */
interface Bounds {
  readonly id: number;
  readonly first: number;
  readonly last: number;
}

const NO_LINES = Object.values(NO_LINE)
  .map((reason) => `'${reason}'`)
  .join(", ");
/** The end of a copy that broke off is the end of the recording. */
const IS_UNREAD = `recording_id = @id AND reason <> '${CUT_LINE}'
  AND (line BETWEEN @first AND @last OR reason NOT IN (${NO_LINES}))`;
const UNREAD_SQL = `SELECT line FROM rejected_line WHERE ${IS_UNREAD} ORDER BY line`;
const COUNT_SQL = `SELECT count(*) FROM rejected_line WHERE ${IS_UNREAD}`;
const LAST_SQL = `SELECT max(line) FROM rejected_line WHERE ${IS_UNREAD} AND line < @before`;
const CUT_SQL = `SELECT count(*) FROM rejected_line WHERE recording_id = ? AND reason = '${CUT_LINE}'`;

const FIRST_EVENT_SQL =
  "SELECT line FROM event WHERE seq BETWEEN ? AND ? AND line > 0 ORDER BY seq LIMIT 1";
const LINE_SQL = "SELECT line FROM event WHERE seq = ?";
const LAST_REJECTED_SQL = "SELECT max(line) FROM rejected_line WHERE recording_id = ?";
const LAST_RETURN_SQL = "SELECT max(line) FROM call_return WHERE seq BETWEEN ? AND ?";

/** The numbers of the lines that could not be read, rising. */
export function unreadLines(sqlite: Database.Database, recording: Recording): readonly number[] {
  return prepared<[Bounds], number>(sqlite, UNREAD_SQL).pluck().all(boundsOf(sqlite, recording));
}

/** How many lines could not be read. */
export function countUnread(sqlite: Database.Database, recording: Recording): number {
  if (recording.lines.rejected === 0) return 0;
  const count = prepared<[Bounds], number>(sqlite, COUNT_SQL).pluck();
  return count.get(boundsOf(sqlite, recording)) ?? 0;
}

/**
 * The last line above the event behind event `seq` that could not be read: the moment after `seq` may be anywhere up to
 * there. null = there is none.
 */
export function lastUnread(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): number | null {
  if (recording.lines.rejected === 0) return null;
  const next =
    seq === recording.lastSeq
      ? undefined
      : prepared<[number], number>(sqlite, LINE_SQL)
          .pluck()
          .get(seq + 1);
  const last = prepared<[Bounds & { before: number }], number | null>(sqlite, LAST_SQL).pluck();
  const before = next ?? Number.MAX_SAFE_INTEGER;
  return last.get({ ...boundsOf(sqlite, recording), before }) ?? null;
}

/** Did the file break off within its last line? */
export function isCutOff(sqlite: Database.Database, { id, lines }: Recording): boolean {
  if (lines.rejected === 0) return false;
  return (prepared<[number], number>(sqlite, CUT_SQL).pluck().get(id) ?? 0) > 0;
}

function boundsOf(sqlite: Database.Database, recording: Recording): Bounds {
  const { id, sha256, firstSeq, lastSeq, isSorted } = recording;
  const all = { id, first: 0, last: Number.MAX_SAFE_INTEGER };
  // Of lines that were put in another order the place tells nothing.
  if (lastSeq === null || isSorted) return all;
  const span = [firstSeq, lastSeq] as const;
  const line = (sql: string, ...of: number[]): number =>
    prepared<number[], number | null>(sqlite, sql)
      .pluck()
      .get(...of) ?? 0;
  const first = line(FIRST_EVENT_SQL, ...span);
  // It is still read, or was cut within the trace: its last event is not the last one of the trace.
  if (sha256 === null) return { ...all, first };
  const lastEvent = line(LINE_SQL, lastSeq);
  // To look through all returns takes long, and is of use only for what stands below the last event.
  if (line(LAST_REJECTED_SQL, id) < lastEvent) return { ...all, first };
  return { id, first, last: Math.max(lastEvent, line(LAST_RETURN_SQL, ...span)) };
}
