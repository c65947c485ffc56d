// Which lines of a trace have a text in them: the timeline keeps the facts of a trace and not its text.

import type Database from "better-sqlite3";
import { type Recording } from "../read/recordings.js";
import { readTrace, type ReadTraceOptions, type Reading } from "./raw-lines.js";

/** The lines of a trace file that have a text in them, or why there are none. */
export interface FoundLines {
  /** Their numbers, from 1, rising; none where the file was not found. */
  readonly lines: readonly number[];
  /** The file that was read; null = none. */
  readonly file: string | null;
  /** Why the file was not found, in one sentence; null = it was. */
  readonly problem: string | null;
}

/** So many searches of a timeline are kept: a list that is scrolled asks for the same again and again. */
const SEARCHES_KEPT = 4;

const searches = new WeakMap<Database.Database, Map<string, FoundLines>>();

/**
 * Reads the recording's file in one pass, compressed or not, and finds a text in its lines, byte for byte. `file`: the
 * timeline's. Throws ERR_ABORTED.
 */
export async function foundLines(
  { sqlite, file, recording }: FoundLinesIn,
  text: string,
  options: ReadTraceOptions,
): Promise<FoundLines> {
  const known = searches.get(sqlite) ?? new Map<string, FoundLines>();
  searches.set(sqlite, known);
  const key = JSON.stringify([recording.sha256, options.trace, text]);
  const kept = known.get(key);
  if (kept !== undefined) return kept;
  const { result, ...read } = await readTrace(file, recording, options, () => search(text));
  const found = { lines: result ?? [], ...read };
  // A file that was not found may be there the next time.
  if (result !== null) keep(known, key, found);
  return found;
}

/** Where lines are looked for. */
export interface FoundLinesIn {
  /** The connection of the timeline. */
  readonly sqlite: Database.Database;
  /** The timeline's file. */
  readonly file: string;
  /** The recording. */
  readonly recording: Recording;
}

function keep(known: Map<string, FoundLines>, key: string, found: FoundLines): void {
  known.set(key, found);
  for (const oldest of known.keys()) {
    if (known.size <= SEARCHES_KEPT) break;
    known.delete(oldest);
  }
}

/** Looks through whole chunks rather than through each line: most lines do not have the text. */
function search(text: string): Reading<readonly number[]> {
  const needle = Buffer.from(text, "utf8");
  const result: number[] = [];
  let [chunk, reached, next]: [Buffer | null, number, number] = [null, 0, -1];
  const take = (number: number, buffer: Buffer, start: number, end: number): void => {
    // Readers may use the same memory again: then the next chunk begins before the last line that was seen.
    const isNew = chunk !== buffer || start < reached;
    if (isNew || (next >= 0 && next < start)) next = buffer.indexOf(needle, start);
    [chunk, reached] = [buffer, end];
    if (next >= 0 && next + needle.length <= end) result.push(number);
  };
  return { take, result };
}
