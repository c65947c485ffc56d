// Several files that are parts of one trace as the bytes of that trace: in the order of their times, and what stands in two
// of them once.

import { basename } from "node:path";
import { isBefore } from "../../base/stamp.js";
import { TwinError } from "../../base/errors.js";
import { formatOf } from "../../formats/registry.js";
import { type SourceFormat } from "../../source/format.js";
import { type InputNote } from "../read/notes.js";
import { aheadsOf, confirmedBy } from "../../source/join/clocks.js";
import { openInput } from "./input.js";
import { offsetOf, withClock } from "./join-clock.js";
import { chunksOf } from "./join-lines.js";
import { headOf, partAt, refuseOthers, type JoinPart } from "./join-part.js";

/** How files are joined. */
export interface JoinOptions {
  /** Stops it: it throws ERR_ABORTED. Absent = nothing does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * By how much the clock of each file but the first is ahead of the first one's, one for all of them or one for each:
   * seconds (`-12.5`), or nanoseconds or ticks (`500ns`). Stamps become those of the first file's clock. Absent = 0 where
   * the clocks have the same name, else what the lines tell that both files have.
   */
  readonly offset?: readonly string[] | undefined;
}

/** Several files as one trace. */
export interface JoinedTrace {
  /** A name for the recording: that of the first file, and how many more there are. */
  readonly name: string;
  /** The files, in the order of their times. */
  readonly files: readonly string[];
  /** What is to be noted of the trace: give `import` these too. */
  readonly notes: readonly InputNote[];
  /** The bytes of the trace: import them. They come once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Puts files together that are parts of one trace. Throws ERR_JOIN where they are not of one boot and one kernel, where
 * nothing tells the difference of their clocks, where lines of the same time are not the same, or where lines may be missing
 * and the format cannot say so. Throws as `import` does too, and ERR_USAGE for an offset that is none.
 */
export async function joinTraces(
  paths: readonly string[],
  options: JoinOptions,
): Promise<JoinedTrace> {
  const streams = await joinedAsStreams(paths, options);
  if (streams !== null) return streams;
  const given: JoinPart[] = [];
  for (const path of paths) given.push(await partAt(path, options));
  if (given.length === 0) throw new TwinError("ERR_JOIN", "there is no file to join: name some");
  refuseOthers(given);
  const { parts: moved, notes } = inOneClock(given, options.offset);
  const parts = moved.sort(byTime);
  const files = parts.map(({ path }) => path);
  return {
    name: nameOf(files),
    files,
    notes,
    chunks: chunksOf(parts, options),
  };
}

/** Files whose format puts them together itself; null = they are joined line by line. */
async function joinedAsStreams(
  paths: readonly string[],
  options: JoinOptions,
): Promise<JoinedTrace | null> {
  const formats: SourceFormat[] = [];
  for (const path of paths) formats.push(formatOf(await headOf(path, options)));
  const [first] = formats;
  if (first?.join === undefined || formats.some((each) => each !== first)) return null;
  const { offset } = options;
  const told = offsetsOf(offset, paths.length - 1);
  const aheads = told?.map((text) => offsetOf(text, null)) ?? null;
  const streams = paths.map((path) => ({ path, open: () => bytesOf(path, options) }));
  const { files, chunks, confirmed } = await first.join(streams, aheads);
  return { name: nameOf(files), files, notes: notesOf(aheads, confirmed), chunks };
}

/** `aheads`: what the user says, null = nothing; `confirmed`: by how many lines, null = by enough. */
function notesOf(aheads: readonly bigint[] | null, confirmed: number | null): readonly InputNote[] {
  const isNoted = aheads !== null && confirmed !== null;
  return isNoted ? [{ kind: "offset unconfirmed", lines: confirmed }] : [];
}

function nameOf(files: readonly string[]): string {
  const more = files.length - 1;
  return `${basename(files[0] ?? "")}${more <= 0 ? "" : ` and ${more} more`}`;
}

/** The difference of each file but the first; null = none is given. */
function offsetsOf(offset: JoinOptions["offset"], others: number): readonly string[] | null {
  if (offset === undefined || offset.length === 0) return null;
  if (offset.length !== 1 && offset.length !== others)
    throw new TwinError(
      "ERR_USAGE",
      `there are ${offset.length} values of \`offset\` and ${others} files besides the first: give one for all, or one for each`,
    );
  return Array.from({ length: others }, (_, i) => offset[i] ?? offset[0] ?? "");
}

/** The files with the clock of the first one, and what is to be noted of that. */
function inOneClock(
  parts: readonly JoinPart[],
  offset: JoinOptions["offset"],
): { readonly parts: JoinPart[]; readonly notes: readonly InputNote[] } {
  const [first, ...others] = parts;
  if (first === undefined) return { parts: [], notes: [] };
  const told = offsetsOf(offset, others.length);
  const given = told?.map((text) => offsetOf(text, first.unit)) ?? null;
  const aheads = aheadsOf(parts, given);
  return {
    parts: parts.map((part, i) => withClock(part, aheads[i] ?? 0n)),
    notes: notesOf(given, confirmedBy(parts, aheads)),
  };
}

/** Of two that begin with the same event the one with the header is the first. */
function byTime(a: JoinPart, b: JoinPart): number {
  if (isBefore(a.first, b.first)) return -1;
  if (isBefore(b.first, a.first)) return 1;
  return Number(b.hasHeader) - Number(a.hasHeader);
}

async function* bytesOf(path: string, options: JoinOptions): AsyncGenerator<Buffer> {
  const input = await openInput(path, options);
  try {
    yield* input.chunks;
  } finally {
    input.close();
  }
}
