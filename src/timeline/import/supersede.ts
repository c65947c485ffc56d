// Corrections: a recording that takes the place of another one, which stays as it was.

import type Database from "better-sqlite3";
import { sql } from "kysely";
import { TwinError } from "../../base/errors.js";
import { anchorIdentity } from "./anchor.js";
import { all, first, q } from "../store/sql.js";

/** How a file is read. The same file that is read in another way is another recording. */
export interface Reading {
  /** The SHA-256 of the file; null = not known yet. */
  readonly sha256: string | null;
  /** The kernel release; null = not known. */
  readonly kernel: string | null;
  /** The profile by which it is read; null = none. */
  readonly rules: string | null;
  /** The profiles by which it may be judged, as one text (read-by.ts). */
  readonly rulesAllowed: string;
  /** Ticks per second by which it is converted; null = it is not. */
  readonly clockHz: number | null;
  /** The dump that it is read with (anchor.ts: Anchor.identity); null = none. */
  readonly anchor: string | null;
}

/**
 * Checks that a recording can be corrected by a file that is read in this way. Throws ERR_NO_RECORDING if there is
 * no such recording, ERR_SUPERSEDES if it is not complete, has been corrected already, or the timeline holds the
 * correction already.
 */
export function checkSupersedes(sqlite: Database.Database, id: number, reading: Reading): void {
  const old = first(sqlite, q.selectFrom("recording").select("state").where("id", "=", id));
  if (old === undefined) {
    throw new TwinError(
      "ERR_NO_RECORDING",
      `there is no recording ${id} to supersede: \`irqtwin info\` lists those that are there`,
    );
  }
  if (isDroppedRecording(sqlite, id)) throw nothingToCorrect(sqlite, id);
  if (old.state !== "complete") {
    throw new TwinError(
      "ERR_SUPERSEDES",
      `recording ${id} is not complete: run its import again, then supersede it`,
    );
  }
  const newer = correctionOf(sqlite, id);
  if (newer !== null) {
    throw new TwinError(
      "ERR_SUPERSEDES",
      `recording ${id} is superseded by recording ${newer} already: supersede that one`,
    );
  }
  refuseSame(sqlite, reading);
}

/** The recording that corrects another one, or what it was corrected by, and was not dropped; null = there is none. */
function correctionOf(sqlite: Database.Database, id: number): number | null {
  const corrections = all(
    sqlite,
    q
      .selectFrom("recording")
      .select("id")
      .where("supersedes", "=", id)
      .where("state", "=", "complete"),
  );
  for (const each of corrections) {
    const kept = isDroppedRecording(sqlite, each.id) ? correctionOf(sqlite, each.id) : each.id;
    if (kept !== null) return kept;
  }
  return null;
}

function nothingToCorrect(sqlite: Database.Database, id: number): TwinError {
  const corrected = keptBefore(sqlite, id);
  const instead =
    corrected === null
      ? "import the file without `supersedes`"
      : `supersede recording ${corrected}, which it corrected`;
  return new TwinError(
    "ERR_SUPERSEDES",
    `recording ${id} was dropped, so there is nothing to correct: ${instead}`,
  );
}

/** The recording that a dropped one corrected, itself or by others that were dropped too; null = there is none. */
function keptBefore(sqlite: Database.Database, id: number): number | null {
  const row = first(sqlite, q.selectFrom("recording").select("supersedes").where("id", "=", id));
  const before = row?.supersedes ?? null;
  if (before === null || !isDroppedRecording(sqlite, before)) return before;
  return keptBefore(sqlite, before);
}

function isDroppedRecording(sqlite: Database.Database, id: number): boolean {
  const dropped = q.selectFrom("dropped_recording").select("recording_id");
  return first(sqlite, dropped.where("recording_id", "=", id)) !== undefined;
}

/** Throws ERR_SUPERSEDES if the timeline holds this file already, read in the same way. */
export function refuseSame(sqlite: Database.Database, reading: Reading): void {
  const { sha256, kernel, rules, rulesAllowed, clockHz, anchor } = reading;
  if (sha256 === null) return;
  const same = all(
    sqlite,
    q
      .selectFrom("recording")
      .select("id")
      .where("state", "=", "complete")
      .where("id", "not in", q.selectFrom("dropped_recording").select("recording_id"))
      .where("sha256", "=", sha256)
      .where("kernel", "is", kernel)
      .where("rules", "is", rules)
      .where(sql`coalesce(rules_allowed, rules, '')`, "=", rulesAllowed)
      .where("clock_hz", "is", clockHz),
  ).find(({ id }) => anchorIdentity(sqlite, id) === anchor);
  if (same === undefined) return;
  throw new TwinError(
    "ERR_SUPERSEDES",
    `the file is recording ${same.id} itself, read in the same way: it would correct nothing`,
  );
}
