// irqtwin audit

import { EXIT, TwinError } from "../base/errors.js";
import { WRITE_GROUPS, isWriteGroup, openTimeline, type WriteCount } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, table } from "./output.js";

export const auditCommand: Command = {
  name: "audit",
  operands: "",
  summary: "IRTE writes counted by task, cause, device, IRTE, vCPU or interval",
  details: [
    "unchanged: writes that left all bits as they were. not allowed: those that the last `irqtwin check`",
    "did not find explained by the rules; undecided: those it could not decide. By vcpu: the vCPU that",
    "the written GA tag names. Intervals without a write are left out.",
  ].join("\n"),
  options: {
    by: { type: "string", value: "WHAT", help: `${WRITE_GROUPS.join(", ")} (default: cause)` },
    every: { type: "string", value: "SPAN", help: "length of an interval (default: 100ms)" },
    since: { type: "string", value: "WHEN", help: "from then on" },
    until: { type: "string", value: "WHEN", help: "up to then" },
    sql: { type: "boolean", help: "print the SQL statement instead of running it" },
    recording: { type: "string", value: "N", help: "which recording (default: the newest)" },
  },
  examples: [
    "irqtwin audit --by device",
    "irqtwin audit --by interval --every 10ms --since -1s --json",
    'sqlite3 irqtwin.db "$(irqtwin audit --by task --sql)"',
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const by = args.text("by") ?? "cause";
  if (!isWriteGroup(by))
    throw new TwinError("ERR_USAGE", `--by ${by} is not one of ${WRITE_GROUPS.join(", ")}`);
  const timeline = await openTimeline(args.db, { readonly: true });
  const output = new Output();
  try {
    const { sql, rows } = timeline.audit(by, {
      every: args.text("every"),
      since: args.text("since"),
      until: args.text("until"),
      recording: args.count("recording"),
    });
    if (args.flag("sql")) output.line(`${sql};`);
    else if (args.flag("json")) for (const row of rows()) output.json({ by, ...row });
    else for (const line of textOf(by, rows())) output.line(line);
  } finally {
    timeline.close();
    output.flush();
  }
  return EXIT.ok;
}

function textOf(by: string, rows: readonly WriteCount[]): string[] {
  if (rows.length === 0) return ["no IRTE write"];
  const none = by === "vcpu" ? "not posted" : "not known";
  return table(
    [by, "writes", "unchanged", "not allowed", "undecided", "IRTEs", "first", "last"],
    rows.map((row) => [
      row.key ?? none,
      row.writes,
      row.unchanged,
      row.not_allowed ?? "not checked",
      row.undecided ?? "not checked",
      row.irtes,
      row.first_ns,
      row.last_ns,
    ]),
  );
}
