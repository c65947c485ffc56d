// Where events were lost: which parts of a recording the events say nothing of.

import type Database from "better-sqlite3";
import { all, first, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** The lost spans of a recording: after event `from` (null = from the beginning) up to event `to`. */
export function gaps(
  sqlite: Database.Database,
  recording: Recording,
): readonly { readonly from: number | null; readonly to: number }[] {
  return all(
    sqlite,
    q
      .selectFrom("gap")
      .select(["from_seq as from", "to_seq as to"])
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .orderBy("to_seq"),
  );
}

/** A lost span that holds the moment after `seq`: events before it in time are missing. */
export function gapAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): { cpu: number; lost: number | null; line: number | null } | null {
  const gap = first(
    sqlite,
    q
      .selectFrom("gap")
      .select(["cpu", "lost", "line"])
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .where("to_seq", ">", seq)
      .where((eb) => eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]))
      .limit(1),
  );
  return gap === undefined ? null : { ...gap, cpu: gap.cpu ?? 0 };
}

/** Have events been lost by the moment after `seq`? What is lost later is nothing to it. */
export function hasLost(sqlite: Database.Database, recording: Recording, seq: number): boolean {
  const gap = first(
    sqlite,
    q
      .selectFrom("gap")
      .select("id")
      .where("recording_id", "=", recording.id)
      .where("kind", "=", "lost")
      .where((eb) => eb.or([eb("from_seq", "is", null), eb("from_seq", "<=", seq)]))
      .limit(1),
  );
  return gap !== undefined;
}
