// Lines of a recording's file, read again: the timeline keeps the facts of a trace and not its text.

import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
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
 * `trace` if it is given, else where it was imported from, beside the timeline `file`, or in the current folder.
 */
export async function rawLines(
  file: string,
  recording: Recording,
  numbers: readonly number[],
  trace?: string,
): Promise<RawLines> {
  const { sha256 } = recording;
  if (sha256 === null)
    return nothing("the recording is no whole file, so no file can be known by its hash");
  if (recording.format === "trace.dat")
    return nothing("it is a binary trace.dat, which has records and no lines");
  const tried = new Map<string, string>();
  for (const path of candidates(file, recording, trace)) {
    const found = await linesOf(path, sha256, new Set(numbers));
    if (typeof found !== "string") return { text: found, file: path, problem: null };
    tried.set(path, found);
  }
  const reasons = [...tried].map(([path, reason]) => `${path} ${reason}`);
  return nothing(reasons.length === 0 ? "it came from standard input" : reasons.join("; "));
}

function nothing(problem: string): RawLines {
  return { text: new Map(), file: null, problem };
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

/** The lines of a file, or why it is not the one. */
async function linesOf(
  path: string,
  sha256: string,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string> | string> {
  const text = new Map<number, string>();
  let number = 0;
  const take = (buffer: Buffer, start: number, end: number): void => {
    number++;
    if (wanted.has(number)) text.set(number, buffer.toString("utf8", start, end));
  };
  const cutter = new LineCutter({ line: take, broken: take });
  try {
    // Anything else than a file with bytes, such as a FIFO or a file of /proc, could make the reader wait for ever.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size === 0) return "is not there";
    const input = openOnce(path);
    for await (const chunk of input.chunks) cutter.feed(chunk);
    cutter.end();
    return input.hash() === sha256 ? text : "is another file by its SHA-256";
  } catch (error) {
    return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
  }
}
