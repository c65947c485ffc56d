// What tells a finding from another one, wherever it is found again.

import { type Finding } from "./describe-finding.js";

/** What tells a finding from another one: two with the same values are the same finding. */
export type FindingIdentity = Pick<
  Finding,
  "kind" | "rule" | "invariant" | "bug" | "irte" | "vcpu" | "fields"
>;

/**
 * The identity as one text, its parts with `|` between them:
 * `mismatch|T4|||0000:00:08.0/0|vm1/vcpu0|is_run,destination`. A finding's number, event, line and time do not count:
 * they differ from recording to recording.
 */
export function fingerprintOf(finding: FindingIdentity): string {
  const { kind, rule, invariant, bug, irte, vcpu, fields } = finding;
  return [kind, rule, invariant, bug, irte, vcpu, fields.join(",")]
    .map((part) => part ?? "")
    .join("|");
}
