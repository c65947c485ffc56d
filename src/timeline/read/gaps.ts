// Where events were lost: which parts of a recording the events say nothing of.

import type Database from "better-sqlite3";
import { all, first, prepared, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** A span of lost events that a moment lies in. */
export interface GapAround {
  /** `overwritten`: from the beginning up to the first line of the CPU that the ring buffer has kept. */
  readonly kind: "lost" | "overwritten";
  /** The host CPU whose events were lost. */
  readonly cpu: number;
  /** How many were lost; null = the trace does not say. */
  readonly lost: number | null;
  /** The line of the marker in the trace, or the first line of the CPU; null = there is none. */
  readonly line: number | null;
}

/** A span of lost events: after event `from` (null = from the beginning) up to event `to`. */
export interface LostSpan {
  /** The last event before it; null = it is at the beginning. */
  readonly from: number | null;
  /** The event of its marker. */
  readonly to: number;
}

/** The spans of lost events of a recording, by their ends. */
export function gaps(
  sqlite: Database.Database,
  recording: Pick<Recording, "id">,
): readonly LostSpan[] {
  return all(
    sqlite,
    lostSpans(recording).select(["from_seq as from", "to_seq as to"]).orderBy("to_seq"),
  );
}

/**
 * The spans of lost events that the moment after event `seq` lies in: an event that happened before that moment
 * may be missing.
 */
export function gapsAround(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): readonly GapAround[] {
  const rows = all(
    sqlite,
    lostSpansBegunBy(recording, seq)
      .select(["kind", "cpu", "lost", "line"])
      .where("to_seq", ">", seq)
      .orderBy("to_seq"),
  );
  return rows.map(({ kind, cpu, lost, line }) => ({
    kind: kind === "overwritten" ? kind : "lost",
    cpu: cpu ?? 0,
    lost,
    line,
  }));
}

const IS_IN_GAP_SQL = `
  SELECT EXISTS (SELECT 1 FROM gap
    WHERE recording_id = ? AND cpu IS NOT NULL AND coalesce(from_seq, 0) <= ? AND to_seq > ?) AS yes`;

/** Does the moment after event `seq` lie in a span of lost events? */
export function isInGap(sqlite: Database.Database, { id }: Recording, seq: number): boolean {
  return prepared<number[], { yes: number }>(sqlite, IS_IN_GAP_SQL).get(id, seq, seq)?.yes === 1;
}

/** Have events been lost up to the moment after event `seq`? Spans that begin later do not count. */
export function hasLost(sqlite: Database.Database, recording: Recording, seq: number): boolean {
  return first(sqlite, lostSpansBegunBy(recording, seq).select("id").limit(1)) !== undefined;
}

/** What came before the recording is no span of one CPU: there the events say nothing yet. */
const lostSpans = ({ id }: Pick<Recording, "id">) =>
  q.selectFrom("gap").where("recording_id", "=", id).where("cpu", "is not", null);

const lostSpansBegunBy = (recording: Recording, seq: number) =>
  lostSpans(recording).where((eb) =>
    eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]),
  );
