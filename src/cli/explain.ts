// irqtwin explain

import { EXIT, TwinError } from "../base/errors.js";
import { type Explanation } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { type Role } from "./display.js";
import { RECORDING_OPTION } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

const FORMATS = ["text", "mail", "json"] as const;

/** The command `explain`. */
export const explainCommand: Command = {
  name: "explain",
  json: "document",
  operands: "FINDING|IRTE@SEQ",
  summary: "the chain of events behind a finding, fit for a mail; or a window of fates",
  details: [
    "FINDING is F1, F2, ... as `irqtwin check` numbers them under the same rules. The lines of the trace that",
    "prove it are quoted, if the file that was imported is still where it was, or beside the timeline.",
    "--format mail is a mail to a kernel's list, in ASCII: subject, summary, what was expected by which function,",
    "the lines that prove it, what fixed it, and how to reproduce it. `git send-email` sends it as it is.",
    "IRTE@SEQ is the window in which the fate of the IRTE's interrupts stayed the same, by an event in it: what opened",
    "it, what closed it, which rule allowed it, and what the kernel should have done (text or json).",
  ].join("\n"),
  options: {
    rules: {
      type: "string",
      value: "ID",
      help: "the rules that the finding was found by (default: the recording's)",
    },
    format: {
      type: "string",
      value: "F",
      help: `${FORMATS.join(", ")} (default: text)`,
      choices: FORMATS,
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
    "irqtwin explain 00:08.0/0@1290",
    "irqtwin explain F2 --format mail > report.txt && git send-email --to kvm@vger.kernel.org report.txt",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const [id] = args.operands;
  if (id === undefined)
    throw new TwinError("ERR_USAGE", "explain needs a FINDING such as F1: see `irqtwin check`");
  const format = args.format(FORMATS, "text");
  const window = /^(.+)@(\d+)$/.exec(id);
  if (window !== null) return explainWindow(args, window[1] ?? "", Number(window[2]), format);
  return withTimeline(args, async (timeline, output) => {
    const { explanation, text, mail } = await timeline
      .recording(args.count("recording"))
      .explainQuoted(id, {
        rules: args.text("rules"),
        trace: args.text("trace"),
      });
    if (format === "json") output.json(explanation);
    else
      for (const line of format === "mail" ? mail : text)
        output.whole(line, roleIn(explanation, line));
    return EXIT.ok;
  });
}

/** The trace's own lines stand apart from ours. */
function roleIn({ events }: Explanation, line: string): Role {
  return line !== "" && events.some(({ raw }) => raw === line) ? "quoted" : "plain";
}

/** The window of an IRTE's fates that an event lies in. */
function explainWindow(
  args: Arguments,
  irte: string,
  seq: number,
  format: (typeof FORMATS)[number],
): Promise<number> {
  if (format === "mail")
    throw new TwinError("ERR_USAGE", "a window is explained as text or json, not as a mail");
  return withTimeline(args, (timeline, output) => {
    const recording = timeline.recording(args.count("recording"));
    const { explanation, text } = recording.explainWindow({ irte, seq });
    if (format === "json") output.json(explanation);
    else output.lines(text);
    return EXIT.ok;
  });
}
