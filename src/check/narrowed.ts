// The part of a report that a user asks for: some findings, not those that he knows, and how much must be decided.

import { TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { checkIds, type CheckId } from "./check.js";
import { type AnyText } from "../domain/values/ids.js";
import { type Finding } from "./describe-finding.js";
import { fingerprintOf, type FindingIdentity } from "./fingerprint.js";
import { verdictOf, type CheckReport, type ReleaseFindings } from "./report.js";

/** What a user asks a report for. Everything may be left out. */
export interface Asked {
  /**
   * Only findings that one of these names names: an invariant, a rule, a known bug, or a kind of finding
   * (`checkIds()`), one at least. Absent = all.
   */
  readonly only?: readonly (CheckId | AnyText)[] | undefined;
  /** No finding that one of these names names (`checkIds()`). Absent = none is left out. */
  readonly except?: readonly (CheckId | AnyText)[] | undefined;
  /**
   * Findings that are known already and left out: findings of an earlier report, or their fingerprints. Absent = none.
   */
  readonly baseline?: readonly (FindingIdentity | string)[] | undefined;
  /**
   * Percent of the writes that must be decided, 0 to 100, else a report without findings is inconclusive. Absent = 0.
   */
  readonly minDecided?: number | undefined;
}

/** The share of writes, in percent, that `check` demands to be decided if the user names none. */
export const MIN_DECIDED_DEFAULT = 90;

/**
 * The report with the findings that the user asks for, numbered as before. Throws ERR_NAME for a name that names no
 * finding, ERR_USAGE for what is no percentage.
 */
export function narrowed(report: CheckReport, asked: Asked): CheckReport {
  refuseUnknown(asked);
  return enoughDecided(chosen(report, asked), asked.minDecided ?? 0);
}

/** Throws ERR_NAME or ERR_USAGE for what a report cannot be narrowed by: it would leave nothing, and look like a pass. */
export function refuseUnknown({ only, except = [], minDecided = 0, baseline = [] }: Asked): void {
  if (only?.length === 0)
    throw new TwinError(
      "ERR_USAGE",
      "`only` is empty: name something that check looks for, or leave it out",
    );
  const ids = checkIds();
  const unknown = [...(only ?? []), ...except].find((name) => !ids.includes(name));
  if (unknown !== undefined)
    throw new TwinError(
      "ERR_NAME",
      `${unknown} is nothing that check looks for${didYouMean(unknown, ids)}: there are ${ids.join(", ")}`,
    );
  if (!(minDecided >= 0 && minDecided <= 100))
    throw new TwinError(
      "ERR_USAGE",
      `\`minDecided: ${minDecided}\` is not a percentage from 0 to 100`,
    );
  if (!isBaseline(baseline))
    throw new TwinError(
      "ERR_USAGE",
      "baseline is no list of findings or of their fingerprints: give the findings of a report",
    );
}

/** Is a part of a report asked for, and not all that a check finds? */
export function isPart({ only, except, baseline }: Asked): boolean {
  return only !== undefined || except !== undefined || baseline !== undefined;
}

/** What was read from a file may be anything. */
function isBaseline(given: unknown): boolean {
  return (
    Array.isArray(given) &&
    given.every((each: unknown) => typeof each === "string" || fieldsIn(each) !== null)
  );
}

function fieldsIn(given: unknown): readonly unknown[] | null {
  const { fields } = (given ?? {}) as { readonly fields?: unknown };
  return Array.isArray(fields) ? fields : null;
}

function chosen(report: CheckReport, asked: Asked): CheckReport {
  if (!isPart(asked)) return report;
  const { verdict, by_release, doubts } = report;
  const isAsked = filterOf(asked);
  const findings = report.findings.filter(isAsked);
  const left_out = report.findings.length - findings.length;
  if (verdict === "inconclusive" && by_release.length === 0)
    return { ...report, findings, left_out };
  const left = releasesOf(by_release, isAsked);
  return {
    ...report,
    ...verdictOf({ findings, by_release: left, doubts }, true),
    invariants: invariantsOf(report, asked),
    findings,
    by_release: left,
    left_out,
  };
}

function filterOf({ only, except, baseline }: Asked): (finding: Finding) => boolean {
  const known = new Set(
    baseline?.map((each) => (typeof each === "string" ? each : fingerprintOf(each))),
  );
  return (finding) => {
    if (only !== undefined && ![...namesOf(finding), ...alsoMissing(finding)].some(isIn(only)))
      return false;
    if (except !== undefined && namesOf(finding).some(isIn(except))) return false;
    return !known.has(finding.fingerprint);
  };
}

function isIn(names: readonly string[]): (name: string) => boolean {
  return (name) => names.includes(name);
}

function namesOf({ kind, rule, invariant, bug }: Finding): readonly string[] {
  return [kind, rule, invariant, bug].filter((name) => name !== null);
}

/** A write in another's place is one finding, and a missing write too. */
function alsoMissing({ instead_of }: Finding): readonly string[] {
  return instead_of === null ? [] : ["missing"];
}

function releasesOf(
  by_release: readonly ReleaseFindings[],
  isAsked: (finding: Finding) => boolean,
): readonly ReleaseFindings[] {
  const apart = by_release.map(({ rules, findings }) => {
    return { rules, findings: findings.filter(isAsked) };
  });
  return apart.some(({ findings }) => findings.length > 0) ? apart : [];
}

function invariantsOf(
  { invariants }: CheckReport,
  { only, except }: Asked,
): CheckReport["invariants"] {
  const named = invariants.filter(({ id }) => only?.includes(id) === true);
  const base = named.length === 0 ? invariants : named;
  return base.filter(({ id }) => except?.includes(id) !== true);
}

/** What is found counts however little could be decided; that nothing was found does not. */
function enoughDecided(report: CheckReport, percent: number): CheckReport {
  const { verdict, decided } = report;
  if (verdict !== "pass" || decided === null || decided * 100 >= percent) return report;
  const share = (Math.floor(decided * 1000) / 10).toFixed(1);
  const reason = `${share} % of its IRTE writes could be decided, and ${percent} % are asked for (\`minDecided\`)`;
  return { ...report, verdict: "inconclusive", reason };
}
