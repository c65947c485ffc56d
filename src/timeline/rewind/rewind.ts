// A timeline that ends at a moment of another: what was recorded before it is copied in bulk, and the
// projections of the recording that is cut are folded anew. Of what was recorded after the moment only
// this is in the copy: who a VM is, which probes were set, and the host's APIC IDs.

import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { refuseAborted, unlessAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import { inTurns, type Steps } from "../../base/steps.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";
import { openForReading, openForWriting } from "../open/open.js";
import { copyUntil } from "./copy-until.js";
import { type Cut } from "./named-events.js";
import { type Redactions } from "./redactions.js";

/** What a rewind made. */
export interface RewindResult {
  /** The path of the new timeline. */
  readonly file: string;
  /** The number of the recording that ends at the moment. */
  readonly recording_id: number;
  /** The last event of the new timeline. */
  readonly seq: Seq;
  /** The moment at which it ends, in the recording's clock unit. */
  readonly time_ns: TimeText;
  /** How many recordings it has. */
  readonly recordings: number;
  /** How many events it has, those of all recordings. */
  readonly events: number;
}

/** Where a copy ends, and what is replaced in it. */
export interface RewindPlan {
  /** Where it ends. */
  readonly cut: Cut;
  /** What makes the substitutes of each recording; null = all is copied as it is. */
  readonly redactions: Redactions | null;
}

/** Compares the timeline that was made with its origin: says in words what differs; null = nothing. */
type Compare = (made: Database.Database) => Steps<string | null>;

/**
 * Makes the file `to` from the timeline in the file `origin`, up to the cut. It gets its name when it is complete
 * and compared; until then it is `to.part-PID`, which a process that is killed leaves. Throws ERR_EXISTS if
 * `to` is there already, ERR_NO_SUCH_FILE if its folder is not, ERR_REWIND if the recording is not complete or
 * `compare` finds a difference, ERR_ABORTED soon after the signal fires: then nothing of it stays.
 */
export async function rewind(
  origin: string,
  to: string,
  { cut, redactions }: RewindPlan,
  compare: Compare,
  signal: AbortSignal,
): Promise<RewindResult> {
  refuseToMake(to, cut);
  const part = `${to}.part-${process.pid}`;
  try {
    await fill(part, origin, { cut, redactions }, signal).catch((error: unknown) =>
      throwAsTwinError(error, isDamage(error) ? origin : to),
    );
    const made = openForReading(part);
    try {
      const difference = await inTurns(compare(made), signal);
      if (difference !== null)
        throw new TwinError(
          "ERR_REWIND",
          `${to} was not made: at its end ${difference}, other than in ${origin} at that moment; run \`irqtwin verify\` on that`,
        );
      const count = (table: string): number =>
        made.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
      const { recording, seq, time } = cut;
      giveName(part, to);
      return {
        ...{ file: to, recording_id: recording.id, seq, time_ns: String(time) },
        ...{ recordings: count("recording"), events: count("event") },
      };
    } finally {
      made.close();
    }
  } finally {
    const files = ["", "-wal", "-shm", "-journal"].map((suffix) => part + suffix);
    for (const file of files.filter(existsSync)) rmSync(file);
  }
}

/** What is copied is damaged, not the file that is new. */
function isDamage(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "SQLITE_CORRUPT";
}

function refuseToMake(to: string, { recording }: Cut): void {
  if (existsSync(to)) throw exists(to);
  const folder = dirname(to);
  if (!existsSync(folder))
    throw new TwinError(
      "ERR_NO_SUCH_FILE",
      `the folder ${folder} of ${to} does not exist: make it, or name another file (\`to\`)`,
    );
  if (recording.state === "importing")
    throw new TwinError(
      "ERR_REWIND",
      `recording ${recording.id} (${recording.file}) is not imported to its end: import that file again, then rewind`,
    );
}

/** By a link, because renaming would replace a file that came meanwhile; some file systems have none. */
function giveName(part: string, to: string): void {
  try {
    linkSync(part, to);
  } catch {
    if (existsSync(to)) throw exists(to);
    renameSync(part, to);
  }
}

function exists(file: string): TwinError {
  return new TwinError("ERR_EXISTS", `${file} exists: a rewind makes a new file, name another`);
}

/** A file that is of no use before it is whole needs no journal; the disk has it before it gets its name. */
async function fill(
  part: string,
  origin: string,
  { cut, redactions }: RewindPlan,
  signal: AbortSignal,
): Promise<void> {
  refuseAborted(signal);
  const sqlite = await openForWriting(part);
  try {
    for (const each of ["journal_mode = OFF", "synchronous = OFF"]) sqlite.pragma(each);
    await inTurns(copyUntil(sqlite, origin, cut, redactions), signal);
  } finally {
    sqlite.close();
  }
  await unlessAborted(written(part), signal);
}

async function written(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
