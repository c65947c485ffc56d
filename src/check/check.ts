// `check`: runs the rules over a recording, reports where the two part, and keeps it where the timeline can
// be written.

import { type AnyText } from "../domain/values/ids.js";
import { type BugId } from "../domain/amd/invariants/known-bugs.js";
import { type InvariantId } from "../domain/amd/invariants/invariants.js";
import { type RuleId } from "../domain/amd/rules/transitions.js";
import { type RulesId } from "../domain/amd/releases/releases.js";
import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { atOnce, type Steps } from "../base/steps.js";
import { byNumber } from "../domain/values/by-number.js";
import { agreementOf, type Judgement } from "./agreed.js";
import { contradictionOf, findingOf, type AnyFinding, fieldsOf } from "./findings.js";
import { type Finding, FindingDescriber } from "./describe-finding.js";
import type Database from "better-sqlite3";
import { type DumpCounts } from "../domain/platform/consistency.js";
import { type Platform } from "../domain/platform/platform.js";
import { differentProfiles } from "../domain/platform/different-profiles.js";
import { ownRules, textOfProfiles } from "../domain/platform/read-by.js";
import { allPlatforms, platformOf, profileNames } from "../platforms/registry.js";
import { doubtsOf, type Doubt } from "../timeline/read/doubts.js";
import { oneVmOf } from "../timeline/read/one-vm.js";
import { type Recording } from "../timeline/read/recordings.js";
import { tryToWrite } from "../timeline/store/sqlite-errors.js";
import { contradicted, inDoubt, unseen } from "./in-doubt.js";
import { judgeRecording, judgedRecording, type JudgedRecording } from "./judge-recording.js";
import { keepResults, whyNotStored, type CheckResults } from "./keep-results.js";
import { ofOneVm } from "./one-vm.js";
import { unjudged, verdictOf, type CheckReport } from "./report.js";
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
  const judgements: Judgement[] = [];
  for (const profile of differentProfiles(platform, profiles))
    judgements.push(yield* judgementBy(judged, profile));
  yield;
  const oneVm = doubts.length === 1 ? oneVmOf(sqlite, recording) : null;
  const own = oneVm === null ? judgements : judgements.map((each) => ofOneVm(sqlite, oneVm, each));
  const known = [...doubts, ...contradicted(platform, own)];
  const all = known.length > 0 ? known : unseen(own, unfollowedBy(judged));
  const isDoubted = oneVm === null ? all.length > 0 : all.length > 1;
  const proved = isDoubted ? own.map(inDoubt) : own;
  return yield* reportOf(judged, profiles, proved, {
    doubts: all,
    isKept: isKept && recording.state === "complete",
  });
}

/** Throws ERR_NAME for rules that no platform has. */
function refuseUnknownRules(rules: string): void {
  const names = profileNames();
  if (!names.includes(rules))
    throw new TwinError(
      "ERR_NAME",
      `${rules} are no rules${didYouMean(rules, names)}: there are ${names.join(", ")}`,
    );
}

/** The probes without a line, of a recording whose lines nothing counts. */
function unfollowedBy({ recording, platform, who }: JudgedRecording): readonly string[] {
  const { isCounted, rules } = recording;
  if (isCounted) return [];
  const sees = (name: string): boolean => who.names.has(name);
  return platform.unfollowed?.("every rule", { sees, isCounted, rules }) ?? [];
}

function* judgementBy(judged: JudgedRecording, profile: string): Steps<Judgement> {
  const { checker, verdicts } = yield* judgeRecording(judged, profile);
  const violations = checker.invariants.violations.map(findingOf);
  const contradictions = checker.contradictions.map(contradictionOf);
  const found = [...checker.findings, ...violations, ...contradictions].sort(
    (a, b) => a.seq - b.seq,
  );
  const invariants = [...checker.invariants.counts.values()];
  const { counts, dumps } = checker;
  return { profile, counts, verdicts, invariants, found, dumps };
}

function* reportOf(
  judged: JudgedRecording,
  profiles: readonly string[],
  judgements: readonly Judgement[],
  { doubts, isKept }: { readonly doubts: readonly Doubt[]; readonly isKept: boolean },
): Steps<CheckReport> {
  const { sqlite, recording, platform } = judged;
  const [only, ...others] = judgements;
  const { agreed, apart } =
    only !== undefined && others.length === 0
      ? { agreed: only, apart: [] }
      : agreementOf(judgements);
  const { counts, verdicts, invariants, found } = agreed;
  const describer = new FindingDescriber(judged);
  const differenceOf = yield* differences(judged, profiles);
  const describe = (finding: AnyFinding, place: number): Finding =>
    describer.describe(finding, `F${place + 1}`, differenceOf(finding));
  const findings = found.map(describe);
  const by_release = apart.map(([rules, theirs]) => ({
    rules: rules as RulesId,
    findings: theirs.map(([place, finding]) => describe(finding, place)),
  }));
  const isSame = by_release.every((release) => release.findings.length === 0);
  const decided = counts.explained + counts.mismatched + counts.unexpected;
  const told = { findings, by_release: isSame ? [] : by_release, doubts };
  const report: CheckReport = {
    recording_id: recording.id,
    ...verdictOf(told, counts.observed === 0 || decided > 0),
    rules: ownRules({ rules: null, rulesAllowed: profiles }) as RulesId | null,
    rules_allowed: profiles as readonly RulesId[],
    writes: counts,
    invariants,
    decided: counts.observed === 0 ? null : decided / counts.observed,
    ...told,
    anchors: anchorsOf(judgements),
    left_out: 0,
    not_stored: null,
  };
  const profile = textOfProfiles(profiles) ?? "";
  const results = { platform, recordingId: recording.id, profile, verdicts, found, report };
  yield;
  return { ...report, not_stored: whyNotStored(sqlite, isKept) ?? keep(sqlite, results) };
}

/** Stores the verdicts; says why they cannot be stored. null = they are. */
function keep(sqlite: Database.Database, results: CheckResults): string | null {
  return tryToWrite(sqlite.name, () => {
    keepResults(sqlite, results);
  });
}

/** What became of the entries that dumps show; null = the recording has no dump. */
function anchorsOf([judgement]: readonly Judgement[]): DumpCounts | null {
  const { dumps = null } = judgement ?? {};
  return dumps === null || dumps.entries === 0 ? null : dumps;
}

/** Judged by other rules than its own: which difference of the two each finding shows. */
function* differences(
  judged: JudgedRecording,
  [profile, ...others]: readonly string[],
): Steps<(finding: AnyFinding) => string | null> {
  const own = ownRules(judged.recording);
  if (profile === undefined || others.length > 0 || own === null || own === profile)
    return () => null;
  const { platform } = judged;
  const { verdicts } = yield* judgeRecording(judged, own);
  const ruleOf = new Map(verdicts.map(([seq, rule]) => [seq, rule]));
  return (finding) => shownBy(platform, finding, ruleOf.get(finding.seq) ?? null, profile, own);
}

function shownBy(
  platform: Platform,
  finding: AnyFinding,
  ownRule: string | null,
  judged: string,
  own: string,
): string | null {
  const { kind, rule } = finding;
  const facts = {
    ...{ kind, rule, ownRule },
    invariant: finding.invariant ?? null,
    row: finding.row ?? null,
    fields: fieldsOf(platform, finding),
  };
  return platform.differenceShown(facts, judged, own);
}
