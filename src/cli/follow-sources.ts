// What `follow` reads, one recording after another.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { growing, type RecordingFacts, type Timeline } from "../index.js";
import { EndableInput } from "./endable-input.js";

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
    const supersedes = why === "first" ? await begunBefore(timeline, file) : undefined;
    yield { name, chunks, supersedes, why: WHY[why] };
    if (end.aborted) return;
  }
}

/** The recording whose bytes the file begins with: it was followed before. */
async function begunBefore(timeline: Timeline, file: string): Promise<number | undefined> {
  const name = basename(file);
  const before = timeline
    .recordings()
    .findLast((each) => each.state === "complete" && each.file === name);
  return before !== undefined && (await beginsWith(file, before)) ? before.id : undefined;
}

/** Are the first lines of a file, as many as a recording has, the recording? */
async function beginsWith(file: string, { lines, sha256 }: RecordingFacts): Promise<boolean> {
  const hash = createHash("sha256");
  let left = lines.total;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let at = 0;
    while (left > 0) {
      const end = chunk.indexOf("\n", at);
      if (end < 0) break;
      at = end + 1;
      left--;
    }
    hash.update(left > 0 ? chunk : chunk.subarray(0, at));
    if (left === 0) break;
  }
  return left === 0 && hash.digest("hex") === sha256;
}
