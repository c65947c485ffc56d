// A recording that grows as a test wants it to.

import { PassThrough } from "node:stream";
import { type Timeline } from "../../../src/index.js";
import { shippedLines } from "../../support/shipped.js";

/** A recording that is being imported. */
export interface Growing {
  /** Hands out so many more lines of the trace. */
  readonly grow: (lines: number) => void;
  /** Hands out the rest; the recording is complete when this is done. */
  readonly end: () => Promise<void>;
  /** Ends the import without it: the recording is removed. */
  readonly fail: () => Promise<void>;
}

/** Begins to import a shipped recording, or other lines by this name, of which `lines` lines are there. */
export function growing(
  timeline: Timeline,
  name: string,
  lines: number,
  text: readonly string[] = shippedLines(name),
): Growing {
  const source = new PassThrough();
  const stop = new AbortController();
  const result = timeline.import(source, { name, signal: stop.signal });
  result.catch(() => undefined);
  let place = 0;
  const grow = (count: number): void => {
    const part = text.slice(place, place + count);
    place += part.length;
    source.write(`${part.join("\n")}\n`);
  };
  grow(lines);
  return {
    grow,
    end: async () => {
      grow(text.length);
      source.end();
      await result;
    },
    fail: async () => {
      stop.abort();
      await result.catch(() => undefined);
    },
  };
}
