// The lines of parts of one trace, one part after another: what two of them have is given once, and a hole between them is
// told by a gap of each CPU.

import { isBefore } from "../../base/stamp.js";
import { TwinError } from "../../base/errors.js";
import { type Stamp } from "../../domain/values/ids.js";
import { HEADER_PREFIX } from "../../source/header/header-line.js";
import { type InputOptions } from "./input.js";
import { timed, type TimedLine } from "./join-clock.js";
import { isHeader, linesOf, type JoinPart } from "./join-part.js";

const CHUNK_CHARS = 256 * 1024;
/** More is not kept in memory to be compared. */
const OVERLAP_CHARS_MAX = 256 * 1024 * 1024;

/** The bytes of the trace. `parts`: in the order of their times. */
export async function* chunksOf(
  parts: readonly JoinPart[],
  options: InputOptions,
): AsyncGenerator<Uint8Array> {
  let chunk = "";
  for await (const line of new Joint(parts, options).lines()) {
    chunk += line;
    if (chunk.length < CHUNK_CHARS) continue;
    yield Buffer.from(chunk, "latin1");
    chunk = "";
  }
  if (chunk !== "") yield Buffer.from(chunk, "latin1");
}

class Joint {
  private readonly parts: readonly JoinPart[];
  private readonly options: InputOptions;
  /** The last lines that were given, from the first one on that a part to come may have too. */
  private tail: string[] = [];
  private tailChars = 0;
  /** The beginning of a line with which the last part ends. */
  private open = "";
  private last: Stamp | null = null;
  /** Some stamps are those of another clock. */
  private readonly isRestamped: boolean;
  /** A part begins behind a hole, and one lacks lines that its header counts: then no header is to count lines. */
  private readonly isUncounted: boolean;

  constructor(parts: readonly JoinPart[], options: InputOptions) {
    this.parts = parts;
    this.options = options;
    this.isRestamped = parts.some(({ ahead }) => ahead !== 0n);
    const hasHole = parts.some((part, i) => isBehindHole(part, parts.slice(0, i)));
    this.isUncounted = hasHole && parts.some(({ isLacking }) => isLacking);
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
    let same = isFirst ? null : this.placeOf(part);
    const isHole = !isFirst && same === null && startsAnew(part);
    if (isHole) yield* this.hole(part);
    const known = this.tail;
    const open = this.open;
    if (same !== null) this.open = "";
    this.keepFrom(next);
    let isLead = same !== null;
    for await (const { line, stamp } of this.linesOf(part, isFirst, isHole)) {
      // What stands above the first event of both stands there already.
      if (isLead && line !== part.firstLine) continue;
      isLead = false;
      if (same !== null && same < known.length) {
        if (!this.isSame(line, known[same++])) throw otherwise(part, line);
        continue;
      }
      if (same !== null && open !== "" && !line.startsWith(open)) throw otherwise(part, line);
      same = null;
      yield* this.given(line, stamp, next);
    }
    if (same !== null) this.open = open;
  }

  /** The lines of a part by the clock of the first file, but for those of its header that the trace has not. */
  private async *linesOf(
    part: JoinPart,
    isFirst: boolean,
    isHole: boolean,
  ): AsyncGenerator<TimedLine> {
    const scanner = part.newScanner();
    let isTop = !isFirst;
    for await (const each of linesOf(part.path, this.options)) {
      const read = timed(part, scanner, each);
      if (this.leavesOut(read.line, isTop, isHole)) continue;
      isTop &&= isHeader(read.line);
      yield read;
    }
  }

  /** The header of the trace is that of its first part, but for what counts the lines behind a hole. */
  private leavesOut(line: string, isTop: boolean, isHole: boolean): boolean {
    if (!isHeader(line)) return false;
    if (line.startsWith(HEADER_PREFIX)) return isTop;
    return this.isUncounted || (isTop && !isHole);
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
    const from = next === null ? -1 : this.placeIn(this.tail, next);
    this.tail = from < 0 ? [] : this.tail.slice(from);
    this.tailChars = this.tail.reduce((sum, { length }) => sum + length, 0);
  }

  /** Where the first event of a part stands among the lines that were given; null = it goes on behind them. */
  private placeOf(part: JoinPart): number | null {
    const { last, tail } = this;
    const place = this.placeIn(tail, part);
    if (place >= 0) return place;
    if (last !== null && isBefore(part.first, last))
      throw new TwinError(
        "ERR_JOIN",
        `${part.path} begins before the end of what stands before it, and its first line is not there: they are not parts of one trace; import them one by one`,
      );
    return null;
  }

  /** Where the first event of a part stands among lines; -1 = it does not. */
  private placeIn(lines: readonly string[], { firstLine }: JoinPart): number {
    if (!this.isRestamped) return lines.indexOf(firstLine);
    return lines.findIndex((line) => this.isSame(line, firstLine));
  }

  /** Stamps of another clock may be of another width, which spaces fill up. */
  private isSame(one: string, other = ""): boolean {
    return one === other || (this.isRestamped && squeezed(one) === squeezed(other));
  }

  /** What each CPU did before its next line is not there. */
  private *hole(part: JoinPart): Generator<string> {
    if (this.open !== "") {
      yield `${this.open}\n`;
      this.open = "";
    }
    const cpus = new Set(this.parts.flatMap((each) => [...each.cpus]));
    for (const cpu of [...cpus].sort((a, b) => a - b)) {
      const line = part.lossLine(cpu);
      if (line === null)
        throw new TwinError(
          "ERR_JOIN",
          `${part.path} has no line in common with what stands before it, so lines may be missing between them, and ${part.format} has no marker for that: import them one by one`,
        );
      yield `${line}\n`;
    }
  }
}

function squeezed(line: string): string {
  return line.replace(/ +/g, " ");
}

/** Is it none that only goes on where another one ends: it has a header, or a clock of its own? */
function startsAnew({ hasHeader, ahead }: JoinPart): boolean {
  return hasHeader || ahead !== 0n;
}

function isBehindHole(part: JoinPart, before: readonly JoinPart[]): boolean {
  if (before.length === 0 || !startsAnew(part)) return false;
  return before.every(({ last }) => isBefore(last, part.first));
}

function otherwise({ path }: JoinPart, line: string): TwinError {
  const shown = line.trimEnd().slice(0, 120);
  return new TwinError(
    "ERR_JOIN",
    `${path} goes on otherwise than another file where both have the same lines, first at \`${shown}\`: import them one by one`,
  );
}
