// WHEN on the command line: a moment of a recording.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { NS_PER_UNIT, secondsText } from "../../base/stamp.js";
import { type Seq } from "../../domain/values/ids.js";
import { lastAtStart, seqAtTime, timeOf } from "../../timeline/read/events.js";
import { eventOfLine, lineOfWhen } from "./line.js";
import { type RecordingFacts } from "../../timeline/read/recording-facts.js";
import { recordings, type Recording } from "../../timeline/read/recordings.js";

/** A moment of a recording. */
export interface Moment {
  /** The last event that counts; one less than the recording's first if none has happened yet. */
  readonly seq: Seq;
  /** In the recording's clock unit. It can be later than the event. */
  readonly time: bigint;
}

/**
 * How a moment of a recording is given: text in one of WHEN_FORMS; a bigint, which is nanoseconds of the recording's
 * clock (ticks of a counter clock); or the event after which it is.
 */
export type When =
  | string
  | bigint
  | {
      /** The event after which the moment is. */
      readonly seq: Seq;
    };

/** A moment as the text that means it. Throws ERR_WHEN if it is none. */
export function whenText(when: When): string {
  if (typeof when === "string") return when;
  if (typeof when === "bigint" && when >= 0n) return `${when}ns`;
  if (typeof when === "object" && Number.isSafeInteger(when.seq) && when.seq >= 0)
    return `@${when.seq}`;
  const said = typeof when === "object" ? `{ seq: ${String(when.seq)} }` : String(when);
  throw new TwinError("ERR_WHEN", `${said} is not a moment: write ${WHEN_FORMS}`);
}

/** The forms of a WHEN, for help texts and messages. */
export const WHEN_FORMS =
  "16.519052 (seconds), 16519052000ns, @SEQ (an event), line:N (of the trace), start, end, or -50ms before the end";

/** The moment of an event, whose time is read only if it is asked for: not every question needs it. */
function momentOf(sqlite: Database.Database, seq: Seq): Moment {
  let time: bigint | null = null;
  return {
    seq,
    get time() {
      return (time ??= timeOf(sqlite, seq));
    },
  };
}

/**
 * Reads a WHEN. Throws ERR_WHEN if it is malformed or outside the recording, ERR_TIMELINE_EMPTY if the recording
 * has no event.
 */
export function resolveWhen(sqlite: Database.Database, recording: Recording, asked: When): Moment {
  const when = whenText(asked);
  const { firstSeq, lastSeq, first, last } = recording;
  if (first === null || last === null) {
    throw new TwinError(
      "ERR_TIMELINE_EMPTY",
      `recording ${recording.id} (${recording.file}) has no event: nothing can be asked of it`,
    );
  }
  const seqText = /^@(\d{1,15})$/.exec(when)?.[1];
  if (seqText !== undefined) {
    const seq = Number(seqText);
    if (lastSeq === null || seq < firstSeq || seq > lastSeq) {
      throw new TwinError(
        "ERR_WHEN",
        `${when} is not in recording ${recording.id}, whose events are @${firstSeq} to @${lastSeq ?? "none"}${holder(sqlite, seq)}`,
      );
    }
    return momentOf(sqlite, seq);
  }
  const line = lineOfWhen(when);
  if (line !== null) {
    const { seq } = eventOfLine(sqlite, recording, line);
    return { seq, time: seq < firstSeq ? first : timeOf(sqlite, seq) };
  }
  // They are places and not times: where times fall, other events may have these too.
  if (when === "start") return { seq: lastAtStart(sqlite, recording), time: first };
  if (when === "end") return { seq: lastSeq ?? firstSeq - 1, time: last };
  const time = timeOfWhen(recording, when, first, last);
  return momentAt(sqlite, recording, when, { time, first, last });
}

/**
 * The moment of a time. Throws ERR_WHEN if it is outside the recording. Where that ends before it begins none is inside: what
 * was so at a time is not what the lines above it in the file tell.
 */
function momentAt(
  sqlite: Database.Database,
  recording: Recording,
  when: string,
  within: { readonly time: bigint; readonly first: bigint; readonly last: bigint },
): Moment {
  const { time, first, last } = within;
  if (time < first || time > last) {
    const advice = last < first ? ": its times fall, so name an event (@N) or a line (line:N)" : "";
    throw new TwinError(
      "ERR_WHEN",
      `${when} is outside recording ${recording.id}, which is ${timeText(recording, first)} to ${timeText(recording, last)}${advice}`,
    );
  }
  return { seq: seqAtTime(sqlite, recording, time), time };
}

/** Which other recording holds an event. */
function holder(sqlite: Database.Database, seq: number): string {
  const found = recordings(sqlite).find(
    ({ firstSeq, lastSeq }) => lastSeq !== null && firstSeq <= seq && seq <= lastSeq,
  );
  if (found?.dropped != null)
    return `: it was an event of recording ${found.id}, which was dropped at ${found.dropped.at}`;
  return found === undefined ? "" : `: ask recording ${found.id}, with \`recording: ${found.id}\``;
}

function timeOfWhen(recording: Recording, when: string, first: bigint, last: bigint): bigint {
  const [, minus = "", whole = "", fraction, unit] =
    /^(-?)(\d{1,20})(?:\.(\d{1,9}))?(ns|us|ms|s)?$/.exec(when) ?? [];
  if (whole === "") throw new TwinError("ERR_WHEN", `${when} is not a moment: write ${WHEN_FORMS}`);
  if (recording.clockUnit === "ticks") {
    // A counter clock knows no second: `ns` then means ticks, as everywhere in this recording.
    if (fraction !== undefined || (unit !== undefined && unit !== "ns")) {
      throw new TwinError(
        "ERR_WHEN",
        `${when} is in seconds, but recording ${recording.id} has a counter clock: write its ticks (${timeText(recording, first)} to ${timeText(recording, last)}), or import it with \`clockHz\``,
      );
    }
    return minus === "" ? BigInt(whole) : last - BigInt(whole);
  }
  const scale = NS_PER_UNIT[unit ?? "s"] ?? 1n;
  const ns =
    BigInt(whole) * scale + (BigInt((fraction ?? "").padEnd(9, "0")) * scale) / 1_000_000_000n;
  return minus === "" ? ns : last - ns;
}

/**
 * A time as the trace prints it, so that it can be searched there. Its recording, or a document of it, says what it
 * counts.
 */
export function formatTime(
  { clock_unit }: Pick<RecordingFacts, "clock_unit">,
  time: bigint | string,
): string {
  return clock_unit === "ticks" ? String(time) : secondsText(BigInt(time));
}

/** The same of a time of a recording. */
export function timeText({ clockUnit }: Recording, time: bigint | string): string {
  return formatTime({ clock_unit: clockUnit }, time);
}
