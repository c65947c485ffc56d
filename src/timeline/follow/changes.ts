// What is committed to a timeline, as it is committed, whichever process imports: the file is asked again and again.

import { setTimeout as wait } from "node:timers/promises";
import type Database from "better-sqlite3";
import { BATCH_ROWS } from "../../source/reader.js";
import { type Batch } from "../../domain/events/event.js";
import { type Seq } from "../../domain/values/ids.js";
import { eventsBetween } from "../read/events.js";
import { recordings, type Recording } from "../read/recordings.js";
import { commitVersion } from "../store/one-read.js";

/** What became of a timeline. */
export type TimelineChange =
  | {
      /** A recording is there that was not. */
      readonly kind: "began";
      /** Its number. */
      readonly recording_id: number;
    }
  | {
      /** Events of a recording are committed: the next ones, 4,096 at most. */
      readonly kind: "events";
      /** The number of the recording. */
      readonly recording_id: number;
      /** The events, in order. */
      readonly batch: Batch;
    }
  | {
      /** A recording is imported to its end. */
      readonly kind: "complete";
      /** Its number. */
      readonly recording_id: number;
    }
  | {
      /** An import failed, or another rolled it back: nothing of the recording counts, and its seqs are free again. */
      readonly kind: "removed";
      /** Its number. */
      readonly recording_id: number;
    }
  | {
      /** A complete recording was dropped on purpose: its events are gone, and its seqs are no other's. */
      readonly kind: "dropped";
      /** Its number. */
      readonly recording_id: number;
    };

/** How a timeline is followed. Everything may be left out. */
export interface ChangesOptions {
  /**
   * The seq of the last event that is known: what was committed after it is told first. 0 = all is told. Absent = what
   * is committed from the call on. Whether the recording of that event is complete is told in any case.
   */
  readonly after?: Seq | undefined;
  /** How often the file is asked, in milliseconds, 1 or more. Absent = 200. */
  readonly everyMs?: number | undefined;
  /** Ends the changes, as leaving the loop does. Absent = they end when the timeline is closed. */
  readonly signal?: AbortSignal | undefined;
}

/** How a timeline is read; `isOpen` tells whether it still can be. */
export interface Followed {
  /** Reads the timeline. */
  readonly read: <Result>(question: (sqlite: Database.Database) => Result) => Result;
  /** Can it still be read? */
  readonly isOpen: () => boolean;
}

/** The file is asked so often, unless the user says otherwise. */
const EVERY_MS = 200;

/** What has been told of a recording. */
interface Told {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly isComplete: boolean;
}

/**
 * The changes of a timeline from now on, or from an event on. They end when the timeline is closed or `signal` is
 * aborted. The timeline is free for other questions between two of them.
 */
export function changes(
  followed: Followed,
  options: ChangesOptions,
): AsyncGenerator<TimelineChange, void, undefined> {
  const told = new Map(
    followed
      .read(recordings)
      .filter(({ dropped }) => dropped === null)
      .map((recording) => [recording.id, toldOf(recording, options.after)] as const)
      .filter((pair): pair is readonly [number, Told] => pair[1] !== null),
  );
  return follow(followed, told, options);
}

/** What is taken for told of a recording that is there from the beginning; null = nothing. */
function toldOf({ firstSeq, lastSeq, state }: Recording, after: number | undefined): Told | null {
  const last = lastSeq ?? firstSeq - 1;
  if (after === undefined) return { firstSeq, lastSeq: last, isComplete: state === "complete" };
  if (firstSeq > after) return null;
  return { firstSeq, lastSeq: Math.min(last, after), isComplete: last < after };
}

async function* follow(
  { read, isOpen }: Followed,
  told: Map<number, Told>,
  { everyMs = EVERY_MS, signal }: ChangesOptions,
): AsyncGenerator<TimelineChange, void, undefined> {
  const isOver = (): boolean => signal?.aborted === true || !isOpen();
  let version = "";
  while (!isOver()) {
    const now = read(commitVersion);
    let next = now === null || now === version ? null : read(nextOf(told));
    for (; next !== null; next = isOver() ? null : read(nextOf(told))) yield next;
    version = now ?? version;
    if (!isOver()) await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The next change that was not told, which then is; null = there is none. */
function nextOf(told: Map<number, Told>): (sqlite: Database.Database) => TimelineChange | null {
  return (sqlite) => {
    if (sqlite.inTransaction) return null;
    // What is read is of one moment.
    return sqlite.transaction(() => firstOf(sqlite, told, recordings(sqlite)))();
  };
}

function firstOf(
  sqlite: Database.Database,
  told: Map<number, Told>,
  there: readonly Recording[],
): TimelineChange | null {
  const removed = droppedOf(told, there) ?? removedOf(told, there);
  if (removed !== null) return removed;
  for (const recording of there.filter(({ dropped }) => dropped === null)) {
    const change = changeOf(sqlite, told, recording);
    if (change !== null) return change;
  }
  return null;
}

/** A recording that was told of, and was dropped since. */
function droppedOf(told: Map<number, Told>, there: readonly Recording[]): TimelineChange | null {
  const found = there.find(({ id, dropped }) => dropped !== null && told.has(id));
  if (found === undefined) return null;
  told.delete(found.id);
  return { kind: "dropped", recording_id: found.id };
}

/** A recording that is gone; one in whose place another one is, is gone too. */
function removedOf(told: Map<number, Told>, there: readonly Recording[]): TimelineChange | null {
  for (const [id, { firstSeq, lastSeq, isComplete }] of told) {
    const found = there.find((each) => each.id === id);
    const isSame =
      found?.firstSeq === firstSeq &&
      (found.lastSeq ?? firstSeq - 1) >= lastSeq &&
      (!isComplete || found.state === "complete");
    if (isSame) continue;
    told.delete(id);
    return { kind: "removed", recording_id: id };
  }
  return null;
}

function changeOf(
  sqlite: Database.Database,
  told: Map<number, Told>,
  recording: Recording,
): TimelineChange | null {
  const { id, firstSeq, state } = recording;
  const known = told.get(id);
  if (known === undefined) {
    told.set(id, { firstSeq, lastSeq: firstSeq - 1, isComplete: false });
    return { kind: "began", recording_id: id };
  }
  const last = recording.lastSeq ?? firstSeq - 1;
  if (last > known.lastSeq) {
    const to = Math.min(last, endOfBatch(firstSeq, known.lastSeq + 1));
    told.set(id, { ...known, lastSeq: to });
    return {
      kind: "events",
      recording_id: id,
      batch: eventsBetween(sqlite, known.lastSeq + 1, to),
    };
  }
  if (state !== "complete" || known.isComplete) return null;
  told.set(id, { ...known, isComplete: true });
  return { kind: "complete", recording_id: id };
}

/** The last event of the batch in which the import stored the event `seq`. */
function endOfBatch(firstSeq: number, seq: number): number {
  return firstSeq + (Math.floor((seq - firstSeq) / BATCH_ROWS) + 1) * BATCH_ROWS - 1;
}
