// `check`: runs the rules over a recording, reports where the two part, and keeps it where the timeline can
// be written.

import { contradictionOf, findingOf, type AnyFinding, fieldsOf } from "./findings.js";
import { type Finding, FindingDescriber } from "./describe-finding.js";
import { type InvariantCount } from "./invariant-runner.js";
import type Database from "better-sqlite3";
import { TwinError } from "../base/errors.js";
import { type Platform } from "../domain/platform/platform.js";
import { allPlatforms, platformOf } from "../platforms/registry.js";
import { type Recording } from "../timeline/read/recordings.js";
import { judgeRecording, judgedRecording, type JudgedRecording } from "./judge-recording.js";
import { keepResults } from "./keep-results.js";
import { noWrites, type WriteCounts } from "./ledger.js";

/** What `check` says of a recording. */
export interface CheckReport {
  readonly recording_id: number;
  /**
   * inconclusive: there is no line of irte_write, none of the writes could be decided, or lines contradict each other
   * and nothing else was found.
   */
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly rules: string;
  readonly writes: Readonly<WriteCounts>;
  /** Share of the writes that could be decided, 0 to 1; null where there was none. */
  readonly decided: number | null;
  readonly invariants: readonly InvariantCount[];
  readonly findings: readonly Finding[];
}

const FINDING_KINDS = [
  "contradiction",
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
  const findings = report.findings.filter((finding) => isNamed(finding, only));
  if (report.verdict === "inconclusive") return { ...report, findings };
  const named = report.invariants.filter(({ id }) => only.includes(id));
  return {
    ...report,
    verdict: verdictOf(findings),
    invariants: named.length === 0 ? report.invariants : named,
    findings,
  };
}

/** A finding about the kernel fails; one about the recording alone leaves open what the kernel did. */
function verdictOf(findings: readonly Finding[]): CheckReport["verdict"] {
  if (findings.some(({ kind }) => kind !== "contradiction")) return "fail";
  return findings.length > 0 ? "inconclusive" : "pass";
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
  if (recording.lastSeq === null) return unjudged(recording, profile);
  // An import that is not complete does not know its names yet.
  if (names.size > 0 && !platform.shows((name) => names.has(name), "IRTE writes"))
    return unjudged(recording, profile);
  return checkWrites(judged, profile);
}

/** There is no event, or none of a write: what the rules predict cannot be judged by the rules. */
function unjudged({ id }: Recording, rules: string): CheckReport {
  return {
    recording_id: id,
    verdict: "inconclusive",
    rules,
    writes: noWrites(),
    decided: null,
    invariants: [],
    findings: [],
  };
}

function checkWrites(judged: JudgedRecording, profile: string): CheckReport {
  const { sqlite, recording, platform, who } = judged;
  const { checker, verdicts } = judgeRecording(judged, profile);
  const violations = checker.invariants.violations.map(findingOf);
  const contradictions = checker.contradictions.map(contradictionOf);
  const found = [...checker.findings, ...violations, ...contradictions].sort(
    (a, b) => a.seq - b.seq,
  );
  const differenceOf = differences(judged, profile);
  const describer = new FindingDescriber(sqlite, platform, who);
  const findings = found.map((finding, i) =>
    describer.describe(finding, `F${i + 1}`, differenceOf(finding)),
  );
  const { counts } = checker;
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
  const decided = counts.explained + counts.mismatched + counts.unexpected;
  return {
    recording_id: recording.id,
    verdict:
      findings.length === 0 && counts.observed > 0 && decided === 0
        ? "inconclusive"
        : verdictOf(findings),
    rules: profile,
    writes: counts,
    invariants: [...checker.invariants.counts.values()],
    decided: counts.observed === 0 ? null : decided / counts.observed,
    findings,
  };
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
