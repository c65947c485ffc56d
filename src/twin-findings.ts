// Questions about the findings of `check`: which one is the first, and which events prove one.

import type Database from "better-sqlite3";
import { TwinError } from "./base/errors.js";
import { atOnce } from "./base/steps.js";
import { keptFinding, keptReportOf, lastReport } from "./check/kept-report.js";
import { type Finding } from "./check/describe-finding.js";
import { mailText } from "./check/mail.js";
import { narrowed, refuseUnknown } from "./check/narrowed.js";
import { rulesText, type CheckReport } from "./check/report.js";
import { explanationText } from "./check/explain.js";
import { explanationOf, type Explanation } from "./check/explanation.js";
import { withEvent, type FirstAnswer } from "./query/first/first-event.js";
import { log } from "./query/log/log.js";
import { rangeOf, type SpanOptions } from "./query/subject/span.js";
import { type Recording } from "./timeline/read/recordings.js";
import { type ExplainedFinding } from "./twin-options.js";

/**
 * The first finding of `check` in a span that one of the names in `only` names (the names of
 * `check --only`). Throws ERR_WHEN if the span is malformed.
 */
export function firstFinding(
  sqlite: Database.Database,
  recording: Recording,
  only: readonly string[],
  options: SpanOptions,
): FirstAnswer {
  const { from, to } = rangeOf(sqlite, recording, options);
  refuseUnknown({ only });
  const report = keptReportOf(sqlite, recording, only) ?? atOnce(lastReport(sqlite, recording));
  const { findings, verdict } = narrowed(report, { only });
  const found = findings.find(({ seq }) => seq >= from && seq <= to);
  const result = {
    verdict: found !== undefined ? "found" : verdict === "inconclusive" ? "inconclusive" : "never",
    method: "check",
    seq: found?.seq ?? null,
    looked_at: findings.length,
    maybe_seq: null,
  } as const;
  return withEvent(sqlite, recording, result, found?.title ?? null);
}

/**
 * Explains the finding that `check` numbers `id` under the rules `rules`; absent = the recording's own, or those that
 * its release allows. Throws ERR_NAME if there are no such rules, or there is no finding of that number.
 */
export function explainFinding(
  sqlite: Database.Database,
  recording: Recording,
  id: string,
  rules?: string,
): ExplainedFinding {
  const profiles = rules === undefined ? recording.rulesAllowed : [rules];
  const kept = keptFinding(sqlite, recording, profiles, id);
  if (kept !== null)
    return explained(sqlite, recording, kept, rulesText({ rules_allowed: profiles }));
  const report = atOnce(lastReport(sqlite, recording, { rules }));
  const finding = report.findings.find((each) => each.id === id);
  if (finding === undefined) throw noSuchFinding(recording, id, report);
  return explained(sqlite, recording, finding, rulesText(report));
}

/**
 * Explains a finding of a report of this timeline without checking again. `rules`: those that it was found by; absent =
 * the recording's own, or those that its release allows. Throws ERR_NAME if it is of another recording.
 */
export function explainReported(
  sqlite: Database.Database,
  recording: Recording,
  finding: Finding,
  rules?: string,
): ExplainedFinding {
  const { id, seq, line, time_ns } = finding;
  const [event] = log(sqlite, recording, { from: seq, to: seq });
  if (event?.line !== line || event.time_ns !== time_ns)
    throw new TwinError(
      "ERR_NAME",
      `${id} at @${seq} is not a finding of recording ${recording.id}: ask the recording whose report it is from`,
    );
  const { rulesAllowed } = recording;
  const own = rulesText({ rules_allowed: rulesAllowed });
  return explained(sqlite, recording, finding, rules ?? own);
}

function explained(
  sqlite: Database.Database,
  recording: Recording,
  finding: Finding,
  rules: string,
): ExplainedFinding {
  const events = finding.evidence.flatMap((seq) => [
    ...log(sqlite, recording, { from: seq, to: seq }),
  ]);
  return told(explanationOf(recording, finding, rules, events), recording);
}

/** An explanation in all of its forms. */
export function told(explanation: Explanation, recording: Recording): ExplainedFinding {
  const text = explanationText(explanation, recording);
  return { explanation, text, mail: mailText(explanation, recording) };
}

function noSuchFinding(recording: Recording, id: string, report: CheckReport): TwinError {
  const ids = report.findings.map((each) => each.id);
  const there = ids.length === 0 ? "are none" : `are ${ids[0] ?? ""} to ${ids.at(-1) ?? ""}`;
  return new TwinError(
    "ERR_NAME",
    `${id} is not a finding of recording ${recording.id} by rules ${rulesText(report)}: there ${there}`,
  );
}
