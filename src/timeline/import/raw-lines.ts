// Lines of a recording's file, read again: the timeline keeps the facts of a trace and not its text.

import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { refuseAborted } from "../../base/abort.js";
import { LineCutter } from "../../source/lines.js";
import { type Recording } from "../read/recordings.js";
import { openOnce } from "./input.js";

/** Lines of a trace file as they stand there, or why there are none. */
export interface RawLines {
  /** By number, from 1; empty where the file was not found. */
  readonly text: ReadonlyMap<number, string>;
  /** The file that they were read from; null = none. */
  readonly file: string | null;
  /** Why no line can be quoted, in one sentence; null = they can. */
  readonly problem: string | null;
}

/**
 * Reads lines of a recording's file in one pass, compressed or not. The file is the one with the recording's SHA-256:
 * `trace` if it is given, else where it was imported from, beside the timeline `file`, or in the current folder. Throws
 * ERR_ABORTED.
 */
export async function rawLines(
  file: string,
  recording: Recording,
  numbers: readonly number[],
  options: ReadTraceOptions = {},
): Promise<RawLines> {
  const wanted = new Set(numbers);
  const read = await readTrace(file, recording, options, () => {
    const text = new Map<number, string>();
    const take: TakeLine = (number, buffer, start, end) => {
      if (wanted.has(number)) text.set(number, buffer.toString("utf8", start, end));
    };
    return { take, last: Math.max(0, ...numbers), result: text };
  });
  return { text: read.result ?? new Map(), file: read.file, problem: read.problem };
}

/** Takes a line of the trace. Its bytes are valid during the call alone. */
export type TakeLine = (number: number, buffer: Buffer, start: number, end: number) => void;

/** What is done with a file that may be the trace: it is known at its end whether it was. */
export interface Reading<Result> {
  /** Takes its lines. */
  readonly take: TakeLine;
  /** The last line that is of use: behind it bytes are only hashed. Absent = all lines are taken. */
  readonly last?: number;
  /** What has been made of them at the end. */
  readonly result: Result;
}

/** The trace as it was read. */
export interface ReadTrace<Result> {
  /** What was made of its lines; null = it was not found. */
  readonly result: Result | null;
  /** The file; null = it was not found. */
  readonly file: string | null;
  /** Why it was not found, in one sentence; null = it was. */
  readonly problem: string | null;
}

/** Where the trace may be, and what stops the reading. */
export interface ReadTraceOptions {
  /** The only path that is tried. Absent = where it was imported from, beside the timeline, the current folder. */
  readonly trace?: string | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads the file of a recording once, line by line. `begin` is called for each file that may be it. */
export async function readTrace<Result>(
  file: string,
  recording: Recording,
  { trace, signal }: ReadTraceOptions,
  begin: () => Reading<Result>,
): Promise<ReadTrace<Result>> {
  const { sha256 } = recording;
  if (sha256 === null)
    return nothing("the recording is no whole file, so no file can be known by its hash");
  if (recording.format === "trace.dat")
    return nothing("it is a binary trace.dat, which has records and no lines");
  const tried = new Map<string, string>();
  for (const path of candidates(file, recording, trace)) {
    const reading = begin();
    const problem = await readLines(path, sha256, reading, signal);
    if (problem === null) return { result: reading.result, file: path, problem };
    tried.set(path, problem);
  }
  const reasons = [...tried].map(([path, reason]) => `${path} ${reason}`);
  return nothing(reasons.length === 0 ? "it came from standard input" : reasons.join("; "));
}

function nothing(problem: string): ReadTrace<never> {
  return { result: null, file: null, problem };
}

function candidates(file: string, recording: Recording, trace: string | undefined): Set<string> {
  if (trace !== undefined) return new Set([resolve(trace)]);
  const folder = dirname(resolve(file));
  const { path } = recording;
  // The name of a recording is the file's own, whatever a damaged timeline says.
  const name = basename(recording.file);
  const places = name === "-" ? [] : [join(folder, name), resolve(name)];
  return new Set(path === null ? places : [resolve(folder, path), ...places]);
}

/** Why a file is not the one; null = it was, and all lines that are of use were taken. */
async function readLines(
  path: string,
  sha256: string,
  { take, last = Infinity }: Reading<unknown>,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  let number = 0;
  const counted = (buffer: Buffer, start: number, end: number): void => {
    number++;
    take(number, buffer, start, end);
  };
  const cutter = new LineCutter({ line: counted, broken: counted });
  try {
    // Anything else than a file with bytes, such as a FIFO or a file of /proc, could make the reader wait for ever.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size === 0) return "is not there";
    const input = openOnce(path);
    for await (const chunk of input.chunks) {
      refuseAborted(signal);
      if (number < last) cutter.feed(chunk);
    }
    if (number < last) cutter.end();
    return input.hash() === sha256 ? null : "is another file by its SHA-256";
  } catch (error) {
    refuseAborted(signal);
    return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  }
}
