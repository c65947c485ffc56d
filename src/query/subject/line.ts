// A moment that is named by a line of the trace.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { KIND } from "../../domain/events/kinds.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** What a line of a recording stands for. */
export interface LineMoment {
  /** The event of that line, else the last one above it; the recording's firstSeq - 1 if there is none. */
  readonly seq: number;
  /** Has the line an event? */
  readonly isEvent: boolean;
}

/** The number in `line:N`; null = the WHEN is of another form. */
export function lineOfWhen(when: string): number | null {
  const digits = /^line:(\d{1,15})$/.exec(when)?.[1];
  return digits === undefined ? null : Number(digits);
}

/**
 * The event of a line of the trace. Throws ERR_WHEN for a line that the trace does not have. Where lines were put in
 * the order of their stamps a line has no place unless it is an event's: then ERR_WHEN too.
 */
export function eventOfLine(
  sqlite: Database.Database,
  recording: Recording,
  line: number,
): LineMoment {
  const { id, lines, firstSeq, isSorted } = recording;
  if (line < 1 || line > lines.total)
    throw new TwinError(
      "ERR_WHEN",
      `line:${line} is not in recording ${id}, whose trace has lines 1 to ${lines.total}`,
    );
  const last = (where: string): number | null =>
    sqlite
      .prepare<[number, number], number | null>(
        `SELECT max(seq) FROM event WHERE recording_id = ? AND ${where}`,
      )
      .pluck()
      .get(id, line) ?? null;
  const own = last("line = ?");
  if (own !== null) return { seq: own, isEvent: true };
  if (isSorted)
    throw new TwinError(
      "ERR_WHEN",
      `line:${line} of recording ${id} is no event, and its lines are not in the order of time: name a line that \`irqtwin log\` shows`,
    );
  // A dump of the table stands above the events that it comes after.
  const above = last(`line BETWEEN 1 AND ? AND kind <> ${KIND.irte_anchored}`);
  return { seq: above ?? firstSeq - 1, isEvent: false };
}
