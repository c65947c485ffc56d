// What every command that asks a timeline does around its question.

import { openTimeline, type OpenOptions, type Timeline } from "../index.js";
import { type Arguments } from "./command.js";
import { Output } from "./output.js";

/**
 * Opens the timeline of `--db`, for reading unless the options say otherwise, and gives it to `answer` with
 * standard output. Whatever happens, the timeline is closed afterwards and what was printed is written out.
 * Returns the exit status that `answer` returns.
 */
export async function withTimeline(
  args: Arguments,
  answer: (timeline: Timeline, output: Output) => number | Promise<number>,
  options: OpenOptions = { readonly: true },
): Promise<number> {
  const timeline = await openTimeline(args.db, options);
  const output = new Output();
  try {
    return await answer(timeline, output);
  } finally {
    timeline.close();
    output.flush();
  }
}
