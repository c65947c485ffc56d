// What is left of a check if the recording itself is in doubt. A line that is left out, unread or out of order can
// explain every difference between the rules and the recording, so no difference proves anything about the kernel.
// What the rules explain stays explained.

import { type Platform } from "../domain/platform/platform.js";
import { type Doubt } from "../timeline/read/doubts.js";
import { type Judgement } from "./agreed.js";
import { type AnyFinding } from "./findings.js";
import { type InvariantCount } from "./invariant-runner.js";
import { type WriteVerdict } from "./judge-recording.js";
import { type WriteDecision, type WriteCounts } from "./ledger.js";

/**
 * From so many contradictions between lines on, the recording as a whole is in doubt: one or two are lines that got lost; more are
 * what a filter left out, and it left out lines whose absence shows nowhere.
 */
const CONTRADICTED = 3;

/** The doubt that follows from the contradictions that every profile finds; none where they are few. */
export function contradicted(
  { contradictions }: Platform,
  judgements: readonly Judgement[],
): readonly Doubt[] {
  const ofTrace = contradictions.filter(({ isOfDump }) => isOfDump !== true).map(({ id }) => id);
  const counts = judgements.map(
    ({ found }) => found.filter((each) => ofTrace.includes(each.contradiction ?? "")).length,
  );
  const least = Math.min(...counts);
  if (judgements.length === 0 || least < CONTRADICTED) return [];
  const says = `lines contradict each other at ${least} places: lines are missing or wrong, and not only there; import the whole trace`;
  return [{ kind: "contradicted", says }];
}

/**
 * The doubt that follows where some profile accuses the kernel and functions may have run unseen: nothing counts the
 * lines. `names`: their probes.
 */
export function unseen(
  judgements: readonly Judgement[],
  names: readonly string[],
): readonly Doubt[] {
  const isAccused = judgements.some(({ found }) => accusing(found).length > 0);
  if (!isAccused || names.length === 0) return [];
  const says = `nothing counts the lines, and there is none of ${names.join(", ")}: a filter may have taken out what explains the rest; import the whole trace`;
  return [{ kind: "unseen", says }];
}

/** What is left of a judgement. */
export function inDoubt(judgement: Judgement): Judgement {
  const { counts, verdicts, invariants, found } = judgement;
  const accusations = new Set(accusing(found));
  return {
    ...judgement,
    counts: countsInDoubt(counts),
    verdicts: verdictsInDoubt(verdicts),
    invariants: invariantsInDoubt(invariants),
    found: found.filter((finding) => !accusations.has(finding)),
  };
}

/** The findings that accuse the kernel. */
function accusing(found: readonly AnyFinding[]): readonly AnyFinding[] {
  return found.filter(({ kind }) => kind !== "contradiction");
}

/** `undefined` accuses the kernel as well: of having used what it freed. */
const UNPROVED: readonly WriteDecision[] = ["mismatched", "unexpected", "undefined"];

/** The counts with each difference as unknown. */
function countsInDoubt(counts: Readonly<WriteCounts>): WriteCounts {
  const unknown = UNPROVED.reduce((sum, verdict) => sum + counts[verdict], counts.unknown);
  return { ...counts, unknown, mismatched: 0, unexpected: 0, undefined: 0, missing: 0 };
}

/** The verdicts about writes with each difference as unknown. */
function verdictsInDoubt(verdicts: readonly WriteVerdict[]): readonly WriteVerdict[] {
  return verdicts.map(([seq, rule, verdict]) => [
    seq,
    rule,
    UNPROVED.includes(verdict) ? "unknown" : verdict,
  ]);
}

/** The counts of the invariants with each violation as unknown. */
function invariantsInDoubt(counts: readonly InvariantCount[]): readonly InvariantCount[] {
  return counts.map(({ id, checked, violations, unknown }) => ({
    id,
    checked: checked - violations,
    violations: 0,
    unknown: unknown + violations,
  }));
}
