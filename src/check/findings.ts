// Findings in words: what each is called, and how bad it is.

import { type IrteKey } from "../domain/values/ids.js";
import { type Contradiction } from "../domain/platform/consistency.js";
import { type Severity } from "../domain/platform/invariant.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Violation } from "./invariant-runner.js";
import { type WriteFinding } from "./ledger.js";

/** A finding about a write, about an invariant, or about the recording itself. */
export interface AnyFinding extends Omit<WriteFinding, "kind" | "key"> {
  /** A kind of finding, as Finding.kind says. */
  readonly kind: WriteFinding["kind"] | "invariant" | "contradiction";
  /** The IRTE (irteKey()); null = it is about none. */
  readonly key: IrteKey | null;
  /** The platform's row that a contradiction shows not to be so. */
  readonly contradiction?: string | undefined;
  /** The id of the invariant that does not hold; absent = it is about none. */
  readonly invariant?: string | undefined;
  /** The known bug that it is, such as `B6`; null or absent = none. */
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

/** A contradiction as a finding. */
export function contradictionOf({ id, seq, key, vcpu, root, evidence }: Contradiction): AnyFinding {
  return {
    kind: "contradiction",
    rule: null,
    contradiction: id,
    seq,
    key,
    vcpu,
    expected: null,
    observed: null,
    cause_seq: root,
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
  // It says nothing of interrupts: a line is missing or wrong.
  if (kind === "contradiction") return "consistency";
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
    case "contradiction":
      return titleOfContradiction(platform, finding, subject);
    case "unexpected":
      if (finding.instead_of !== undefined)
        return `${subject} was written where the rules demand a write of ${nameOf(finding.instead_of)}${rule}`;
      return `${subject} was written, and no rule explains why`;
  }
}

function titleOfContradiction(
  { contradictions }: Platform,
  { contradiction }: AnyFinding,
  subject: string,
): string {
  const row = contradictions.find(({ id }) => id === contradiction);
  return `${subject}: a line of the recording is missing or wrong, because it does not show that ${row?.says ?? ""} (${row?.id ?? "?"})`;
}

function titleOfViolation(
  { bugs, invariants }: Platform,
  { bug, invariant }: AnyFinding,
  subject: string,
): string {
  const known = bugs.find(({ id }) => id === bug);
  if (known !== undefined)
    return `${subject}: ${known.title} (${known.id}, fixed by ${known.fixed_by})`;
  const broken = invariants.find(({ id }) => id === invariant);
  return `${subject} breaks ${invariant ?? "?"}: ${broken?.says ?? ""}`;
}
