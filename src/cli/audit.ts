// irqtwin audit

import { EXIT } from "../base/errors.js";
import { WRITE_GROUPS, formatTime, type RecordingFacts, type WriteCount } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { ownName } from "./at.js";
import { table } from "./output.js";
import { RECORDING_OPTION } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `audit`. */
export const auditCommand: Command = {
  name: "audit",
  json: "a group",
  operands: "",
  summary: "IRTE writes counted by task, cause, device, IRTE, vCPU or interval",
  details: [
    "unchanged: writes that left all bits as they were. not allowed: those that the last `irqtwin check`",
    "did not find explained by the rules; undecided: those it could not decide. By vcpu: the vCPU that",
    "the written GA tag names. Intervals without a write are left out.",
  ].join("\n"),
  options: {
    by: {
      type: "string",
      value: "WHAT",
      help: `${WRITE_GROUPS.join(", ")} (default: cause)`,
      choices: WRITE_GROUPS,
    },
    every: {
      type: "string",
      value: "SPAN",
      help: "length of an interval (default: 100ms; of a counter clock: about a fiftieth of the recording)",
    },
    since: { type: "string", value: "WHEN", help: "from then on" },
    until: { type: "string", value: "WHEN", help: "up to then" },
    sql: { type: "boolean", help: "print the SQL statement instead of running it" },
    ...RECORDING_OPTION,
  },
  examples: [
    "irqtwin audit --by device",
    "irqtwin audit --by interval --every 10ms --since -1s --json",
    'sqlite3 irqtwin.db "$(irqtwin audit --by task --sql)"',
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const by = args.choice("by", WRITE_GROUPS, "cause");
  return withTimeline(args, (timeline, output) => {
    const recording = timeline.recording(args.count("recording"));
    const { sql, rows } = recording.audit({
      by,
      every: args.text("every"),
      since: args.text("since"),
      until: args.text("until"),
    });
    if (args.flag("sql") && args.flag("json")) output.json({ by, sql });
    else if (args.flag("sql")) output.line(`${sql};`);
    else if (args.flag("json")) for (const row of rows) output.json({ by, ...row });
    else output.lines(textOf(by, rows, recording));
    return EXIT.ok;
  });
}

function textOf(by: string, rows: readonly WriteCount[], recording: RecordingFacts): string[] {
  if (rows.length === 0) return ["no IRTE write"];
  const none = by === "vcpu" ? "not posted" : "not known";
  return table(
    [by, "writes", "unchanged", "not allowed", "undecided", "IRTEs", "first", "last"],
    rows.map((row) => [
      (by === "vcpu" ? ownName(row.key, row.vm_name ?? null) : row.key) ?? none,
      row.writes,
      row.unchanged,
      row.not_allowed ?? "not checked",
      row.undecided ?? "not checked",
      row.irtes,
      formatTime(recording, row.first_ns),
      formatTime(recording, row.last_ns),
    ]),
  );
}
