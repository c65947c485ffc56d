// Where events were lost: which parts of a recording the events say nothing of.

import type Database from "better-sqlite3";
import { all, first, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** A span of lost events that a moment lies in. */
export interface GapAround {
  /** The host CPU whose events were lost. */
  readonly cpu: number;
  /** How many were lost; null = the trace does not say. */
  readonly lost: number | null;
  /** The line of the marker in the trace; null = there is none. */
  readonly line: number | null;
}

/** A span of lost events: after event `from` (null = from the beginning) up to event `to`. */
export interface LostSpan {
  readonly from: number | null;
  readonly to: number;
}

/** The spans of lost events of a recording, by their ends. */
export function gaps(sqlite: Database.Database, recording: Recording): readonly LostSpan[] {
  return all(
    sqlite,
    lostSpans(recording).select(["from_seq as from", "to_seq as to"]).orderBy("to_seq"),
  );
}

/**
 * A span of lost events that the moment after event `seq` lies in: an event that happened before that moment
 * may be missing. null = there is none.
 */
export function gapAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): GapAround | null {
  const gap = first(
    sqlite,
    lostSpansBegunBy(recording, seq)
      .select(["cpu", "lost", "line"])
      .where("to_seq", ">", seq)
      .limit(1),
  );
  return gap === undefined ? null : { ...gap, cpu: gap.cpu ?? 0 };
}

/** Have events been lost up to the moment after event `seq`? Spans that begin later do not count. */
export function hasLost(sqlite: Database.Database, recording: Recording, seq: number): boolean {
  return first(sqlite, lostSpansBegunBy(recording, seq).select("id").limit(1)) !== undefined;
}

const lostSpans = ({ id }: Recording) =>
  q.selectFrom("gap").where("recording_id", "=", id).where("kind", "=", "lost");

const lostSpansBegunBy = (recording: Recording, seq: number) =>
  lostSpans(recording).where((eb) =>
    eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]),
  );
