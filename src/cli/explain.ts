// irqtwin explain

import { EXIT, TwinError } from "../base/errors.js";
import { type Arguments, type Command } from "./command.js";
import { RECORDING_OPTION } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

const FORMATS = ["text", "mail", "json"] as const;

/** The command `explain`. */
export const explainCommand: Command = {
  name: "explain",
  json: "document",
  operands: "FINDING",
  summary: "the chain of events behind a finding, fit for a mail",
  details: "FINDING is F1, F2, ... as `irqtwin check` numbers them under the same rules.",
  options: {
    rules: {
      type: "string",
      value: "ID",
      help: "the rules that the finding was found by (default: the recording's)",
    },
    format: {
      type: "string",
      value: "F",
      help: `${FORMATS.join(", ")} (default: text; mail is text of 72 columns too)`,
    },
    trace: {
      type: "string",
      value: "FILE",
      help: "quote lines from there (default: where the recording was imported from)",
    },
    ...RECORDING_OPTION,
  },
  examples: [
    "irqtwin explain F1",
    "irqtwin explain F2 --format mail | mail -s 'IRTE' kvm@vger.kernel.org",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const [id] = args.operands;
  if (id === undefined)
    throw new TwinError("ERR_USAGE", "explain needs a FINDING such as F1: see `irqtwin check`");
  const format = args.format(FORMATS, "text");
  return withTimeline(args, async (timeline, output) => {
    const { explanation, text } = await timeline.explainQuoted(id, {
      rules: args.text("rules"),
      recording: args.count("recording"),
      trace: args.text("trace"),
    });
    if (format === "json") output.json(explanation);
    else output.lines(text);
    return EXIT.ok;
  });
}
