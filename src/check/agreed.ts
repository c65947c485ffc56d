// A recording that allows several releases is judged by each. A finding about the kernel is what all of them find;
// what only some find is told as theirs, because a release that is allowed explains it.

import { type DumpCounts } from "../domain/platform/consistency.js";
import { type AnyFinding } from "./findings.js";
import { type InvariantCount } from "./invariant-runner.js";
import { type WriteVerdict } from "./judge-recording.js";
import { noWrites, type WriteCounts } from "./ledger.js";

/** What one profile says of a recording. */
export interface Judgement {
  /** The rules profile that judged, such as `6.17`. */
  readonly profile: string;
  /** How many writes it explains, and how many not. */
  readonly counts: Readonly<WriteCounts>;
  /** In the order in which they were decided; of one write the last one counts. */
  readonly verdicts: readonly WriteVerdict[];
  /** How often each invariant was tested under it, and how often it did not hold. */
  readonly invariants: readonly InvariantCount[];
  /** In the order of the recording. */
  readonly found: readonly AnyFinding[];
  /** What became of the entries that dumps of the table show. */
  readonly dumps?: DumpCounts | null;
}

/** What all profiles say, and what each of them finds besides. */
export interface Agreement {
  /** What is said of the recording: the findings and verdicts that all profiles have. */
  readonly agreed: Omit<Judgement, "profile">;
  /** By profile: its findings that not all have, each with its place among all of the profile's findings. */
  readonly apart: readonly (readonly [
    profile: string,
    findings: readonly (readonly [place: number, finding: AnyFinding])[],
  ])[];
}

/** Puts the judgements of several profiles together. The list is not empty. */
export function agreementOf(judgements: readonly Judgement[]): Agreement {
  const keys = judgements.map(({ found }) => new Set(found.map(keyOf)));
  const isAgreed = (finding: AnyFinding): boolean => {
    const key = keyOf(finding);
    return keys.every((each) => each.has(key));
  };
  const found = judgements[0]?.found.filter(isAgreed) ?? [];
  const verdicts = agreedVerdicts(judgements);
  const invariants = agreedInvariants(judgements, found);
  return {
    agreed: { counts: countsOf(verdicts, found), verdicts, invariants, found },
    apart: judgements.map(({ profile, found: all }) => [
      profile,
      all.flatMap((finding, place) => (isAgreed(finding) ? [] : [[place, finding] as const])),
    ]),
  };
}

/** Two profiles find the same where all of this is the same. */
function keyOf(finding: AnyFinding): string {
  const { kind, rule, invariant, bug, seq, key, vcpu, instead_of, expected, observed } = finding;
  return JSON.stringify([
    kind,
    rule,
    invariant,
    bug,
    seq,
    key,
    vcpu,
    instead_of,
    expected,
    observed,
  ]);
}

/** What is decided about each write by all of them alike; a write on which they differ is unknown. */
function agreedVerdicts([first, ...others]: readonly Judgement[]): readonly WriteVerdict[] {
  const theirs = others.map(({ verdicts }) => lastBySeq(verdicts));
  return [...lastBySeq(first?.verdicts ?? []).values()].map((own): WriteVerdict => {
    const [seq, rule, verdict] = own;
    const all = theirs.map((each) => each.get(seq));
    if (!all.every((each) => each?.[2] === verdict)) return [seq, null, "unknown"];
    return all.every((each) => each?.[1] === rule) ? own : [seq, null, verdict];
  });
}

function lastBySeq(verdicts: readonly WriteVerdict[]): ReadonlyMap<number, WriteVerdict> {
  return new Map(verdicts.map((each) => [each[0], each]));
}

/** What was decided about the writes, each of which has one verdict. */
export function countsOf(
  verdicts: readonly WriteVerdict[],
  found: readonly AnyFinding[],
): Readonly<WriteCounts> {
  const counts = noWrites();
  for (const [, , verdict] of verdicts) {
    counts.observed++;
    counts[verdict]++;
  }
  counts.missing = found.filter(
    ({ kind, instead_of }) => kind === "missing" || instead_of !== undefined,
  ).length;
  return counts;
}

/** An invariant was judged as often as by the profile that judges it least. */
function agreedInvariants(
  [first, ...others]: readonly Judgement[],
  found: readonly AnyFinding[],
): readonly InvariantCount[] {
  return (first?.invariants ?? []).map((own) => {
    const all = [own, ...others.flatMap(({ invariants }) => invariants)].filter(
      ({ id }) => id === own.id,
    );
    const isFound = found.some(({ invariant }) => invariant === own.id);
    return {
      id: own.id,
      checked: Math.min(...all.map(({ checked }) => checked)),
      violations: isFound ? Math.min(...all.map(({ violations }) => violations)) : 0,
      unknown: Math.max(...all.map(({ unknown }) => unknown)),
    };
  });
}
