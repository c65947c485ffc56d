// The recordings of a timeline, and which of them is current.

import type Database from "better-sqlite3";
import { sql, type InferResult, type Selectable } from "kysely";
import { TwinError } from "../../base/errors.js";
import { type RulesFrom } from "../../source/sniffed.js";
import { profilesOfText } from "../../domain/platform/read-by.js";
import { findPlatform } from "../../platforms/registry.js";
import { DROPPED } from "../schema/dropped.js";
import { type RecordingTable } from "../schema/tables.js";
import { commitVersion } from "../store/one-read.js";
import { prepared, q } from "../store/sql.js";

/** A recording: one imported trace. Its times are in its clock unit. */
export interface Recording {
  /** Its number in the timeline, from 1. */
  readonly id: number;
  /** importing: what is committed so far can be asked. complete: it never changes again. */
  readonly state: "importing" | "complete";
  /** The name of the trace file without its folder, or the one that the import was given; `-` for a stream. */
  readonly file: string;
  /** The SHA-256 of the file as it was given; null = it is still being read, or the recording is a part of a file. */
  readonly sha256: string | null;
  /** The format of the file: `ftrace`, `perf script` or `trace.dat`. */
  readonly format: string;
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
  /** The complete recording that corrects this one; null = this one is current. */
  readonly supersededBy: number | null;
}

const textOf = (column: "first_ns" | "last_ns") =>
  sql<string | null>`cast(${sql.ref(column)} as text)`.as(`${column}_text`);
const RECORDINGS = q
  .selectFrom("recording")
  .selectAll()
  .select([textOf("first_ns"), textOf("last_ns")])
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
    state: row.state,
    file: row.file,
    sha256: row.sha256,
    path: row.path,
    format: row.format,
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
      all.find(({ supersedes, state }) => supersedes === row.id && state === "complete")?.id ??
      null,
  };
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

/**
 * The recording of that number; without a number the newest complete one, or the newest if none is complete. A
 * correction is newer than what it corrects. Throws ERR_TIMELINE_EMPTY if there is no recording at all,
 * ERR_NO_RECORDING if there is none of that number.
 */
export function pickRecording(sqlite: Database.Database, id?: number): Recording {
  const list = recordings(sqlite);
  const newest = list.findLast(({ state }) => state === "complete") ?? list.at(-1);
  if (newest === undefined) {
    throw new TwinError(
      "ERR_TIMELINE_EMPTY",
      "the timeline holds no recording: import one with `irqtwin import FILE`",
    );
  }
  if (id === undefined) return newest;
  const found = list.find((recording) => recording.id === id);
  if (found === undefined) {
    throw new TwinError(
      "ERR_NO_RECORDING",
      `there is no recording ${id}: the timeline has ${list.map((each) => each.id).join(", ")}`,
    );
  }
  return found;
}
