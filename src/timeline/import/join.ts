// Several files that are parts of one trace as the bytes of that trace: in the order of their times, and what stands in two
// of them once.

import { basename } from "node:path";
import { isBefore } from "../../base/stamp.js";
import { TwinError } from "../../base/errors.js";
import { type Stamp } from "../../domain/values/ids.js";
import { isHeader, linesOf, partAt, refuseOthers, stampIn, type JoinPart } from "./join-part.js";

/** How files are joined. */
export interface JoinOptions {
  /** Stops it: it throws ERR_ABORTED. Absent = nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/** Several files as one trace. */
export interface JoinedTrace {
  /** A name for the recording: that of the first file, and how many more there are. */
  readonly name: string;
  /** The files, in the order of their times. */
  readonly files: readonly string[];
  /** The bytes of the trace: import them. They come once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const CHUNK_CHARS = 256 * 1024;
/** More is not kept in memory to be compared. */
const OVERLAP_CHARS_MAX = 256 * 1024 * 1024;

/**
 * Puts files together that are parts of one trace. Throws ERR_JOIN where they are not of one boot, one clock and one
 * kernel, where lines of the same time are not the same, or where nothing shows that no line is missing between two that
 * have headers of their own. Throws as `import` does too.
 */
export async function joinTraces(
  paths: readonly string[],
  options: JoinOptions,
): Promise<JoinedTrace> {
  const parts: JoinPart[] = [];
  for (const path of paths) parts.push(await partAt(path, options));
  parts.sort(byTime);
  const [first] = parts;
  if (first === undefined) throw new TwinError("ERR_JOIN", "there is no file to join: name some");
  for (const part of parts) refuseOthers(first, part);
  const more = parts.length - 1;
  return {
    name: `${basename(first.path)}${more === 0 ? "" : ` and ${more} more`}`,
    files: parts.map(({ path }) => path),
    chunks: chunksOf(new Joint(parts, options).lines()),
  };
}

/** Of two that begin with the same event the one with the header is the first. */
function byTime(a: JoinPart, b: JoinPart): number {
  if (isBefore(a.first, b.first)) return -1;
  if (isBefore(b.first, a.first)) return 1;
  return Number(b.hasHeader) - Number(a.hasHeader);
}

async function* chunksOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let chunk = "";
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARS) continue;
    yield Buffer.from(chunk, "latin1");
    chunk = "";
  }
  if (chunk !== "") yield Buffer.from(chunk, "latin1");
}

class Joint {
  private readonly parts: readonly JoinPart[];
  private readonly options: JoinOptions;
  /** The last lines that were given, from the first one on that a part to come may have too. */
  private tail: string[] = [];
  private tailChars = 0;
  /** The beginning of a line with which the last part ends. */
  private open = "";
  private last: Stamp | null = null;

  constructor(parts: readonly JoinPart[], options: JoinOptions) {
    this.parts = parts;
    this.options = options;
  }

  async *lines(): AsyncGenerator<string> {
    for (const [i, part] of this.parts.entries()) {
      yield* this.newLinesOf(part, this.parts[i + 1] ?? null, i === 0);
    }
    yield this.open;
  }

  private async *newLinesOf(
    part: JoinPart,
    next: JoinPart | null,
    isFirst: boolean,
  ): AsyncGenerator<string> {
    const scanner = part.newScanner();
    let same = isFirst ? null : this.placeOf(part);
    const known = this.tail;
    const open = this.open;
    if (same !== null) this.open = "";
    this.keepFrom(next);
    let isTop = !isFirst;
    let isLead = same !== null;
    for await (const line of linesOf(part.path, this.options)) {
      // The header of the trace is that of its first part.
      if (isTop && isHeader(line)) continue;
      isTop = false;
      // What stands above the first event of both stands there already.
      if (isLead && line !== part.firstLine) continue;
      isLead = false;
      if (same !== null && same < known.length) {
        if (line !== known[same++]) throw otherwise(part, line);
        continue;
      }
      if (same !== null && open !== "" && !line.startsWith(open)) throw otherwise(part, line);
      same = null;
      yield* this.given(line, stampIn(scanner, line), next);
    }
    if (same !== null) this.open = open;
  }

  /** Gives a line, and keeps it if a part to come may have it too. */
  private *given(line: string, stamp: Stamp | null, next: JoinPart | null): Generator<string> {
    if (!line.endsWith("\n")) {
      this.open += line;
      return;
    }
    const whole = this.open + line;
    this.open = "";
    if (stamp !== null && (this.last === null || isBefore(this.last, stamp))) this.last = stamp;
    const isShared = next !== null && stamp !== null && !isBefore(stamp, next.first);
    if (next !== null && (this.tail.length > 0 || isShared)) this.keep(whole);
    yield whole;
  }

  private keep(line: string): void {
    this.tail.push(line);
    this.tailChars += line.length;
    if (this.tailChars > OVERLAP_CHARS_MAX)
      throw new TwinError("ERR_JOIN", "two files have more than 256 MB of lines in common");
  }

  /** Lines that no part to come can have are kept no longer. */
  private keepFrom(next: JoinPart | null): void {
    const from = next === null ? -1 : this.tail.indexOf(next.firstLine);
    this.tail = from < 0 ? [] : this.tail.slice(from);
    this.tailChars = this.tail.reduce((sum, { length }) => sum + length, 0);
  }

  /** Where the first event of a part stands among the lines that were given; null = it goes on behind them. */
  private placeOf(part: JoinPart): number | null {
    const { last, tail } = this;
    const place = tail.indexOf(part.firstLine);
    if (place >= 0) return place;
    if (last !== null && isBefore(part.first, last))
      throw new TwinError(
        "ERR_JOIN",
        `${part.path} begins before the end of what stands before it, and its first line is not there: they are not parts of one trace; import them one by one`,
      );
    if (part.hasHeader)
      throw new TwinError(
        "ERR_JOIN",
        `${part.path} has a header of its own and no line in common with what stands before it: lines may be missing between them; import them one by one`,
      );
    return null;
  }
}

function otherwise({ path }: JoinPart, line: string): TwinError {
  const shown = line.trimEnd().slice(0, 120);
  return new TwinError(
    "ERR_JOIN",
    `${path} goes on otherwise than another file where both have the same lines, first at \`${shown}\`: import them one by one`,
  );
}
