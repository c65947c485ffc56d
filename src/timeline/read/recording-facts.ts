// A recording as results tell it: plain data, in the words of v_recording and of `info --json`.

import { type FormatName } from "../../source/sniffed.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { type LineCounts } from "../../source/read-batch.js";
import { type RecordingDropped, type RecordingPart } from "./kept-recordings.js";
import { recordedKernel, type RecordedKernel } from "./recorded-kernel.js";
import { type Recording } from "./recordings.js";

/** What is known of a recording, which is one imported trace. Its times are in its clock unit, as text. */
export interface RecordingFacts extends RecordedKernel {
  /** Its number in the timeline, from 1. */
  readonly id: number;
  /**
   * importing: its import has not ended, so it grows, or is taken back. dropped: its events are gone, and every question
   * throws ERR_DROPPED.
   */
  readonly state: "importing" | "complete" | "dropped";
  /** The name of its file, without folders. */
  readonly file: string;
  /** SHA-256 of the file as it was given; null = it is still being read, or the recording is a part of a file. */
  readonly sha256: string | null;
  /** The format of the file. */
  readonly format: FormatName;
  /** Where the file was when it was imported, from the timeline's folder; null = standard input, or not stored. */
  readonly path: string | null;
  /** What its times count: nanoseconds, or ticks of a counter clock. */
  readonly clock_unit: "ns" | "ticks";
  /** Ticks per second by which a counter clock was converted to nanoseconds; null = it was not. */
  readonly clock_hz: number | null;
  /** Its first event. It has all events from there to `last_seq`. */
  readonly first_seq: Seq;
  /** Its last event; null = it has no event. */
  readonly last_seq: Seq | null;
  /** The time of its first line; null = it has none. */
  readonly first_ns: TimeText | null;
  /** The time of its last line; null = it has none. */
  readonly last_ns: TimeText | null;
  /** How many lines it has, and how many of each sort. */
  readonly lines: LineCounts;
  /** Events that the ring buffer had overwritten before the trace was read. */
  readonly overwritten: number;
  /** Lines whose time is before that of the line above them. */
  readonly time_anomalies: number;
  /** The first of these lines; null = there is none. */
  readonly first_time_anomaly: number | null;
  /** Its lines were put in the order of their stamps: line numbers do not rise with seq. */
  readonly sorted: boolean;
  /** How many entries of the trace the file lacks; 0 = some, null = none that is known of. */
  readonly left_out: number | null;
  /** Its first lines show the exchange inside of each IRTE write. */
  readonly sees_exchanges: boolean;
  /** The recording that this one corrects; null = none. */
  readonly supersedes: number | null;
  /** The recording that corrects this one and is complete, or was before it was dropped; null = this one is current. */
  readonly superseded_by: number | null;
  /** When and why it was dropped; null = it is not. */
  readonly dropped: RecordingDropped | null;
  /** Which part of a source it is; null = it is all of one. */
  readonly part: RecordingPart | null;
}

/** What is known of a recording, as results tell it. */
export function factsOf(recording: Recording): RecordingFacts {
  return {
    id: recording.id,
    state: recording.state,
    file: recording.file,
    sha256: recording.sha256,
    format: recording.format,
    path: recording.path,
    ...recordedKernel(recording),
    clock_unit: recording.clockUnit,
    clock_hz: recording.clockHz,
    first_seq: recording.firstSeq,
    last_seq: recording.lastSeq,
    first_ns: recording.first === null ? null : String(recording.first),
    last_ns: recording.last === null ? null : String(recording.last),
    lines: recording.lines,
    overwritten: recording.overwritten,
    time_anomalies: recording.timeAnomalies,
    first_time_anomaly: recording.firstTimeAnomaly,
    sorted: recording.isSorted,
    left_out: recording.leftOut,
    sees_exchanges: recording.seesExchanges,
    supersedes: recording.supersedes,
    superseded_by: recording.supersededBy,
    dropped: recording.dropped,
    part: recording.part,
  };
}
