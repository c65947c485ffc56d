// Questions about the findings of `check`: which one is the first, and which events prove one.

import type Database from "better-sqlite3";
import { TwinError } from "./base/errors.js";
import { check } from "./check/check.js";
import { mailText } from "./check/mail.js";
import { narrowed } from "./check/narrowed.js";
import { rulesText, type CheckReport } from "./check/report.js";
import { explanationText } from "./check/explain.js";
import { explanationOf, type Explanation } from "./check/explanation.js";
import { platformOf } from "./platforms/registry.js";
import { withEvent, type FirstAnswer } from "./query/first/first-event.js";
import { log } from "./query/log/log.js";
import { rangeOf, type SpanOptions } from "./query/subject/span.js";
import { type Recording } from "./timeline/read/recordings.js";

/** A finding with the events that prove it, as a document, as lines of text, and as a mail to a list. */
export interface ExplainedFinding {
  readonly explanation: Explanation;
  readonly text: readonly string[];
  readonly mail: readonly string[];
}

/** How a finding is explained. */
export interface ExplainOptions {
  /** The rules that it was found by; absent = the recording's own. */
  readonly rules?: string | undefined;
  /** The recording's number; absent = the newest complete one. */
  readonly recording?: number | undefined;
  /** The trace file that lines are quoted from, where it is not where it was. */
  readonly trace?: string | undefined;
}

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
  const { findings, verdict } = narrowed(check(sqlite, recording), { only });
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
 * Explains the finding that `check` numbers `id` under the rules `rules` (under the recording's own
 * if the text is absent or no profile). Throws ERR_NAME if there is no finding of that number.
 */
export function explainFinding(
  sqlite: Database.Database,
  recording: Recording,
  id: string,
  rules?: string,
): ExplainedFinding {
  const isKnown = rules !== undefined && platformOf(recording).profiles.includes(rules);
  const asked = isKnown ? rules : undefined;
  const report = check(sqlite, recording, asked);
  const finding = report.findings.find((each) => each.id === id);
  if (finding === undefined) throw noSuchFinding(recording, id, report);
  const events = finding.evidence.flatMap((seq) => [
    ...log(sqlite, recording, { from: seq, to: seq }),
  ]);
  return told(explanationOf(recording, finding, rulesText(report), events), recording);
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
