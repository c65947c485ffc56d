// What other rules say of a finding.

import { type CheckReport, type Finding } from "../../../index.js";

/** What of a report by other rules is looked at. */
export type OtherReport = Pick<CheckReport, "findings" | "verdict" | "reason" | "decided">;

/** What is found at the event of a finding by these rules, in one or two sentences. `rules`: their name. */
export function judgedText(
  { seq, irte, vcpu }: Pick<Finding, "seq" | "irte" | "vcpu">,
  report: OtherReport,
  rules: string,
): string {
  const here = report.findings.filter((each) => each.seq === seq);
  const same =
    here.find((each) => each.irte === irte && each.vcpu === vcpu) ??
    here.find((each) => (irte === null ? each.vcpu === vcpu : each.irte === irte));
  if (same !== undefined) return `By rules ${rules}: ${same.title}.`;
  if (report.verdict === "inconclusive")
    return `By rules ${rules} nothing is told: ${report.reason ?? "not everything can be judged"}.`;
  return `By rules ${rules} nothing is wrong at @${seq}. ${otherFindings(report.findings.length)}`;
}

function otherFindings(count: number): string {
  if (count === 0) return "There is no finding at all.";
  return count === 1 ? "There is one finding elsewhere." : `There are ${count} findings elsewhere.`;
}
