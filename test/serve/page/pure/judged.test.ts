// What the rules of another kernel say of a finding.

import { describe, expect, it } from "vitest";
import { openTimeline, type CheckReport } from "../../../../src/index.js";
import { judgedText } from "../../../../src/serve/page/pure/judged.js";
import { Scratch } from "../../../support/scratch.js";
import { shippedPath } from "../../../support/shipped.js";

const scratch = new Scratch();

async function reports(name: string, rules: string): Promise<readonly CheckReport[]> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath(name));
  const recording = timeline.recording();
  const both = [recording.check({ store: false }), recording.check({ rules, store: false })];
  timeline.close();
  return both;
}

describe("a finding by other rules", () => {
  it("is what these rules find at its event, though it be of another kind", async () => {
    const [own, other] = await reports("6.17-x-uaf-crash", "6.18");
    const finding = own?.findings[0];
    const missing = other?.findings.find(({ seq }) => seq === finding?.seq);
    if (finding === undefined || other === undefined) throw new Error("there is no finding");
    expect(missing?.kind).toBe("missing");
    expect(judgedText(finding, other, "6.18")).toBe(`By rules 6.18: ${missing?.title ?? "?"}.`);
  });

  it("is nothing where they find nothing at its event, and the others are counted", async () => {
    const [own] = await reports("6.17-x-uaf-crash", "6.17");
    const finding = own?.findings[0];
    if (own === undefined || finding === undefined) throw new Error("there is no finding");
    const findings = own.findings.filter(({ seq }) => seq !== finding.seq);
    expect(findings.length).toBe(2);
    expect(judgedText(finding, { ...own, findings }, "7.3")).toBe(
      "By rules 7.3 nothing is wrong at @1188. There are 2 findings elsewhere.",
    );
    expect(judgedText(finding, { ...own, findings: [] }, "7.3")).toContain("no finding at all");
  });

  it("is not judged where nothing is", async () => {
    const [own] = await reports("6.17-x-uaf-crash", "6.17");
    const finding = own?.findings[0];
    if (own === undefined || finding === undefined) throw new Error("there is no finding");
    const report = { ...own, findings: [], verdict: "inconclusive" as const, reason: "lines lack" };
    expect(judgedText(finding, report, "7.3")).toBe("By rules 7.3 nothing is told: lines lack.");
  });
});
