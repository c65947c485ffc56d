// irqtwin blame

import { EXIT, TwinError } from "../base/errors.js";
import { formatTime, lineRef, spelled, type FieldBlame, type RecordingFacts } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { called } from "./called.js";
import { ownName } from "./at.js";
import { table } from "./output.js";
import { RECORDING_OPTION, irteOperand } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `blame`. */
export const blameCommand: Command = {
  name: "blame",
  json: "a field",
  operands: "IRTE",
  summary: "for each field: the write that set it, who, and why",
  details: [
    "function is the kernel function that wrote the entry, by the one that the cause stands for.",
    "`allowed` is what the last `irqtwin check` decided: yes = the rules explain the write.",
  ].join("\n"),
  options: {
    at: { type: "string", value: "WHEN", help: "as of then (default: end)" },
    ...RECORDING_OPTION,
  },
  examples: ["irqtwin blame 00:08.0/0", "irqtwin blame 0000:00:08.0/0 --at @130 --json"],
  run,
};

async function run(args: Arguments): Promise<number> {
  const [name] = args.operands;
  if (name === undefined)
    throw new TwinError("ERR_USAGE", "blame needs an IRTE such as 0000:00:08.0/0");
  return withTimeline(args, (timeline, output) => {
    const recording = timeline.recording(args.count("recording"));
    const changes = recording.blame({ irte: irteOperand(name), when: args.text("at") });
    if (args.flag("json")) for (const change of changes) output.json(change);
    else
      for (const line of textOf(changes, recording))
        output.line(line, line.endsWith("  NO") ? "bad" : "plain");
    return EXIT.ok;
  });
}

/** What tells of the write: its event, its line and time in the trace, its task, and its kernel function. */
const WRITE = ["event", "line", "time", "task", "function"];

function textOf(changes: readonly FieldBlame[], recording: RecordingFacts): string[] {
  if (changes.length === 0)
    return ["no observed write changed a field of it (predicted IRTEs: see `irqtwin at`)"];
  return table(
    ["field", "value", "was", ...WRITE, "cause", "by", "rule", "allowed"],
    changes.map((change) => [
      change.field,
      spelled(change.field, change.new) + vcpuOf(change),
      spelled(change.field, change.old),
      `@${change.seq}`,
      lineRef(change.line),
      formatTime(recording, change.time_ns),
      `${change.comm ?? "?"}-${change.pid ?? "?"}`,
      called(change.function),
      change.cause,
      called(change.cause_function),
      change.rule,
      change.allowed === null ? "?" : change.allowed ? "yes" : "NO",
    ]),
  );
}

/** The vCPU that a GA tag names. */
function vcpuOf({ field, vcpu, vm_name }: FieldBlame): string {
  return field !== "ga_tag" || vcpu === null ? "" : ` (${ownName(vcpu, vm_name) ?? ""})`;
}
