// `check`: runs the rules over a recording, reports where the two part, and keeps it where the timeline can
// be written.

import { findingOf, type AnyFinding, fieldsOf } from "./findings.js";
import { type Finding, FindingDescriber } from "./describe-finding.js";
import { type InvariantCount } from "./invariant-runner.js";
import type Database from "better-sqlite3";
import { TwinError } from "../base/errors.js";
import { type Platform } from "../domain/platform/platform.js";
import { allPlatforms, platformOf } from "../platforms/registry.js";
import { doubtsOf, type Doubt } from "../timeline/read/doubts.js";
import { type Recording } from "../timeline/read/recordings.js";
import { countsInDoubt, findingsInDoubt, invariantsInDoubt, verdictsInDoubt } from "./in-doubt.js";
import {
  judgeRecording,
  judgedRecording,
  type JudgedRecording,
  type WriteVerdict,
} from "./judge-recording.js";
import { keepResults } from "./keep-results.js";
import { noWrites, type WriteCounts } from "./ledger.js";

/** What `check` says of a recording. */
export interface CheckReport {
  readonly recording_id: number;
  /**
   * inconclusive: there is no line of irte_write, none of the writes could be decided, or the recording itself is in
   * doubt.
   */
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly rules: string;
  readonly writes: Readonly<WriteCounts>;
  /** Share of the writes that could be decided, 0 to 1; null where there was none. */
  readonly decided: number | null;
  readonly invariants: readonly InvariantCount[];
  readonly findings: readonly Finding[];
  /** Why the recording itself is in doubt; a recording that is has no finding about the kernel. */
  readonly doubts: readonly Doubt[];
}

const FINDING_KINDS = [
  "mismatch",
  "unexpected",
  "missing",
  "invariant",
] as const satisfies Finding["kind"][];

/** What `only` can name: invariants, transition rules, known bugs, kinds of findings. */
export function checkIds(): readonly string[] {
  const platforms = allPlatforms();
  return [
    ...platforms.flatMap(({ invariants }) => invariants.map(({ id }) => id).sort(byNumber)),
    ...platforms.flatMap(({ transitions }) => transitions.map(({ id }) => id)),
    ...platforms.flatMap(({ bugs }) => bugs.map(({ id }) => id)),
    ...FINDING_KINDS,
  ];
}

/** I6, I6b, I7 ... I10. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** The report with the findings that `only` names, numbered as before. */
export function narrowed(report: CheckReport, only: readonly string[]): CheckReport {
  if (report.verdict === "inconclusive") return report;
  const findings = report.findings.filter((finding) => isNamed(finding, only));
  const named = report.invariants.filter(({ id }) => only.includes(id));
  return {
    ...report,
    verdict: findings.length === 0 ? "pass" : "fail",
    invariants: named.length === 0 ? report.invariants : named,
    findings,
  };
}

/** A write in another's place is one finding, and a missing write too. */
function isNamed(finding: Finding, only: readonly string[]): boolean {
  const { kind, rule, invariant, bug, instead_of } = finding;
  const ids = [kind, rule, invariant, bug, instead_of === null ? null : "missing"];
  return ids.some((id) => id !== null && only.includes(id));
}

/** Checks a recording by its own rules, or by others. Throws ERR_KERNEL_UNKNOWN where it has none. */
export function check(
  sqlite: Database.Database,
  recording: Recording,
  otherRules?: string,
): CheckReport {
  const platform = platformOf(recording);
  const profile = otherRules ?? recording.rules;
  if (profile === null) {
    throw new TwinError(
      "ERR_KERNEL_UNKNOWN",
      `recording ${recording.id} has no rules profile: name one with --rules`,
    );
  }
  const judged = judgedRecording(sqlite, recording, platform);
  const { names } = judged.who;
  if (recording.lastSeq === null) return unjudged(judged, profile);
  // An import that is not complete does not know its names yet.
  if (names.size > 0 && !platform.shows((name) => names.has(name), "IRTE writes"))
    return unjudged(judged, profile);
  return checkWrites(judged, profile);
}

/** There is no event, or none of a write: what the rules predict cannot be judged by the rules. */
function unjudged({ sqlite, recording }: JudgedRecording, rules: string): CheckReport {
  return {
    recording_id: recording.id,
    verdict: "inconclusive",
    rules,
    writes: noWrites(),
    decided: null,
    invariants: [],
    findings: [],
    doubts: doubtsOf(sqlite, recording),
  };
}

function checkWrites(judged: JudgedRecording, profile: string): CheckReport {
  const { sqlite, recording, platform, who } = judged;
  const doubts = doubtsOf(sqlite, recording);
  const { found, verdicts, counts, invariants } = decided(judged, profile, doubts.length > 0);
  const differenceOf = differences(judged, profile);
  const describer = new FindingDescriber(sqlite, platform, who);
  const findings = found.map((finding, i) =>
    describer.describe(finding, `F${i + 1}`, differenceOf(finding)),
  );
  if (!sqlite.readonly)
    keepResults(sqlite, {
      platform,
      recordingId: recording.id,
      profile,
      counts,
      verdicts,
      found,
      findings,
    });
  const share = counts.explained + counts.mismatched + counts.unexpected;
  const isOpen = doubts.length > 0 || (counts.observed > 0 && share === 0);
  return {
    recording_id: recording.id,
    verdict: findings.length > 0 ? "fail" : isOpen ? "inconclusive" : "pass",
    rules: profile,
    writes: counts,
    invariants,
    decided: counts.observed === 0 ? null : share / counts.observed,
    findings,
    doubts,
  };
}

/** What the checker decides. If the recording is in doubt, what no line that is not there can change. */
interface Decided {
  readonly found: readonly AnyFinding[];
  readonly verdicts: readonly WriteVerdict[];
  readonly counts: Readonly<WriteCounts>;
  readonly invariants: readonly InvariantCount[];
}

function decided(judged: JudgedRecording, profile: string, isInDoubt: boolean): Decided {
  const { checker, verdicts } = judgeRecording(judged, profile);
  const { counts, findings } = checker;
  const { violations, counts: invariants } = checker.invariants;
  const found = [...findings, ...violations.map(findingOf)].sort((a, b) => a.seq - b.seq);
  if (isInDoubt)
    return {
      found: findingsInDoubt(found),
      verdicts: verdictsInDoubt(verdicts),
      counts: countsInDoubt(counts),
      invariants: invariantsInDoubt(invariants.values()),
    };
  return { found, verdicts, counts, invariants: [...invariants.values()] };
}

/** Judged by other rules than its own: which difference of the two each finding shows. */
function differences(
  judged: JudgedRecording,
  profile: string,
): (finding: AnyFinding) => string | null {
  const own = judged.recording.rules;
  if (own === null || own === profile) return () => null;
  const { platform } = judged;
  const ruleOf = new Map(judgeRecording(judged, own).verdicts.map(([seq, rule]) => [seq, rule]));
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
