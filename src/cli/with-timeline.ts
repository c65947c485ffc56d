// What every command that asks a timeline does around its question.

import { openTimeline, type OpenOptions, type Timeline } from "../index.js";
import { type Arguments } from "./command.js";
import { Output, say } from "./output.js";

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
    sayWhatIsNotComplete(timeline, args);
    return await answer(timeline, output);
  } finally {
    timeline.close();
    output.flush();
  }
}

/** Commands that are about all recordings, or refuse or follow one that is not complete. */
const TELL_IT_THEMSELVES: ReadonlySet<string> = new Set([
  ...["drop", "follow", "import", "info", "rewind", "verify"],
]);

/** An answer of a recording that is not imported to its end, or not of the newest one, is not taken for a whole one. */
function sayWhatIsNotComplete(timeline: Timeline, args: Arguments): void {
  if (TELL_IT_THEMSELVES.has(args.command) || args.flag("follow")) return;
  const importing = timeline.recordings().find(({ state }) => state === "importing");
  if (importing === undefined) return;
  const { id, file } = importing;
  const asked = args.count("recording");
  const others = timeline.recordings().filter(({ state }) => state === "complete");
  if (asked === id || (asked === undefined && others.length === 0))
    say(
      `note: recording ${id} (${file}) is not imported to its end: the answer is of what is stored so far; if its import was interrupted, run it again`,
    );
  else if (asked === undefined)
    say(`note: recording ${id} (${file}) is not imported to its end, and is not asked`);
}
