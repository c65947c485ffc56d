// What `follow` reads, one recording after another.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import {
  growing,
  type RecordingFacts,
  type RecordingView,
  type SourcePart,
  type Timeline,
} from "../index.js";
import { EndableInput } from "./endable-input.js";
import { cutParts, TAIL_BYTES, tailHash } from "./follow-cut.js";

/** The header of a trace is shorter. */
const HEAD_BYTES = 1024 * 1024;

/** What becomes one recording. */
export interface FollowedSource {
  /** The name that the recording gets. */
  readonly name: string;
  /** Its bytes, as they come. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The recording that it goes on with: the same bytes, and more. undefined = it is a new one. */
  readonly supersedes: number | undefined;
  /** Why it begins, where it is not the first one. */
  readonly why: string | null;
  /** Which part of a source that is cut it is, once all of it is read. Absent = it is all of its source. */
  readonly place?: () => SourcePart;
  /** The recording that ended where it begins. Absent or null = there is none. */
  readonly before?: RecordingView | null;
}

const WHY = {
  first: null,
  rotated: "another file has its name now",
  truncated: "it begins anew",
} as const;

/** The sources of a file, or the one of a pipe. `end` ends them: what has been written by then is still given. */
export async function* sourcesOf(
  timeline: Timeline,
  file: string,
  end: AbortSignal,
): AsyncGenerator<FollowedSource> {
  const name = basename(file);
  const input = EndableInput.of(file);
  if (input !== null) {
    const onEnd = (): void => {
      input.end();
    };
    end.addEventListener("abort", onEnd);
    yield { name, chunks: input, supersedes: undefined, why: null };
    end.removeEventListener("abort", onEnd);
    return;
  }
  for await (const { why, chunks } of growing(file, { signal: end })) {
    const before = why === "first" ? await begunBefore(timeline, file) : undefined;
    yield { name, chunks, supersedes: before?.id, why: WHY[why] };
    if (end.aborted) return;
  }
}

/** The same, each cut into parts that are so many milliseconds long. A file is read from where its last part ended. */
export async function* cutSourcesOf(
  timeline: Timeline,
  file: string,
  end: AbortSignal,
  everyMs: number,
): AsyncGenerator<FollowedSource> {
  const name = basename(file);
  const isFile = EndableInput.of(file) === null;
  const { fromByte, last } = isFile ? await storedOf(timeline, file) : NOTHING_STORED;
  const goesOn = {
    ...{ everyMs, fromByte, tail: await bytesBefore(file, fromByte) },
    header: fromByte === 0 ? "" : await headOf(file),
  };
  const sources = isFile
    ? growing(file, { signal: end, fromByte })
    : sourcesOf(timeline, file, end);
  for await (const { why, chunks } of sources) {
    const isFirst = why === "first" || why === null;
    const options = isFirst ? goesOn : { ...goesOn, ...ANEW };
    let told = isFirst ? null : WHY[why as keyof typeof WHY];
    for await (const part of cutParts(chunks, options)) {
      const isNext = isFirst && part.fromByte === fromByte;
      const before = isNext ? last : partThatEndsAt(timeline, name, part.fromByte);
      yield {
        ...{ name, chunks: part.chunks, place: part.place, before },
        ...{ supersedes: undefined, why: told },
      };
      told = null;
    }
    if (end.aborted) return;
  }
}

/** The newest part of a source if it ends at this byte; null = it does not, or is dropped. */
function partThatEndsAt(timeline: Timeline, name: string, byte: number): RecordingView | null {
  const newest = timeline.recordings().findLast((each) => each.part !== null && each.file === name);
  const isBefore = newest?.state === "complete" && newest.part?.to_byte === byte;
  return isBefore && byte > 0 ? newest : null;
}

/** How much of a file is stored already. */
interface Stored {
  /** The first byte that is not. */
  readonly fromByte: number;
  /** The recording that ends there; null = there is none that can be asked. */
  readonly last: RecordingView | null;
}

/** How a source is cut that is read from its beginning. */
const ANEW = { fromByte: 0, tail: Buffer.alloc(0), header: "" };
const NOTHING_STORED: Stored = { fromByte: 0, last: null };

/** Up to which byte a file is stored already, as parts, or as one recording. */
async function storedOf(timeline: Timeline, file: string): Promise<Stored> {
  const name = basename(file);
  const newest = timeline.recordings().findLast((each) => each.part !== null && each.file === name);
  const byte = newest?.part?.to_byte ?? 0;
  const isPart = byte > 0 && tailHash(await bytesBefore(file, byte)) === newest?.part?.tail_sha256;
  const whole = await begunBefore(timeline, file);
  if (whole !== undefined && (!isPart || whole.bytes > byte))
    return { fromByte: whole.bytes, last: timeline.recording(whole.id) };
  return isPart ? { fromByte: byte, last: partThatEndsAt(timeline, name, byte) } : NOTHING_STORED;
}

/** The bytes of a file before a place, TAIL_BYTES at most; fewer where the file is shorter. */
async function bytesBefore(file: string, to: number): Promise<Buffer> {
  if (to === 0) return Buffer.alloc(0);
  const handle = await open(file);
  try {
    const tail = Buffer.alloc(Math.min(to, TAIL_BYTES));
    const { bytesRead } = await handle.read(tail, 0, tail.length, to - tail.length);
    return tail.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The comments that a file begins with. */
async function headOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(bytes, 0, HEAD_BYTES, 0);
    const text = bytes.toString("latin1", 0, bytesRead);
    return /^(?:#[^\n]*\n)*/.exec(text)?.[0] ?? "";
  } finally {
    await handle.close();
  }
}

/** The recording whose bytes the file begins with: it was followed before. */
async function begunBefore(
  timeline: Timeline,
  file: string,
): Promise<{ readonly id: number; readonly bytes: number } | undefined> {
  const name = basename(file);
  const before = timeline
    .recordings()
    .findLast((each) => each.state === "complete" && each.part === null && each.file === name);
  const bytes = before === undefined ? null : await beginsWith(file, before);
  return before === undefined || bytes === null ? undefined : { id: before.id, bytes };
}

/** Are the first lines of a file, as many as a recording has, the recording? How many bytes they are; null = no. */
async function beginsWith(file: string, { lines, sha256 }: RecordingFacts): Promise<number | null> {
  const hash = createHash("sha256");
  let left = lines.total;
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let at = 0;
    while (left > 0) {
      const end = chunk.indexOf("\n", at);
      if (end < 0) break;
      at = end + 1;
      left--;
    }
    const own = left > 0 ? chunk : chunk.subarray(0, at);
    hash.update(own);
    bytes += own.length;
    if (left === 0) break;
  }
  return left === 0 && hash.digest("hex") === sha256 ? bytes : null;
}
