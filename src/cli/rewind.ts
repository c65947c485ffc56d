// irqtwin rewind

import { EXIT, TwinError } from "../base/errors.js";
import { WHEN_FORMS, type RewindResult } from "../index.js";
import { REDACT_KEY_OPTION, redactKeyOption } from "./redact-key.js";
import { type Arguments, type Command } from "./command.js";
import { RECORDING_OPTION } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `rewind`. */
export const rewindCommand: Command = {
  name: "rewind",
  json: "document",
  operands: "WHEN",
  summary: "a new timeline that ends at a moment of this one, and can be continued",
  details: [
    `WHEN: ${WHEN_FORMS}.`,
    "The recordings before it are copied whole, its own up to WHEN, later ones not. The state at the end of the",
    "new timeline is compared with the one at WHEN before the file gets its name. This timeline is only read.",
    "The links of whole batches keep their hashes, so a hash noted before (irqtwin verify) proves both.",
  ].join("\n"),
  options: {
    to: { type: "string", value: "NEW.db", help: "the file to make; it must not exist" },
    redact: {
      type: "boolean",
      help: "with substitutes of names, pids and pointers, and no texts, so that it can be published",
    },
    ...REDACT_KEY_OPTION,
    ...RECORDING_OPTION,
  },
  examples: [
    "irqtwin rewind @860 --to before.db",
    "irqtwin rewind end --redact --to to-publish.db",
    "irqtwin rewind -50ms --to before.db && irqtwin import next.txt --db before.db",
  ],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const [when, more] = args.operands;
  const to = args.text("to");
  if (when === undefined || more !== undefined)
    throw new TwinError("ERR_USAGE", `rewind takes one WHEN: ${WHEN_FORMS}`);
  if (to === undefined || to === "")
    throw new TwinError("ERR_USAGE", "rewind needs a file to make: --to NEW.db");
  return withTimeline(args, async (timeline, output) => {
    const made = await timeline
      .recording(args.count("recording"))
      .rewind({ when, to, redact: args.flag("redact"), redactKey: redactKeyOption(args) });
    if (args.flag("json")) output.json(made);
    else output.line(textOf(made));
    return EXIT.ok;
  });
}

function textOf({ file, recording_id, seq, recordings, events }: RewindResult): string {
  const others = recordings > 1 ? `${recordings} recordings, ` : "";
  return `${file}: ${others}${events} events, ends at @${seq} of recording ${recording_id}; its state is that of the original there`;
}
