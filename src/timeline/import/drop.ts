// Drops a complete recording on purpose: for every question at one stroke, then its rows, a few at a time. Its own row and
// its links of the chain stay, so all other recordings can be proven as before, and the timeline says what was dropped.

import type Database from "better-sqlite3";
import { inTurns, type Steps } from "../../base/steps.js";
import { TwinError } from "../../base/errors.js";
import { type Seq } from "../../domain/values/ids.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { all, first, q, run } from "../store/sql.js";
import { wallClock } from "../store/wall-clock.js";
import { DROPPED } from "../schema/dropped.js";
import { sealUnfinished } from "./end-unfinished.js";
import { lifeOf } from "./importer.js";
import { importLeft } from "./lease.js";
import { removingRows } from "./remove-recording.js";

/** Why a recording is dropped where nobody says it. */
const ASKED_FOR = "asked for";

/** How a recording is dropped. Everything may be left out. */
export interface DropOptions {
  /** Why, in words: it is kept, and every question about the recording is answered by it. Absent, or without a word = `asked for`. */
  readonly why?: string | undefined;
  /**
   * After each turn of 20 ms the removal rests for so many times as long, so that an import of the same process goes on. A
   * whole number from 0. Absent = 0.
   */
  readonly rest?: number | undefined;
  /**
   * Stops the removal: it throws ERR_ABORTED. The recording is dropped all the same, and whoever opens the timeline for
   * writing next removes the rest. Absent = only `close()` stops it.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What was dropped. */
export interface DropResult {
  /** The number of the recording. */
  readonly recording_id: number;
  /** The name of its file. */
  readonly file: string;
  /** When it was dropped, in UTC, such as `2026-01-31T12:00:00.000Z`. */
  readonly dropped_at: string;
  /** Why, in words. */
  readonly why: string;
  /** How many events it had. */
  readonly events: number;
  /** Its first event. */
  readonly first_seq: Seq;
  /** Its last event; null = it had none. */
  readonly last_seq: Seq | null;
  /**
   * The hash of its last link of the chain, which proves a copy of it: `verify` of the copy takes it as its anchor. null =
   * it was imported before there was a chain.
   */
  readonly hash: string | null;
}

/**
 * Drops a recording, and removes its rows in turns. One that is dropped already, of which a killed process has left rows, is
 * removed to its end. Throws ERR_NO_RECORDING, ERR_DROPPED if nothing is left of it, ERR_IMPORT_RUNNING if it is being
 * imported, ERR_ABORTED soon after the signal fires.
 */
export async function dropRecordingFor(
  sqlite: Database.Database,
  id: number,
  { why = "", rest }: Omit<DropOptions, "signal">,
  signal: AbortSignal,
): Promise<DropResult> {
  const result = sqlite
    .transaction(
      () => begunDrop(sqlite, id) ?? markDropped(sqlite, id, why.trim() === "" ? ASKED_FOR : why),
    )
    .immediate();
  await inTurns(removingRemainders(sqlite), signal, rest);
  return result;
}

/** What was dropped and is not removed to its end; undefined = nothing is left of it, or it was not dropped. */
function begunDrop(sqlite: Database.Database, id: number): DropResult | undefined {
  const left = remaindersIn(sqlite).find((each) => each.id === id);
  const found = q
    .selectFrom("dropped_recording")
    .innerJoin("recording", "recording.id", "dropped_recording.recording_id")
    .select(["recording_id", "file", "dropped_at", "why", "events", "hash"])
    .where("recording_id", "=", id);
  const row = left === undefined ? undefined : first(sqlite, found);
  if (left === undefined || row === undefined) return undefined;
  return { ...row, first_seq: left.firstSeq, last_seq: left.lastSeq };
}

/** From here on no question finds the recording. The caller holds the transaction. */
function markDropped(sqlite: Database.Database, id: number, why: string): DropResult {
  const left = importLeft(sqlite);
  // What an import left whose process is gone ends first, so that its links prove what it was.
  if (left?.id === id && lifeOf(left.importer) === "dead" && left.importer !== DROPPED)
    sealUnfinished(sqlite, left);
  const recording = pickRecording(sqlite, id);
  refuseImporting(recording);
  const { firstSeq, lastSeq, file } = recording;
  const events = lastSeq === null ? 0 : lastSeq - firstSeq + 1;
  const dropped_at = wallClock(sqlite);
  const row = { recording_id: id, dropped_at, why, events, hash: hashOf(sqlite, id) };
  run(sqlite, q.insertInto("dropped_recording").values(row));
  run(sqlite, q.insertInto("dropped_remainder").values({ recording_id: id }));
  return {
    recording_id: id,
    file,
    dropped_at,
    why,
    events,
    first_seq: firstSeq,
    last_seq: lastSeq,
    hash: row.hash,
  };
}

function refuseImporting({ id, file, state }: Recording): void {
  if (state === "complete") return;
  throw new TwinError(
    "ERR_IMPORT_RUNNING",
    `recording ${id} (${file}) is being imported, and cannot be dropped before: end its import`,
  );
}

/** The hash of the recording's last link; null = it was imported before there was a chain. */
function hashOf(sqlite: Database.Database, id: number): string | null {
  const links = q.selectFrom("chain").select("hash").where("recording_id", "=", id);
  return first(sqlite, links.orderBy("link", "desc"))?.hash ?? null;
}

/** Removes what is left of recordings that are dropped. Whoever else does so at the same time is not in the way. */
export function* removingRemainders(sqlite: Database.Database): Steps<void> {
  for (const recording of remaindersIn(sqlite)) {
    const { id } = recording;
    const isStill = (): boolean => remaindersIn(sqlite).some((each) => each.id === id);
    yield* removingRows(sqlite, id, { only: recording }, isStill);
    sqlite
      .transaction(() => {
        run(sqlite, q.deleteFrom("dropped_remainder").where("recording_id", "=", id));
      })
      .immediate();
  }
}

function remaindersIn(
  sqlite: Database.Database,
): readonly { readonly id: number; readonly firstSeq: number; readonly lastSeq: number | null }[] {
  return all(
    sqlite,
    q
      .selectFrom("recording")
      .innerJoin("dropped_remainder", "dropped_remainder.recording_id", "recording.id")
      .select(["id", "first_seq as firstSeq", "last_seq as lastSeq"])
      .orderBy("id"),
  );
}
