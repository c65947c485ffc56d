// The right of one import to write its recording: it owns it by its token, which each of its transactions checks, and
// shows by a beat in the file that it lives. No clock of the host is asked, and a pid only where it proves something.

import type Database from "better-sqlite3";
import { refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import { refuseGone } from "../open/still-there.js";
import { first, q, run } from "../store/sql.js";
import { directly, type Value, type Writes } from "../store/writes.js";
import { lifeOf, pidOf } from "./importer.js";
import { dropRecording } from "./remove-recording.js";
import { type RecordingUpdate } from "./recording-rows.js";

/** Milliseconds between two beats of an import that has nothing else to write. */
const BEAT_MS = 1000;
/** An import whose beat stands still for so many milliseconds is taken for dead. */
const SILENCE_MS = 10_000;
/** How often the beat of another import is looked at, in milliseconds. */
const LOOK_MS = 100;

/** A recording and the import that owns it. */
export interface Lease {
  /** The recording's number. */
  readonly id: number;
  /** The token of the import. */
  readonly importer: string;
}

/** What an import that has not come to its end left: its recording, and the beat that it was last seen with. */
export interface Left extends Lease {
  /** The beat that it was last seen with. */
  readonly beat: number;
  /** The name of the file that it reads. */
  readonly file: string;
}

/** The import that has not come to its end, if there is one. */
export function importLeft(sqlite: Database.Database): Left | undefined {
  const row = first(
    sqlite,
    q
      .selectFrom("recording")
      .select(["id", "importer", "beat", "file"])
      .where("state", "=", "importing"),
  );
  return row === undefined ? undefined : { ...row, importer: row.importer ?? "" };
}

/**
 * Waits until it is clear that no other import runs. Returns one whose process may still be there and that shows no
 * sign of life; null = there is none. Throws ERR_IMPORT_RUNNING if one lives, ERR_ABORTED when the signal fires.
 */
export async function silentImport(
  sqlite: Database.Database,
  signal?: AbortSignal,
): Promise<Left | null> {
  const seen = importLeft(sqlite);
  if (seen === undefined || lifeOf(seen.importer) === "dead") return null;
  for (let looks = SILENCE_MS / LOOK_MS; looks > 0; looks--) {
    if (lifeOf(seen.importer) === "stopped") throw isRunning(seen);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    refuseAborted(signal);
    const now = importLeft(sqlite);
    if (now?.importer !== seen.importer) return silentImport(sqlite, signal);
    if (now.beat !== seen.beat) throw isRunning(seen);
  }
  return seen;
}

/** Is an unfinished import over: its process is gone, or it is the silent one and still silent? */
export function isOver(left: Left, silent: Left | null): boolean {
  if (lifeOf(left.importer) === "dead") return true;
  return left.importer === silent?.importer && left.beat === silent.beat;
}

/** The error for a second import while another one runs. */
export function isRunning({ importer, file }: Pick<Left, "importer" | "file">): TwinError {
  return new TwinError(
    "ERR_IMPORT_RUNNING",
    `process ${pidOf(importer)} is importing ${file} into this timeline: wait until it is done`,
  );
}

/**
 * Changes columns of the recording that an import owns. The caller holds the transaction. Throws ERR_IMPORT_RUNNING
 * if another import took it over meanwhile.
 */
export function updateOwn(
  writes: Writes,
  { id, importer }: Lease,
  values: RecordingUpdate = {},
): void {
  const { sql, parameters } = q
    .updateTable("recording")
    .set((each) => ({ beat: each("beat", "+", 1), ...values }))
    .where("id", "=", id)
    .where("importer", "=", importer)
    .compile();
  writes.runOwn(sql, parameters as readonly Value[], wasTakenOver);
}

function wasTakenOver(): TwinError {
  return new TwinError(
    "ERR_IMPORT_RUNNING",
    `this import gave no sign of life for ${SILENCE_MS / 1000} seconds, and another one took its place: nothing of it was stored since; run the same command again`,
  );
}

/**
 * Writes in one transaction, if the import still owns its recording. Throws as updateOwn() does, and ERR_NO_TIMELINE if the
 * file was deleted meanwhile.
 */
export function writeOwn(sqlite: Database.Database, lease: Lease, write: () => void): void {
  refuseGone(sqlite);
  sqlite
    .transaction(() => {
      updateOwn(directly(sqlite), lease);
      write();
    })
    .immediate();
}

/** Drops the recording that an import owns, unless another import took it over. The caller holds the transaction. */
export function dropOwn(sqlite: Database.Database, { id, importer }: Lease): void {
  const owner = first(sqlite, q.selectFrom("recording").select("importer").where("id", "=", id));
  if (owner?.importer === importer) dropRecording(sqlite, id);
}

/** Gives up the recording that an import owns, as if its process were gone. The caller holds the transaction. */
export function leaveOwn(sqlite: Database.Database, { id, importer }: Lease): void {
  const own = q.updateTable("recording").set({ importer: "" }).where("id", "=", id);
  run(sqlite, own.where("importer", "=", importer));
}

/**
 * Shows about once a second that an import lives, until the function that it returns is called. `isWriting`: does it
 * show that itself just now? Absent = never.
 */
export function keepBeating(
  sqlite: Database.Database,
  lease: Lease,
  isWriting: () => boolean = () => false,
): () => void {
  const beat = (): void => {
    if (isWriting()) return;
    try {
      sqlite.transaction(updateOwn).immediate(directly(sqlite), lease);
    } catch {
      // The connection is busy, or the file is locked: a beat less. The import's own transactions report what is wrong.
    }
  };
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
