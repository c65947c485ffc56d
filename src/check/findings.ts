// Findings in words: what each is called, and how bad it is.

import { type IrteKey } from "../domain/values/ids.js";
import { type Severity } from "../domain/platform/invariant.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Violation } from "./invariant-runner.js";
import { type WriteFinding } from "./ledger.js";

/** A finding about a write, or about an invariant. */
export interface AnyFinding extends Omit<WriteFinding, "kind" | "key"> {
  readonly kind: WriteFinding["kind"] | "invariant";
  readonly key: IrteKey | null;
  readonly invariant?: string | undefined;
  readonly bug?: string | null | undefined;
}

/** A violation as a finding. */
export function findingOf({ id, bug, seq, key, vcpu, evidence, times }: Violation): AnyFinding {
  return {
    kind: "invariant",
    rule: null,
    invariant: id,
    bug,
    times,
    seq,
    key,
    vcpu,
    expected: null,
    observed: null,
    cause_seq: null,
    evidence,
  };
}

/** The names of the fields that a mismatch is about; none for other findings. */
export function fieldsOf(platform: Platform, finding: AnyFinding): readonly string[] {
  const { kind, expected, observed } = finding;
  const isMismatch = kind === "mismatch" && expected !== null && observed !== null;
  return isMismatch ? platform.differingFields(expected, observed) : [];
}

/** How bad a finding is. */
export function severityOf(
  platform: Platform,
  finding: AnyFinding,
  fields: readonly string[],
): Severity {
  const { kind, observed, invariant, bug } = finding;
  if (kind === "invariant") {
    const known = platform.bugs.find(({ id }) => id === bug);
    const broken = platform.invariants.find(({ id }) => id === invariant);
    return known?.severity ?? broken?.class ?? "consistency";
  }
  return kind !== "mismatch" || observed === null
    ? "safety"
    : platform.severityOf(fields, observed);
}

/** The finding in one sentence; `nameOf` tells the names of entries. */
export function titleOf(
  platform: Platform,
  finding: AnyFinding,
  subject: string,
  fields: readonly string[],
  nameOf: (key: IrteKey) => string,
): string {
  const rule = finding.rule === null ? "" : ` (${platform.ruleId(finding.rule)})`;
  switch (finding.kind) {
    case "mismatch":
      return `${subject} was written with ${fields.join(", ")} other than the rules demand${rule}`;
    case "missing":
      return `${subject} was not written, though the rules demand it${rule}`;
    case "invariant":
      return titleOfViolation(platform, finding, subject);
    case "unexpected":
      if (finding.instead_of !== undefined)
        return `${subject} was written where the rules demand a write of ${nameOf(finding.instead_of)}${rule}`;
      return `${subject} was written, and no rule explains why`;
  }
}

function titleOfViolation(
  { bugs, invariants }: Platform,
  { bug, invariant }: AnyFinding,
  subject: string,
): string {
  const known = bugs.find(({ id }) => id === bug);
  if (known !== undefined)
    return `${subject}: ${known.title} (${known.id}, fixed by ${known.fixedBy})`;
  const broken = invariants.find(({ id }) => id === invariant);
  return `${subject} breaks ${invariant ?? "?"}: ${broken?.says ?? ""}`;
}
