// What is said of a recording whose writes are judged, by one rules profile or by several.

import { type RulesId } from "../domain/amd/releases/releases.js";
import { type Steps } from "../base/steps.js";
import { type DumpCounts } from "../domain/platform/consistency.js";
import { type Platform } from "../domain/platform/platform.js";
import { ownRules, textOfProfiles } from "../domain/platform/read-by.js";
import { type Doubt } from "../timeline/read/doubts.js";
import { oneVmOf } from "../timeline/read/one-vm.js";
import { agreementOf, type Judgement } from "./agreed.js";
import { type Finding, FindingDescriber } from "./describe-finding.js";
import { type AnyFinding, fieldsOf } from "./findings.js";
import { contradicted, inDoubt, unseen } from "./in-doubt.js";
import { type JudgedRecording, type WriteVerdict } from "./judge-recording.js";
import { type CheckResults } from "./keep-results.js";
import { ofOneVm } from "./one-vm.js";
import { verdictOf, type CheckReport } from "./report.js";

/** What a report is made of. */
export interface MakeReport {
  /** The rules that it is judged by. */
  readonly profiles: readonly string[];
  /** What each of those that differ says. */
  readonly judgements: readonly Judgement[];
  /** Why the recording is in doubt. */
  readonly doubts: readonly Doubt[];
  /** The verdicts by the recording's own rules, where it is judged by others. */
  readonly ownVerdicts: (own: string) => Steps<readonly WriteVerdict[]>;
}

/** A report, and what of it is stored. */
export interface MadeReport {
  /** The report, of which nothing is stored. */
  readonly report: CheckReport;
  /** What is stored. */
  readonly results: CheckResults;
}

/** What is said of a recording whose writes are judged. */
export function* reportOf(
  judged: JudgedRecording,
  { profiles, judgements, doubts, ownVerdicts }: MakeReport,
): Steps<MadeReport> {
  const { sqlite, recording, platform } = judged;
  const oneVm = doubts.length === 1 ? oneVmOf(sqlite, recording) : null;
  const own = oneVm === null ? judgements : judgements.map((each) => ofOneVm(sqlite, oneVm, each));
  const known = [...doubts, ...contradicted(platform, own)];
  const all = known.length > 0 ? known : unseen(own, unfollowedBy(judged));
  const isDoubted = oneVm === null ? all.length > 0 : all.length > 1;
  const proved = isDoubted ? own.map(inDoubt) : own;
  return yield* described(judged, { profiles, judgements: proved, doubts: all, ownVerdicts });
}

function* described(
  judged: JudgedRecording,
  { profiles, judgements, doubts, ownVerdicts }: MakeReport,
): Steps<MadeReport> {
  const { recording, platform } = judged;
  const [only, ...others] = judgements;
  const { agreed, apart } =
    only !== undefined && others.length === 0
      ? { agreed: only, apart: [] }
      : agreementOf(judgements);
  const { counts, verdicts, invariants, found } = agreed;
  const describer = new FindingDescriber(judged);
  const differenceOf = yield* differences(judged, profiles, ownVerdicts);
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
  return { report, results };
}

/** The probes without a line, of a recording whose lines nothing counts. */
function unfollowedBy({ recording, platform, who }: JudgedRecording): readonly string[] {
  const { isCounted, rules } = recording;
  if (isCounted) return [];
  const sees = (name: string): boolean => who.names.has(name);
  return platform.unfollowed?.("every rule", { sees, isCounted, rules }) ?? [];
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
  ownVerdicts: MakeReport["ownVerdicts"],
): Steps<(finding: AnyFinding) => string | null> {
  const own = ownRules(judged.recording);
  if (profile === undefined || others.length > 0 || own === null || own === profile)
    return () => null;
  const { platform } = judged;
  const verdicts = yield* ownVerdicts(own);
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
