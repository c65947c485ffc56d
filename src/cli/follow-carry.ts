// What the twin knows at the end of one part of a trace, as a dump that the next part begins with.

import { type AnchorOption, type RecordingView } from "../index.js";

/** What is carried over from the part that ended where the next one begins; undefined = there is nothing to carry over. */
export function carriedFrom(before: RecordingView | null): AnchorOption | undefined {
  const text = before?.hostState() ?? null;
  return before === null || text === null
    ? undefined
    : { file: `end-of-recording-${before.id}.json`, text };
}
