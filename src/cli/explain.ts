// irqtwin explain

import { EXIT, TwinError } from "../base/errors.js";
import { openTimeline } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output } from "./output.js";

const FORMATS = ["text", "mail", "json"];

export const explainCommand: Command = {
  name: "explain",
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
    recording: { type: "string", value: "N", help: "which recording (default: the newest)" },
  },
  examples: [
    "irqtwin explain F1",
    "irqtwin explain F2 --format mail | mail -s 'IRTE' kvm@vger.kernel.org",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const [id] = args.operands;
  const format = args.flag("json") ? "json" : (args.text("format") ?? "text");
  if (id === undefined)
    throw new TwinError("ERR_USAGE", "explain needs a FINDING such as F1: see `irqtwin check`");
  if (!FORMATS.includes(format))
    throw new TwinError("ERR_USAGE", `--format ${format} is not one of ${FORMATS.join(", ")}`);
  const timeline = await openTimeline(args.db, { readonly: true });
  const output = new Output();
  try {
    const { explanation, text } = timeline.explain(id, args.text("rules"), args.count("recording"));
    if (format === "json") output.json(explanation);
    else for (const line of text) output.line(line);
  } finally {
    timeline.close();
    output.flush();
  }
  return EXIT.ok;
}
