// What is left of a check if the recording itself is in doubt. A line that is left out, unread or out of order can
// explain every difference between the rules and the recording, so no difference proves anything about the kernel.
// What the rules explain stays explained.

import { type AnyFinding } from "./findings.js";
import { type InvariantCount } from "./invariant-runner.js";
import { type WriteVerdict } from "./judge-recording.js";
import { type Verdict, type WriteCounts } from "./ledger.js";

/** The kinds of findings that accuse the kernel. */
const ABOUT_KERNEL: readonly string[] = ["mismatch", "unexpected", "missing", "invariant"];

/** The findings that are not about the kernel. */
export function findingsInDoubt(found: readonly AnyFinding[]): readonly AnyFinding[] {
  return found.filter(({ kind }) => !ABOUT_KERNEL.includes(kind));
}

/** `undefined` accuses the kernel as well: of having used what it freed. */
const UNPROVED: readonly Verdict[] = ["mismatched", "unexpected", "undefined"];

/** The counts with each difference as unknown. */
export function countsInDoubt(counts: Readonly<WriteCounts>): WriteCounts {
  const unknown = UNPROVED.reduce((sum, verdict) => sum + counts[verdict], counts.unknown);
  return { ...counts, unknown, mismatched: 0, unexpected: 0, undefined: 0, missing: 0 };
}

/** The verdicts about writes with each difference as unknown. */
export function verdictsInDoubt(verdicts: readonly WriteVerdict[]): readonly WriteVerdict[] {
  return verdicts.map(([seq, rule, verdict]) => [
    seq,
    rule,
    UNPROVED.includes(verdict) ? "unknown" : verdict,
  ]);
}

/** The counts of the invariants with each violation as unknown. */
export function invariantsInDoubt(counts: Iterable<InvariantCount>): readonly InvariantCount[] {
  return [...counts].map(({ id, checked, violations, unknown }) => ({
    id,
    checked: checked - violations,
    violations: 0,
    unknown: unknown + violations,
  }));
}
