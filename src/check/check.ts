// `check`: runs the rules over a recording, reports where the two part, and keeps it where the timeline can
// be written.

import { type AnyText } from "../domain/values/ids.js";
import { type BugId } from "../domain/amd/invariants/known-bugs.js";
import { type InvariantId } from "../domain/amd/invariants/invariants.js";
import { type RuleId } from "../domain/amd/rules/transitions.js";
import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { atOnce, type Steps } from "../base/steps.js";
import { byNumber } from "../domain/values/by-number.js";
import { type Judgement } from "./agreed.js";
import { type Finding } from "./describe-finding.js";
import type Database from "better-sqlite3";
import { differentProfiles } from "../domain/platform/different-profiles.js";
import { allPlatforms, platformOf, profileNames } from "../platforms/registry.js";
import { doubtsOf } from "../timeline/read/doubts.js";
import { type Recording } from "../timeline/read/recordings.js";
import { tryToWrite } from "../timeline/store/sqlite-errors.js";
import { JudgeFacts } from "./judge-facts.js";
import { judgeRecording, judgedRecording, type JudgedRecording } from "./judge-recording.js";
import { keepResults, whyNotStored, type CheckResults } from "./keep-results.js";
import { reportOf, type MakeReport } from "./make-report.js";
import { unjudged, type CheckReport } from "./report.js";
import { whyUnjudged } from "./why-unjudged.js";

const FINDING_KINDS = [
  "contradiction",
  "mismatch",
  "unexpected",
  "missing",
  "invariant",
] as const satisfies Finding["kind"][];

/** What is asked of a check: the rules, if they are not the recording's own, and whether its verdicts are stored. */
export interface CheckAsked {
  /** The rules profile to judge by. Absent = the recording's own, or all that its release allows. */
  readonly rules?: string | undefined;
  /** Is the report of a new check stored? Absent = true. */
  readonly store?: boolean | undefined;
  /**
   * true: a recording that is not imported to its end is judged as far as it is stored. What its end tells, such as that
   * lines are left out, is not known then. Absent = such a recording is inconclusive.
   */
  readonly unfinished?: boolean | undefined;
}

/** What a finding can be named by: an invariant, a transition rule, a known bug, a kind of finding. */
export type CheckId = InvariantId | RuleId | BugId | Finding["kind"];

/** What `only` can name: invariants, transition rules, known bugs, kinds of findings. */
export function checkIds(): readonly (CheckId | AnyText)[] {
  const platforms = allPlatforms();
  return [
    ...platforms.flatMap(({ invariants }) => invariants.map(({ id }) => id).sort(byNumber)),
    ...platforms.flatMap(({ transitions }) => transitions.map(({ id }) => id)),
    ...platforms.flatMap(({ bugs }) => bugs.map(({ id }) => id)),
    ...FINDING_KINDS,
  ];
}

/**
 * Checks a recording by its own rules, or by others. Where it does not name its release, by those of all releases
 * that it allows. `isKept`: the verdicts are stored, where the timeline can be written. Throws ERR_NAME for rules that
 * no platform has.
 */
export function check(
  sqlite: Database.Database,
  recording: Recording,
  otherRules?: string,
  isKept = true,
): CheckReport {
  return atOnce(checkSteps(sqlite, recording, { rules: otherRules, store: isKept }));
}

/** The same in steps. Nothing is stored before the last one. */
export function* checkSteps(
  sqlite: Database.Database,
  recording: Recording,
  { rules: otherRules, store: isKept = true, unfinished = false }: CheckAsked = {},
): Steps<CheckReport> {
  if (otherRules !== undefined) refuseUnknownRules(otherRules);
  const platform = platformOf(recording);
  const profiles = otherRules === undefined ? recording.rulesAllowed : [otherRules];
  const judged = judgedRecording(sqlite, recording, platform);
  yield;
  const reason = whyUnjudged(judged, profiles, unfinished);
  const doubts = doubtsOf(sqlite, recording);
  yield;
  if (reason !== null) return unjudged(recording.id, profiles, { reason, doubts });
  const facts = new JudgeFacts(judged);
  const judgements: Judgement[] = [];
  for (const profile of differentProfiles(platform, profiles))
    judgements.push(yield* judgeRecording(judged, profile, facts));
  yield;
  const asked = { profiles, judgements, doubts, ownVerdicts: verdictsByOwn(judged) };
  const { report, results } = yield* reportOf(judged, asked);
  yield;
  const isStored = isKept && recording.state === "complete";
  return { ...report, not_stored: whyNotStored(sqlite, isStored) ?? keep(sqlite, results) };
}

/** Judges by the recording's own rules: which rule explains each write. */
function verdictsByOwn(judged: JudgedRecording): MakeReport["ownVerdicts"] {
  return function* (own) {
    return (yield* judgeRecording(judged, own)).verdicts;
  };
}

/** Stores the verdicts; says why they cannot be stored. null = they are. */
function keep(sqlite: Database.Database, results: CheckResults): string | null {
  return tryToWrite(sqlite.name, () => {
    keepResults(sqlite, results);
  });
}

/** Throws ERR_NAME for rules that no platform has. */
export function refuseUnknownRules(rules: string): void {
  const names = profileNames();
  if (!names.includes(rules))
    throw new TwinError(
      "ERR_NAME",
      `${rules} are no rules${didYouMean(rules, names)}: there are ${names.join(", ")}`,
    );
}
