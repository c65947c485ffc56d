// irqtwin verify

import { EXIT } from "../base/errors.js";
import {
  type ChainPosition,
  type VerifyFinding,
  type VerifyReport,
  type VerifyStep,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { table } from "./output.js";
import { withTimeline } from "./with-timeline.js";

/** The command `verify`. */
export const verifyCommand: Command = {
  name: "verify",
  json: "document",
  operands: "",
  summary: "is the history intact: hash chain, refold, foreign keys, SQLite's own checks",
  details: [
    "Each batch of an import is hashed with the hash of the batch before it. Note the head hash somewhere",
    "else: with --anchor it proves later that nothing up to there was changed. Without an anchor a chain",
    "that someone made anew, from events that he changed, looks intact. Nothing is written. Of a recording that",
    "was dropped only its links are there: it is named, and all others are proven as before.",
    "",
    "exit status: 0 intact; 1 damaged, or no link has the anchor; 3 the file cannot be read; 4 nothing is",
    "damaged, but some recordings were imported before there was a chain (unchained).",
  ].join("\n"),
  options: {
    anchor: { type: "string", value: "HASH", help: "the hash of a link that was noted earlier" },
  },
  examples: ["irqtwin verify", "irqtwin verify --anchor $(cat noted) --json"],
  isUnpaged: true,
  run,
};

const STATUS = { intact: EXIT.ok, damaged: EXIT.found, unchained: EXIT.inconclusive } as const;

async function run(args: Arguments): Promise<number> {
  return withTimeline(args, (timeline, output) => {
    const anchor = args.text("anchor");
    const report = timeline.verify({ anchor });
    if (args.flag("json")) output.json(report);
    else output.lines(textOf(report));
    return STATUS[report.verdict];
  });
}

const WHAT: Readonly<Record<VerifyStep["step"], string>> = {
  sqlite: "SQLite integrity, pages",
  foreign_keys: "foreign keys, rows",
  schema: "schema and vocabulary, objects",
  chain: "hash chain, rows",
  refold: "refold against projections, rows",
  verdicts: "what check stored, rows",
  anchor: "anchor, links",
};

function textOf(report: VerifyReport): string[] {
  const { steps, findings, head, anchor, unchained, dropped, verdict } = report;
  return [
    ...table(
      ["step", "result", "read", "seconds"],
      steps.map(({ step, result, rows, seconds }) => [
        WHAT[step],
        result,
        rows,
        seconds.toFixed(3),
      ]),
    ),
    "",
    ...findings.map(findingText),
    ...(unchained.length === 0
      ? []
      : [`unchained: recording ${unchained.join(", ")} (imported before there was a chain)`]),
    ...dropped.map(
      ({ recording_id, file, at, why, events }) =>
        `recording ${recording_id} (${file}) was dropped at ${at} with ${events} events: ${why}`,
    ),
    ...(anchor === null ? [] : [`anchor ${reach(anchor)}`]),
    ...(head === null ? [] : [`head ${head.hash}`, `  ${reach(head)}`]),
    verdict,
  ];
}

function reach({ recording_id, link, from_seq, to_seq }: ChainPosition): string {
  const events = from_seq === null ? "no events" : `events @${from_seq} to @${to_seq ?? from_seq}`;
  return `recording ${recording_id}, link ${link}: ${events}`;
}

function findingText(finding: VerifyFinding): string {
  const { step, what, recording_id, link, from_seq, to_seq, from_line, to_line } = finding;
  const where = [
    ...(recording_id === null ? [] : [`recording ${recording_id}`]),
    ...(link === null ? [] : [`link ${link}`]),
    ...(from_seq === null
      ? []
      : [to_seq === null ? `@${from_seq} on` : `@${from_seq} to @${to_seq}`]),
    ...(from_line === null ? [] : [`lines ${from_line} to ${to_line ?? from_line}`]),
  ];
  return `damaged: ${step}: ${where.length === 0 ? "" : `${where.join(", ")}: `}${what}`;
}
