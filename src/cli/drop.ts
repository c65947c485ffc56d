// irqtwin drop

import { EXIT, TwinError } from "../base/errors.js";
import { type Timeline } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { withTimeline } from "./with-timeline.js";

/** The command `drop`. */
export const dropCommand: Command = {
  name: "drop",
  json: "a recording",
  operands: "N...",
  summary: "remove recordings from the timeline; the hash chain says so",
  details: [
    "N is the number of a recording (irqtwin info). Its events and all that was made of them are removed, and the",
    "file uses their place for the next recordings: it does not become smaller. Its links of the hash chain stay,",
    "so verify proves all others as before and names the one that was dropped. To keep a copy of it, run",
    "`irqtwin rewind end --recording N --to N.db` before. The recording that is being imported is refused; what an import left that was killed is dropped.",
    "Ctrl-C leaves the rest of the work to the next import or drop: run it again.",
  ].join("\n"),
  options: {
    why: {
      type: "string",
      value: "TEXT",
      help: "why, in words, which is kept (default: asked for)",
    },
  },
  examples: ["irqtwin drop 3", "irqtwin drop 1 2 --why 'imported by mistake'"],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const numbers = args.operands.map(numberOf);
  if (numbers.length === 0)
    throw new TwinError("ERR_USAGE", "drop needs the number of a recording: see `irqtwin info`");
  const why = args.text("why");
  return withTimeline(
    args,
    async (timeline, output) => {
      // What cannot be dropped is found before anything is: of what was dropped before, only rows can be left.
      const before = numbers.filter((number) => isDropped(timeline, number));
      for (const number of new Set([...before, ...numbers])) {
        const dropped = await timeline.drop(number, { why });
        const { recording_id, file, events } = dropped;
        if (args.flag("json")) output.json(dropped);
        else output.line(`recording ${recording_id} (${file}) is dropped: ${events} events`);
      }
      return EXIT.ok;
    },
    {},
  );
}

/** Was it dropped before? Throws ERR_NO_RECORDING. */
function isDropped(timeline: Timeline, number: number): boolean {
  try {
    timeline.recording(number);
    return false;
  } catch (error) {
    if (error instanceof TwinError && error.code === "ERR_DROPPED") return true;
    throw error;
  }
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new TwinError("ERR_USAGE", `a recording has a number from 1, not ${text}`);
}
