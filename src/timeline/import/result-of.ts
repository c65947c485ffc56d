// What an import says of its recording, from what it has read.

import { type RecordingReader } from "../../source/reader.js";
import { type Sniffed } from "../../source/sniffed.js";
import { allNotes, type InputNote } from "../read/notes.js";
import { recordedKernel } from "../read/recorded-kernel.js";
import { type Anchor } from "./anchor.js";
import { type Start } from "./begin.js";
import { type ImportResult } from "./import-result.js";
import { type Reread } from "./in-order.js";
import { redactedNames } from "../redact/redacted-rows.js";
import { type RedactableInput } from "./redacted-input.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { type Pipeline } from "./pipeline.js";

/** What the caller says, with the dump that he names. */
export type Asked = Omit<ImportOptions, "anchor"> &
  ImportJudge & {
    /** The dump; null = none. */
    readonly anchor: Anchor | null;
  };

/** The same, with the frequency of a counter clock that the trace tells, where the caller tells none. */
export function withClock(options: Asked, { clockHz }: Sniffed): Asked {
  return { ...options, clockHz: options.clockHz ?? clockHz ?? undefined };
}

/** What the file lacks. Of lines in another order than the file's no header above them can count them. */
export function leftOutOf(reader: RecordingReader, sorted: Reread["sorted"]): number | null {
  if (sorted === null) return reader.leftOut;
  return sorted.leftOut ?? (reader.isPart ? 0 : null);
}

/** What was taken out of the lines of an input that has been read. */
export function takenOut(
  { byteOrderMarks }: RecordingReader,
  input: RedactableInput,
): readonly InputNote[] {
  const taken = [
    { kind: "colours", lines: input.colouredLines() },
    { kind: "byte order mark", lines: byteOrderMarks },
  ] as const;
  return taken.filter(({ lines }) => lines > 0);
}

/** What the import says of its recording. */
export function resultOf(
  of: { readonly sniffed: Sniffed; readonly start: Start; readonly pipeline: Pipeline },
  sha256: string,
  from: {
    readonly input: RedactableInput;
    readonly options: Asked;
    readonly sorted: Reread["sorted"];
    readonly notes: readonly InputNote[];
  },
): Omit<ImportResult, "left_out" | "left"> {
  const { sniffed, start, pipeline } = of;
  const { input, sorted, notes } = from;
  const options = withClock(from.options, sniffed);
  const { supersedes, clockHz } = options;
  const { reader } = pipeline;
  const { redaction } = input;
  const read = reader.names.counts();
  const names = redaction === null ? read : redactedNames(read, redaction);
  return {
    recording_id: start.id,
    file: input.name,
    sha256,
    format: sniffed.format,
    ...recordedKernel(sniffed),
    clock_unit: clockHz === undefined ? sniffed.clockUnit : "ns",
    clock_hz: clockHz ?? null,
    lines: { ...reader.counts },
    names,
    notes: allNotes(notes, names),
    events: pipeline.eventsByKind(),
    time_anomalies: reader.clock.anomalies,
    sorted: sorted !== null,
    already_imported: false,
    supersedes: supersedes ?? null,
    anchor: options.anchor?.identity ?? null,
  };
}
