// A moment as results tell it.

import type Database from "better-sqlite3";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { prepared } from "../../timeline/store/sql.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Moment } from "./when.js";

/** A moment of a recording. */
export interface MomentDocument {
  /** The last event that counts; one less than the first event of the recording if none has happened yet. */
  readonly seq: Seq;
  /** The time, in the recording's clock unit. It can be later than the event. */
  readonly time_ns: TimeText;
  /** The line of the event; null = none has happened yet. */
  readonly line: number | null;
}

/** What a moment is. */
export function momentDocument(
  sqlite: Database.Database,
  { firstSeq }: Recording,
  { seq, time }: Moment,
): MomentDocument {
  const line = prepared<[number], number>(sqlite, "SELECT line FROM event WHERE seq = ?").pluck();
  return { seq, time_ns: String(time), line: seq < firstSeq ? null : (line.get(seq) ?? null) };
}
