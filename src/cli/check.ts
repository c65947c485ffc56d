// irqtwin check

import { TwinError } from "../base/errors.js";
import {
  INVARIANTS,
  lineName,
  MIN_DECIDED_DEFAULT,
  RULES_IDS,
  rulesText,
  type CheckReport,
  type Finding,
  type RecordingFacts,
  type ReleaseFindings,
  type Timeline,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { followChecks } from "./check-follow.js";
import { askedOf } from "./check-options.js";
import { findingText, headOf, roleOf, STATUS } from "./finding-text.js";
import { inFlags } from "./flags.js";
import { harmlessJson, say, type Output } from "./output.js";
import { RECORDING_OPTION, rulesOption } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

const FORMATS = ["text", "json", "tap", "junit"] as const;

/** The command `check`. */
export const checkCommand: Command = {
  name: "check",
  json: "document",
  operands: "",
  summary: "every IRTE write against the kernel's own rules",
  details: [
    "From the causes in the recording the rules of its kernel say which IRTE writes must follow, with which",
    "128 bits. A write is explained, or a mismatch (other bits), or unexpected (no rule); a demanded write",
    "that is not there is missing; what the recording cannot decide is unknown.",
    "",
    "For CI, --baseline takes what an earlier `check --json` printed: findings of the same kind, rule or",
    "invariant, bug, IRTE, vCPU and fields are left out. Numbers, events and times do not count.",
    "The verdicts are stored in the timeline, for `audit`, `blame` and v_finding, where it can be written.",
    "",
    "With --follow the newest recording is checked again and again while it grows, and each finding is",
    "printed once; Ctrl-C ends it. Nothing is stored.",
    "",
    "exit status: 0 no finding; 1 findings; 4 inconclusive: the recording is in doubt, or too few writes",
    "could be decided.",
  ].join("\n"),
  options: {
    rules: {
      type: "string",
      value: "ID",
      help: `by other rules: ${RULES_IDS.join(", ")} (default: the recording's)`,
    },
    only: {
      type: "string",
      value: "ID,...",
      help: "findings of these invariants (I4), rules (T4), bugs (B6) or kinds (missing) alone",
    },
    except: { type: "string", value: "ID,...", help: "no findings of these" },
    baseline: {
      type: "string",
      value: "FILE",
      help: "no findings that FILE has, which `irqtwin check --json` printed earlier",
    },
    "min-decided": {
      type: "string",
      value: "PERCENT",
      help: `nothing is found, and fewer writes are decided: inconclusive (default: ${MIN_DECIDED_DEFAULT}; 0: off)`,
    },
    follow: {
      type: "boolean",
      help: "print the findings of a recording that is followed as they arise, until it is complete",
    },
    exec: {
      type: "string",
      value: "CMD",
      help: "with --follow: run CMD for each finding, its JSON on standard input",
    },
    format: {
      type: "string",
      value: "F",
      help: `${FORMATS.join(", ")} (default: text)`,
      choices: FORMATS,
    },
    ...RECORDING_OPTION,
  },
  examples: [
    "irqtwin check",
    "irqtwin check --only I4,I5",
    "irqtwin check --except B5,I11 --min-decided 80",
    "irqtwin check --json > known.json; irqtwin check --baseline known.json",
    "irqtwin check --rules 6.16 --json | jq .writes",
    "irqtwin check --format junit > irqtwin.xml",
    "irqtwin check --follow --exec 'mail -s irqtwin root'",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  const format = args.format(FORMATS, "text");
  const asked = askedOf(args);
  if (args.flag("follow"))
    return followChecks(args, { rules: rulesOption(args), ...asked }, format);
  if (args.text("exec") !== undefined)
    throw new TwinError("ERR_USAGE", "--exec is for check --follow: name both");
  const answer = (timeline: Timeline, output: Output): number => {
    const recording = timeline.recording(args.count("recording"));
    const report = recording.check({ rules: rulesOption(args), ...asked });
    for (const line of PRINTERS[format](report, recording)) {
      if (format === "text") output.line(line, roleOf(line));
      else output.whole(line);
    }
    if (report.not_stored !== null) say(`note: the verdicts are not stored: ${report.not_stored}`);
    return STATUS[report.verdict];
  };
  return withTimeline(args, answer, { derives: true });
}

const PRINTERS: Readonly<
  Record<
    (typeof FORMATS)[number],
    (report: CheckReport, recording: RecordingFacts) => readonly string[]
  >
> = {
  json: (report) => [harmlessJson(report)],
  text: (report, recording) => [
    summary(report),
    ...judged(report),
    ...anchors(report),
    ...doubts(report),
    ...reasonOf(report),
    ...leftOut(report),
    ...report.findings.flatMap((finding) => findingText(finding, recording)),
    ...report.by_release.flatMap(apartOf),
  ],
  tap: (report) => [
    "TAP version 13",
    `1..${report.findings.length + 1}`,
    `ok 1 - ${summary(report)}${report.verdict === "inconclusive" ? " # SKIP" : ""}`,
    ...notesOf(report).map((line) => `# ${line}`.trimEnd()),
    ...report.findings.map(
      (finding, i) =>
        `not ok ${i + 2} - ${headOf(finding)}: ${finding.title} # ${lineName(finding.line)}`,
    ),
  ],
  junit: (report, recording) => [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="irqtwin check, rules ${rulesText(report)}" tests="${report.findings.length + 1}" failures="${report.findings.length}">`,
    `  <testcase classname="irqtwin" name="${escaped(summary(report))}">${report.verdict === "inconclusive" ? "<skipped/>" : ""}<system-out>${escaped([...judged(report), ...doubts(report), ...reasonOf(report), ...leftOut(report)].join("\n"))}</system-out></testcase>`,
    ...report.findings.map(
      (finding) =>
        `  <testcase classname="irqtwin" name="${headOf(finding)}"><failure message="${escaped(finding.title)}">${escaped(findingText(finding, recording).join("\n"))}</failure></testcase>`,
    ),
    "</testsuite>",
  ],
};

function summary(report: CheckReport): string {
  const { verdict, writes, decided } = report;
  const rules = rulesText(report);
  if (verdict === "inconclusive" && writes.observed === 0)
    return `nothing to check by rules ${rules}: ${inFlags(report.reason ?? "")}`;
  const share =
    decided === null ? "" : `, ${(decided * 100).toFixed(decided === 1 ? 0 : 1)} % decided`;
  return (
    `${writes.observed} IRTE writes by rules ${rules}: ${writes.explained} explained, ${writes.mismatched} mismatched, ` +
    `${writes.unexpected} unexpected, ${writes.unknown} unknown, ${writes.undefined} undefined; ${writes.missing} missing${share}`
  );
}

/** Which invariants the recording lets judge: one that is not judged is not one that holds. */
function judged(report: CheckReport): string[] {
  const { invariants, rules_allowed } = report;
  const rules = rulesText(report);
  const demanded = INVARIANTS.filter(({ holds_in }) =>
    rules_allowed.every((profile) => holds_in.includes(profile)),
  ).map(({ id }) => id);
  const ours = invariants.filter(({ id }) => demanded.includes(id));
  if (ours.length === 0) return [];
  const not = ours.filter(({ checked }) => checked === 0).map(({ id }) => id);
  const rest = not.length === 0 ? "" : `; not judged: ${not.join(" ")}`;
  return [
    `${ours.length - not.length} of ${ours.length} invariants of rules ${rules} judged${rest}`,
  ];
}

function doubts({ doubts }: CheckReport): string[] {
  return doubts.map(({ says }) => `inconclusive: ${says}`);
}

/** What stands beside the findings. */
function notesOf(report: CheckReport): string[] {
  return [
    ...judged(report),
    ...doubts(report),
    ...reasonOf(report),
    ...leftOut(report),
    ...report.by_release.flatMap(apartOf),
  ];
}

/** Whether the history agrees with dumps of the table. */
function anchors({ anchors }: CheckReport): string[] {
  if (anchors === null) return [];
  const { entries, agreed, contradicted } = anchors;
  const open = entries - agreed - contradicted;
  return [
    `entries that dumps of the table show: ${agreed} agree with the trace, ${contradicted} contradict it, ${open} cannot be compared`,
  ];
}

/** Why it is inconclusive, where neither the summary nor a doubt says it. */
function reasonOf({ reason, writes, doubts }: CheckReport): string[] {
  if (reason === null || writes.observed === 0 || doubts.length > 0) return [];
  return [`inconclusive: ${inFlags(reason)}`];
}

/** What the user did not ask for is not nothing. */
function leftOut({ left_out }: CheckReport): string[] {
  return left_out === 0 ? [] : [`${left_out} findings left out by --only, --except or --baseline`];
}

/** What one of the allowed releases finds, a line each. */
function apartOf({ rules, findings }: ReleaseFindings): string[] {
  const heads = findings.map(
    (finding) => `    ${headOf(finding)}${bugOf(finding)} at @${finding.seq}: ${finding.title}`,
  );
  return [
    "",
    `by ${rules}: ${findings.length === 0 ? "no finding of its own" : ""}`.trimEnd(),
    ...heads,
  ];
}

function bugOf({ bug }: Finding): string {
  return bug === null ? "" : ` (${bug})`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
