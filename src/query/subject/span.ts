// A part of a recording, between two WHENs.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { seqAtTime } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { eventOfLine, lineOfWhen } from "./line.js";
import { resolveWhen, whenText, type When } from "./when.js";

/** A part of a recording, as the user gives it. */
export interface SpanOptions {
  /** A WHEN: events at that very moment count too. Absent = from the beginning. */
  readonly since?: When | undefined;
  /** A WHEN: events at that very moment count too. Absent = to the end. */
  readonly until?: When | undefined;
}

/** The first and the last event of a part of a recording, by seq. Both count. */
export interface Range {
  /** The first seq that counts. */
  readonly from: number;
  /** The last seq that counts. */
  readonly to: number;
}

/**
 * The first and the last event of a span; undefined = that end was not given. Throws ERR_WHEN, also where the span
 * ends before it begins.
 */
export function spanOf(
  sqlite: Database.Database,
  recording: Recording,
  asked: SpanOptions,
): { readonly from: number | undefined; readonly to: number | undefined } {
  const since = asked.since === undefined ? undefined : whenText(asked.since);
  const until = asked.until === undefined ? undefined : whenText(asked.until);
  if (since !== undefined && until !== undefined) refuseBackwards(sqlite, recording, since, until);
  return {
    from: since === undefined ? undefined : firstSeqFrom(sqlite, recording, since),
    to: until === undefined ? undefined : resolveWhen(sqlite, recording, until).seq,
  };
}

/** Two events are compared by their places in the order, other moments by their times. */
function refuseBackwards(
  sqlite: Database.Database,
  recording: Recording,
  since: string,
  until: string,
): void {
  if (since === "start" || until === "end") return;
  const begin = resolveWhen(sqlite, recording, since);
  const end = resolveWhen(sqlite, recording, until);
  const areEvents = isPlace(since) && isPlace(until);
  if (areEvents ? begin.seq <= end.seq : begin.time <= end.time) return;
  throw new TwinError(
    "ERR_WHEN",
    `\`since: ${since}\` is after \`until: ${until}\`: no event is between`,
  );
}

/** The same, up to the ends of the recording where the user gave none. Throws ERR_WHEN. */
export function rangeOf(
  sqlite: Database.Database,
  recording: Recording,
  options: SpanOptions,
): Range {
  const { from, to } = spanOf(sqlite, recording, options);
  return { from: from ?? recording.firstSeq, to: to ?? recording.lastSeq ?? recording.firstSeq };
}

/** Is it a place in the order of events, and not a time? */
function isPlace(when: string): boolean {
  return when.startsWith("@") || lineOfWhen(when) !== null;
}

/** The first event that is not before `since`. Several events can have the same time. */
function firstSeqFrom(sqlite: Database.Database, recording: Recording, since: string): number {
  const line = lineOfWhen(since);
  if (line !== null) {
    const { seq, isEvent } = eventOfLine(sqlite, recording, line);
    return isEvent ? seq : seq + 1;
  }
  const moment = resolveWhen(sqlite, recording, since);
  if (since === "start") return recording.firstSeq;
  return since.startsWith("@") ? moment.seq : seqAtTime(sqlite, recording, moment.time - 1n) + 1;
}
