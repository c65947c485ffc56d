// The recordings of a timeline, and which of them is current.

import type Database from "better-sqlite3";
import { sql, type InferResult, type Selectable } from "kysely";
import { TwinError } from "../../base/errors.js";
import { type FormatName, type RulesFrom } from "../../source/sniffed.js";
import { profilesOfText } from "../../domain/platform/read-by.js";
import { findPlatform } from "../../platforms/registry.js";
import { DROPPED } from "../schema/dropped.js";
import { type RecordingTable } from "../schema/tables.js";
import { commitVersion } from "../store/one-read.js";
import { prepared, q } from "../store/sql.js";
import { type RecordingDropped, type RecordingPart } from "./kept-recordings.js";

/** A recording: one imported trace. Its times are in its clock unit. */
export interface Recording {
  /** Its number in the timeline, from 1. */
  readonly id: number;
  /**
   * importing: what is committed so far can be asked. complete: it never changes again. dropped: what it was is known,
   * and nothing of it can be asked.
   */
  readonly state: "importing" | "complete" | "dropped";
  /** The name of the trace file without its folder, or the one that the import was given; `-` for a stream. */
  readonly file: string;
  /** The SHA-256 of the file as it was given; null = it is still being read, or the recording is a part of a file. */
  readonly sha256: string | null;
  /** The format of the file. */
  readonly format: FormatName;
  /** Where the file was when it was imported, from the timeline's folder; null = standard input, or not stored. */
  readonly path: string | null;
  /** `uname -r` of the recorded host; null = unknown. */
  readonly kernel: string | null;
  /** Id of the platform whose interrupt remapping tables it shows. */
  readonly platform: string;
  /** The profile by which it is read; null = none, one that this version does not know, or several. */
  readonly rules: string | null;
  /** The profiles by which it may be judged, oldest first; none where its release has none. */
  readonly rulesAllowed: readonly string[];
  /** What the profile was chosen by. */
  readonly rulesFrom: RulesFrom;
  /** What its times count: nanoseconds, or ticks of a counter clock. */
  readonly clockUnit: "ns" | "ticks";
  /** Ticks per second by which a counter clock was converted; null = it was not. */
  readonly clockHz: number | null;
  /** Its first event: where there is none yet, the seq that it will have. */
  readonly firstSeq: number;
  /** Its last event: it has all from firstSeq on; null = it has none. */
  readonly lastSeq: number | null;
  /** The time of its first line; null = it has none. */
  readonly first: bigint | null;
  /** The time of its last line; null = it has none. */
  readonly last: bigint | null;
  /** How many lines it has, and how many of each sort. */
  readonly lines: Readonly<
    Record<"total" | "header" | "events" | "unused" | "rejected" | "gaps", number>
  >;
  /** Events that the ring buffer had overwritten before the trace was read. */
  readonly overwritten: number;
  /** How many lines have a time before that of the line above them. */
  readonly timeAnomalies: number;
  /** The number of the first of these lines; null = there is none. */
  readonly firstTimeAnomaly: number | null;
  /** Its lines were put in the order of their stamps: line numbers do not rise with seq. */
  readonly isSorted: boolean;
  /** How many entries of the trace the file lacks; 0 = some, null = none that is known of. */
  readonly leftOut: number | null;
  /** Does a header, or the capture script, count its lines? One of an older version counts where it has a header. */
  readonly isCounted: boolean;
  /** Its first lines show the exchange inside of each IRTE write. */
  readonly seesExchanges: boolean;
  /** The recording that this one corrects; null = none. */
  readonly supersedes: number | null;
  /** The recording that corrects this one and is complete, or was before it was dropped; null = this one is current. */
  readonly supersededBy: number | null;
  /** When and why it was dropped; null = it is not. */
  readonly dropped: RecordingDropped | null;
  /** Which part of a source it is; null = it is all of one. */
  readonly part: RecordingPart | null;
}

const textOf = (column: "first_ns" | "last_ns") =>
  sql<string | null>`cast(${sql.ref(column)} as text)`.as(`${column}_text`);
const RECORDINGS = q
  .selectFrom("recording")
  .selectAll("recording")
  .select([textOf("first_ns"), textOf("last_ns")])
  .leftJoin("dropped_recording", "dropped_recording.recording_id", "recording.id")
  .select(["dropped_at", "why", "events", "hash"])
  .leftJoin("recording_part", "recording_part.recording_id", "recording.id")
  .select(["ended_at", "from_byte", "to_byte", "tail_sha256"])
  .select(sql<number>`(julianday('now') - julianday(ended_at)) * 86400`.as("age"))
  // A literal, because the statement is prepared once and without parameters.
  .where("importer", "is not", sql.lit(DROPPED))
  .orderBy("id");
type RecordingRow = InferResult<typeof RECORDINGS>[number];
let recordingsSql: string | null = null;

/** The recordings of a connection as of a commit. */
interface AsOf {
  readonly version: string;
  readonly recordings: readonly Recording[];
}
const lastRead = new WeakMap<Database.Database, AsOf>();

/** All recordings, oldest first. A recording that is being imported shows what is committed of it. */
export function recordings(sqlite: Database.Database): readonly Recording[] {
  const version = commitVersion(sqlite);
  const last = lastRead.get(sqlite);
  if (version !== null && last?.version === version) return last.recordings;
  recordingsSql ??= RECORDINGS.compile().sql;
  const rows = prepared<[], RecordingRow>(sqlite, recordingsSql).all();
  const read = rows.map((row) => recordingOf(row, rows));
  if (version !== null && version === commitVersion(sqlite))
    lastRead.set(sqlite, { version, recordings: read });
  return read;
}

function knownProfile({ platform, rules }: RecordingRow): string | null {
  const isKnown = rules !== null && findPlatform(platform)?.profiles.includes(rules) === true;
  return isKnown ? rules : null;
}

/** A timeline of an older schema has one profile at most, and it is the recording's own. */
function allowedProfiles(row: RecordingRow): readonly string[] {
  const { platform, rules, rules_allowed } = row;
  const known = findPlatform(platform)?.profiles ?? [];
  return profilesOfText(rules_allowed ?? rules).filter((profile) => known.includes(profile));
}

function recordingOf(row: RecordingRow, all: readonly RecordingRow[]): Recording {
  return {
    id: row.id,
    state: row.dropped_at === null ? row.state : "dropped",
    file: row.file,
    sha256: row.sha256,
    path: row.path,
    format: row.format as FormatName,
    kernel: row.kernel,
    platform: row.platform,
    rules: knownProfile(row),
    rulesAllowed: allowedProfiles(row),
    rulesFrom: row.rules_from as RulesFrom,
    clockUnit: row.clock_unit,
    clockHz: row.clock_hz,
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    first: row.first_ns_text === null ? null : BigInt(row.first_ns_text),
    last: row.last_ns_text === null ? null : BigInt(row.last_ns_text),
    lines: lineCountsOf(row),
    overwritten: row.overwritten,
    timeAnomalies: row.time_anomalies,
    firstTimeAnomaly: row.first_time_anomaly,
    isSorted: row.sorted === 1,
    leftOut: row.left_out,
    isCounted: (row.counted ?? row.lines_header) > 0,
    seesExchanges: row.sees_exchanges === 1,
    supersedes: row.supersedes,
    supersededBy:
      // What was corrected is corrected anew once its correction is dropped: the newest one counts.
      all.findLast(({ supersedes, state }) => supersedes === row.id && state === "complete")?.id ??
      null,
    dropped: droppedOf(row),
    part: partOf(row),
  };
}

function droppedOf({ dropped_at, why, events, hash }: RecordingRow): RecordingDropped | null {
  return dropped_at === null || why === null || events === null
    ? null
    : { at: dropped_at, why, events, hash };
}

function partOf(row: RecordingRow): RecordingPart | null {
  const { ended_at, from_byte, to_byte, tail_sha256, age } = row;
  return ended_at === null || from_byte === null || to_byte === null || tail_sha256 === null
    ? null
    : { ended_at, age_seconds: Math.max(0, age), from_byte, to_byte, tail_sha256 };
}

/** The columns `lines_...` of a row of `recording`. */
export function lineCountsOf(row: Selectable<RecordingTable>): Recording["lines"] {
  return {
    total: row.lines_total,
    header: row.lines_header,
    events: row.lines_events,
    unused: row.lines_unused,
    rejected: row.lines_rejected,
    gaps: row.lines_gaps,
  };
}

/** A recording that can be asked. Throws ERR_DROPPED if it was dropped. */
function kept(recording: Recording): Recording {
  const { id, file, dropped } = recording;
  if (dropped === null) return recording;
  throw new TwinError(
    "ERR_DROPPED",
    `recording ${id} (${file}) was dropped at ${dropped.at} (${dropped.why}): its ${dropped.events} events are no longer here; import the trace again, or open the timeline that it was exported to`,
  );
}

function listed({ id, dropped }: Recording): string {
  return dropped === null ? String(id) : `${id} (dropped)`;
}

/** The one that is asked where none is named; undefined = there is none at all. */
function newestOf(list: readonly Recording[]): Recording | undefined {
  const complete = list.filter(({ state }) => state === "complete");
  return (
    complete.findLast(({ supersededBy }) => supersededBy === null) ??
    complete.at(-1) ??
    list.findLast(({ state }) => state === "importing")
  );
}

function nothingToAsk(list: readonly Recording[]): TwinError {
  const last = list.at(-1);
  const says =
    last?.dropped == null
      ? "the timeline holds no recording: import one with `irqtwin import FILE`"
      : `the timeline holds no recording that can be asked: all were dropped, the last one, recording ${last.id} (${last.file}), at ${last.dropped.at} (${last.dropped.why}): import a trace with \`irqtwin import FILE\`, or open the timeline that it was exported to`;
  return new TwinError("ERR_TIMELINE_EMPTY", says);
}

/**
 * The recording of that number; without a number the newest complete one, or the newest if none is complete. A
 * correction is newer than what it corrects. Throws ERR_TIMELINE_EMPTY if there is no recording that can be asked,
 * ERR_NO_RECORDING if there is none of that number, ERR_DROPPED if it was dropped.
 */
export function pickRecording(sqlite: Database.Database, id?: number): Recording {
  const list = recordings(sqlite);
  if (list.length === 0) throw nothingToAsk(list);
  if (id === undefined) {
    const newest = newestOf(list);
    if (newest === undefined) throw nothingToAsk(list);
    return newest;
  }
  const found = list.find((recording) => recording.id === id);
  if (found === undefined) {
    throw new TwinError(
      "ERR_NO_RECORDING",
      `there is no recording ${id}: the timeline has ${list.map(listed).join(", ")}`,
    );
  }
  return kept(found);
}
