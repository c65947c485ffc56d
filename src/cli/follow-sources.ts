// What `follow` reads, one recording after another.

import { basename } from "node:path";
import { growing, type RecordingView, type SourcePart, type Timeline } from "../index.js";
import { EndableInput, isFifo } from "./endable-input.js";
import { FollowedFifo } from "./followed-fifo.js";
import { readAhead } from "./read-ahead.js";
import { cutParts } from "./follow-cut.js";
import { ANEW, partThatEndsAt, StoredBefore } from "./follow-stored.js";

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
  /** How lines before it were lost, in words; null = none were, as far as is known. */
  readonly lost: string | null;
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
  const input = isFifo(file) ? new FollowedFifo(file) : EndableInput.of(file);
  if (input !== null) {
    const onEnd = (): void => {
      input.end();
    };
    end.addEventListener("abort", onEnd);
    yield { name, chunks: input, supersedes: undefined, why: null, lost: null };
    end.removeEventListener("abort", onEnd);
    return;
  }
  const stored = new StoredBefore(timeline, file);
  const fromByteOf = stored.hasAny ? stored.beginOf : undefined;
  for await (const { why, chunks, lost } of growing(file, { signal: end, fromByteOf })) {
    const isFirst = why === "first";
    const supersedes = isFirst ? stored.supersedes : undefined;
    yield {
      ...{ name, chunks, supersedes, why: isFirst ? stored.whyAnew : WHY[why] },
      lost: isFirst ? stored.lostBefore(lost) : lost,
    };
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
  const stored = new StoredBefore(timeline, file);
  const fromByteOf = stored.hasAny ? stored.byteOf : undefined;
  const sources = isFile
    ? growing(file, { signal: end, fromByteOf })
    : sourcesOf(timeline, file, end);
  for await (const { why, chunks, lost } of sources) {
    const isFirst = why === "first" || why === null;
    const { fromByte, last } = stored;
    const options = { everyMs, ...(isFirst ? await stored.goesOn() : ANEW) };
    let hole = isFirst ? stored.lostBefore(lost) : lost;
    let told = isFirst ? stored.whyAnew : WHY[why as keyof typeof WHY];
    // While a part becomes complete, a pipe is read on: the kernel would overwrite what nobody reads.
    const given = isFile ? chunks : readAhead(chunks);
    for await (const part of cutParts(given, options)) {
      const isNext = isFirst && part.fromByte === fromByte;
      const before = isNext ? last : partThatEndsAt(timeline, name, part.fromByte);
      yield {
        ...{ name, chunks: part.chunks, place: part.place, before },
        ...{ supersedes: undefined, why: told, lost: hole },
      };
      told = null;
      hole = null;
    }
    if (end.aborted) return;
  }
}
