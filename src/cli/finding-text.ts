// Findings as text.

import { EXIT } from "../base/errors.js";
import {
  DIFFERENCES,
  formatTime,
  lineName,
  needlessLogsText,
  type Finding,
  type RecordingFacts,
} from "../index.js";
import { type Role } from "./display.js";

/** The exit status of each verdict. */
export const STATUS = { pass: EXIT.ok, fail: EXIT.found, inconclusive: EXIT.inconclusive } as const;

/** The first line of a finding stands out by how bad it is. */
export function roleOf(line: string): Role {
  const [, severity] =
    /^F\d+ .*, (safety|performance|consistency)(?:, \d+ times)?$/.exec(line) ?? [];
  if (severity === "safety") return "bad";
  return severity !== undefined || line.startsWith("inconclusive: ") ? "doubtful" : "plain";
}

/** F1 mismatch T4, F2 invariant I10: two findings of one event and bug differ in it. */
export function headOf({ id, kind, rule, invariant }: Finding): string {
  return [id, kind, rule ?? invariant].filter((part) => part !== null).join(" ");
}

/** A finding as text: an empty line, and what it is. */
export function findingText(finding: Finding, recording: RecordingFacts): string[] {
  const words = (label: string, bits: Finding["observed"]): string[] =>
    bits === null ? [] : [`    ${label} hi ${bits.hi} lo ${bits.lo}`];
  const cost = needlessLogsText(finding.needless_logs);
  return [
    "",
    `${headOf(finding)} at @${finding.seq} (${lineName(finding.line)}, ${formatTime(recording, finding.time_ns)}), ${finding.severity}${finding.times > 1 ? `, ${finding.times} times` : ""}`,
    `    ${finding.title}`,
    ...(cost === null ? [] : [`    cost     ${cost}`]),
    ...(finding.difference === null ? [] : [`    difference ${patchOf(finding.difference)}`]),
    ...words("expected", finding.expected),
    ...words("observed", finding.observed),
    `    evidence ${finding.evidence.map((seq) => `@${seq}`).join(" ")}`,
  ];
}

/** What the recorded kernel does otherwise than the rules that judge it. */
function patchOf(name: string): string {
  const row = DIFFERENCES.find((each) => each.name === name);
  return `${name} (patch ${row?.patch ?? "?"}): ${row?.says ?? ""}`;
}
