// What an import says of its recording, at once or when the same file comes again.

import type Database from "better-sqlite3";
import { profilesOfText } from "../../domain/platform/read-by.js";
import { kindName, type EventKindName } from "../../domain/events/kinds.js";
import { type Selectable } from "kysely";
import { type LineCounts, type NameCount } from "../../source/read-batch.js";
import { type FormatName, type RulesFrom } from "../../source/sniffed.js";
import { notesOf, type ImportNote } from "../read/notes.js";
import { recordedKernel, type RecordedKernel } from "../read/recorded-kernel.js";
import { lineCountsOf } from "../read/recordings.js";
import { type RecordingTable } from "../schema/tables.js";
import { type LeftBefore } from "./begin.js";
import { anchorIdentity } from "./anchor.js";
import { all, first, q } from "../store/sql.js";

/** The numbers of the recordings that were dropped. */
const DROPPED_IDS = q.selectFrom("dropped_recording").select("recording_id");

/** What is known of a recording after its import. */
export interface ImportResult extends RecordedKernel {
  /** The number of the recording. */
  readonly recording_id: number;
  /** The file's name without its folder; `-` for standard input. */
  readonly file: string;
  /** The SHA-256 of the input's bytes as they are stored, in lower-case hexadecimal digits. */
  readonly sha256: string;
  /** The format of the file. */
  readonly format: FormatName;
  /** What the recording's times count. */
  readonly clock_unit: "ns" | "ticks";
  /** Ticks per second, where they were converted to nanoseconds. */
  readonly clock_hz: number | null;
  /** How many lines it has, and how many of each sort. */
  readonly lines: LineCounts;
  /** Every event name of the trace, in the order of the names. */
  readonly names: readonly NameCount[];
  /** What was taken out of its lines, and what is not known of them, one note each. */
  readonly notes: readonly ImportNote[];
  /** How many events there are, by the name of their kind. */
  readonly events: Readonly<Partial<Record<EventKindName, number>>>;
  /** Lines whose time is before that of the line above them. */
  readonly time_anomalies: number;
  /** The lines were put in the order of their stamps. */
  readonly sorted: boolean;
  /** How many entries of the trace the file lacks; 0 = some, null = none that is known of. */
  readonly left_out: number | null;
  /** What an earlier import left that did not come to its end, and that this one ended or removed; null = nothing. */
  readonly left: LeftBefore | null;
  /** true: the file was here already, and nothing was done. */
  readonly already_imported: boolean;
  /** The recording that this one corrects; null = none. */
  readonly supersedes: number | null;
  /** The dump that it was imported with: its SHA-256 and its moment; null = none. */
  readonly anchor: string | null;
}

/**
 * What the import of a file with these bytes said, if the timeline holds it: of several recordings of the file
 * the last. undefined = it was never imported to its end, or is dropped.
 */
export function completeRecording(
  sqlite: Database.Database,
  sha256: string,
): ImportResult | undefined {
  const row = first(
    sqlite,
    q
      .selectFrom("recording")
      .selectAll()
      .where("sha256", "=", sha256)
      .where("state", "=", "complete")
      .where("id", "not in", DROPPED_IDS)
      .orderBy("id", "desc"),
  );
  return row === undefined ? undefined : storedResult(sqlite, row, sha256);
}

/** The number of a recording of a file with these bytes that was imported to its end, dropped ones included. */
export function everComplete(sqlite: Database.Database, sha256: string): number | undefined {
  return first(
    sqlite,
    q
      .selectFrom("recording")
      .select("id")
      .where("sha256", "=", sha256)
      .where("state", "=", "complete")
      .orderBy("id", "desc"),
  )?.id;
}

function storedResult(
  sqlite: Database.Database,
  row: Selectable<RecordingTable>,
  sha256: string,
): ImportResult {
  const rulesAllowed = profilesOfText(row.rules_allowed ?? row.rules);
  const names = storedNames(sqlite, row.id);
  return {
    recording_id: row.id,
    file: row.file,
    sha256,
    format: row.format as FormatName,
    ...recordedKernel({ ...row, rulesAllowed, rulesFrom: row.rules_from as RulesFrom }),
    clock_unit: row.clock_unit,
    clock_hz: row.clock_hz,
    lines: lineCountsOf(row),
    names,
    notes: notesOf(sqlite, row.id, names),
    events: eventsByKind(sqlite, row.id),
    time_anomalies: row.time_anomalies,
    sorted: row.sorted === 1,
    left_out: row.left_out,
    left: null,
    already_imported: true,
    supersedes: row.supersedes,
    anchor: anchorIdentity(sqlite, row.id),
  };
}

function storedNames(sqlite: Database.Database, recording: number): readonly NameCount[] {
  const rows = all(
    sqlite,
    q.selectFrom("recording_name").selectAll().where("recording_id", "=", recording),
  );
  return rows.map(({ name, known, events, unused }) => ({
    name,
    known: known === 1,
    events,
    unused,
  }));
}

function eventsByKind(
  sqlite: Database.Database,
  recording: number,
): Readonly<Record<string, number>> {
  const rows = all(
    sqlite,
    q
      .selectFrom("event")
      .select((eb) => ["kind", eb.fn.countAll<number>().as("count")])
      .where("recording_id", "=", recording)
      .groupBy("kind"),
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [kindName(kind), count]));
}
