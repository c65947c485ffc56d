// irqtwin blame

import { EXIT, TwinError } from "../base/errors.js";
import { type FieldBlame } from "../index.js";
import { type Arguments, type Command } from "./command.js";
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
  details: "`allowed` is what the last `irqtwin check` decided: yes = the rules explain the write.",
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
    const changes = timeline.blame(
      irteOperand(name),
      args.text("at") ?? "end",
      args.count("recording"),
    );
    if (args.flag("json")) for (const change of changes) output.json(change);
    else output.lines(textOf(changes));
    return EXIT.ok;
  });
}

function textOf(changes: readonly FieldBlame[]): string[] {
  if (changes.length === 0)
    return ["no observed write changed a field of it (predicted IRTEs: see `irqtwin at`)"];
  return table(
    ["field", "value", "was", "event", "time", "task", "cause", "rule", "allowed"],
    changes.map((change) => [
      change.field,
      shown(change.field, change.new) + vcpuOf(change),
      shown(change.field, change.old),
      `@${change.seq}`,
      change.time_ns,
      `${change.comm ?? "?"}-${change.pid ?? "?"}`,
      change.cause,
      change.rule,
      change.allowed === null ? "?" : change.allowed ? "yes" : "NO",
    ]),
  );
}

/** The vCPU that a GA tag names. */
function vcpuOf({ field, vcpu, vm_name }: FieldBlame): string {
  return field !== "ga_tag" || vcpu === null ? "" : ` (${ownName(vcpu, vm_name) ?? ""})`;
}

const HEX = new Set(["ga_tag", "ga_root_ptr", "vector"]);

/** The value of an IRTE's field as text, the way its users read it; `?` = not known. */
export function shown(field: string, value: string | number | null): string {
  if (value === null) return "?";
  return typeof value === "number" && HEX.has(field) ? `0x${value.toString(16)}` : String(value);
}
