// Recordings that do not name their release: what is found is what every allowed release finds, and what only some
// find is told as theirs.

import { describe, expect, it } from "vitest";
import { agreementOf, type Judgement } from "../../src/check/agreed.js";
import { type AnyFinding } from "../../src/check/findings.js";
import { noWrites } from "../../src/check/ledger.js";
import {
  openTimeline,
  type CheckReport,
  type Finding,
  type ImportResult,
} from "../../src/index.js";
import { recounted } from "../support/ftrace-text.js";
import { MORE_TRACES, REAL_TRACES, moreTrace, realTrace } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const scratch = new Scratch();

interface Checked {
  readonly imported: ImportResult;
  readonly report: CheckReport;
}

async function checkedText(text: string, rules?: string, kernel?: string): Promise<Checked> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const imported = await timeline.import(scratch.file(".txt", text), { kernel });
  const report = timeline.recording().check({ rules });
  timeline.close();
  return { imported, report };
}

/** The text without the lines that note the release. */
function nameless(text: string): string {
  return recounted(text.replaceAll(/^.* boot_\w+ \d.*\n/gm, ""));
}

function keysOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ kind, rule, invariant, bug, irte, vcpu }) =>
    [kind, rule, invariant, bug, irte, vcpu].join(" "),
  );
}

const RECORDINGS: readonly (readonly [name: string, text: () => string])[] = [
  ...SHIPPED.map((name) => [name, () => shippedText(name)] as const),
  ...REAL_TRACES.filter((name) => !name.includes("s0-boot")).map(
    (name) => [name, () => realTrace(name).toString("latin1")] as const,
  ),
  ...MORE_TRACES.map((name) => [name, () => moreTrace(name).toString("latin1")] as const),
];

describe.each(RECORDINGS)("%s without its release", (_name, textOf) => {
  it("has no finding that it does not have with it, and decides as much", async () => {
    const text = textOf();
    const own = await checkedText(text);
    const { imported, report } = await checkedText(nameless(text));
    expect(imported.kernel).toBeNull();
    expect(imported.rules_allowed).toContain(own.report.rules);
    expect(keysOf(own.report.findings)).toEqual(
      expect.arrayContaining([...keysOf(report.findings)]),
    );
    if (own.report.verdict === "pass") expect(report.verdict).not.toBe("fail");
    if (report.verdict === "pass") expect(own.report.verdict).toBe("pass");
    expect(report.writes.observed).toBe(own.report.writes.observed);
    expect(report.decided ?? 1).toBeGreaterThanOrEqual(0.98 * (own.report.decided ?? 1));
  });
});

describe("a recording of 6.17 or 6.18 in which an irqfd is deassigned", () => {
  it("is inconclusive: the bug of the one is a missing write of the other", async () => {
    const { imported, report } = await checkedText(nameless(shippedText("6.17-x-uaf-crash")));
    expect(imported).toMatchObject({ rules: null, rules_allowed: ["6.17", "6.18"] });
    const { verdict, reason, rules, rules_allowed, findings, by_release } = report;
    expect({ verdict, rules, rules_allowed, findings }).toEqual({
      ...{ verdict: "inconclusive", rules: null, rules_allowed: ["6.17", "6.18"], findings: [] },
    });
    expect(reason).toMatch(/does not name its release.*by 6\.17 4, by 6\.18 \d.*`kernel`.*`rules`/);
    const [a, b] = by_release;
    expect(a?.findings.map(({ id }) => id)).toEqual(["F1", "F2", "F3", "F4"]);
    expect(new Set(a?.findings.map(({ bug }) => bug))).toEqual(new Set(["B6"]));
    expect(b?.findings).toContainEqual(expect.objectContaining({ kind: "missing", rule: "T3" }));
  });

  it("numbers what each release finds as check does by its rules", async () => {
    const text = nameless(shippedText("6.17-x-uaf-crash"));
    const { report } = await checkedText(text);
    for (const { rules, findings } of report.by_release) {
      const alone = await checkedText(text, rules);
      expect(findings).toEqual(alone.report.findings);
    }
  });

  it("is judged by the release that the user names", async () => {
    const text = nameless(shippedText("6.17-x-uaf-crash"));
    const { imported, report } = await checkedText(text, undefined, "6.17.13");
    expect(imported).toMatchObject({ rules: "6.17", rules_allowed: ["6.17"] });
    expect(report).toMatchObject({ verdict: "fail", rules: "6.17", by_release: [] });
  });
});

describe("a release that has no rules", () => {
  const text = shippedText("6.16-s1-one").replaceAll("6.16.12+deb13-amd64", "6.8.0-45-generic");

  it("is imported and decides nothing, unless the user names rules", async () => {
    const { imported, report } = await checkedText(text);
    expect(imported).toMatchObject({
      ...{ kernel: "6.8.0-45-generic", rules: null, rules_allowed: [] },
      ...{ rules_read: "6.16", rules_from: "nearest release" },
    });
    expect(imported.events.irte_written).toBeGreaterThan(100);
    expect(report).toMatchObject({ verdict: "inconclusive", decided: null, findings: [] });
    expect(report.reason).toMatch(/6\.8\.0-45-generic has no rules.*6\.16.*`rules: 6\.16`/);
    const by = await checkedText(text, "6.16");
    const own = await checkedText(shippedText("6.16-s1-one"));
    expect(by.report).toEqual(own.report);
  });

  it("has vCPUs that the GA tags name", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(scratch.file(".txt", text));
    const own = await openTimeline(scratch.path(".db"), { create: true });
    await own.import(scratch.file(".txt", shippedText("6.16-s1-one")));
    const { seq } = timeline.recording().first({
      tests: ["mode=posted"],
      irte: "0000:00:08.0/0",
    });
    const posted = `@${seq ?? 0}`;
    expect(timeline.recording().at({ when: posted })).toEqual(own.recording().at({ when: posted }));
    expect(timeline.recording().at({ when: posted }).irtes[0]?.vcpu).toBe("vm1/vcpu0");
    timeline.close();
    own.close();
  });
});

describe("the judgements of several profiles", () => {
  const finding = (seq: number, bug: string | null): AnyFinding => ({
    ...{ kind: "invariant", rule: null, invariant: "I10", bug, seq, key: 1, vcpu: null },
    ...{ expected: null, observed: null, cause_seq: null, evidence: [seq] },
  });
  const judgement = (
    profile: string,
    verdicts: Judgement["verdicts"],
    found: readonly AnyFinding[],
    checkedTimes: number,
  ): Judgement => ({
    ...{ profile, counts: noWrites(), verdicts, found },
    invariants: [{ id: "I10", checked: checkedTimes, violations: found.length, unknown: 0 }],
  });
  const a = judgement(
    "A",
    [
      [1, "T1", "explained"],
      [2, "T4", "unexpected"],
      [2, "T4", "explained"],
      [3, "T5", "mismatched"],
      [4, null, "undefined"],
    ],
    [finding(2, null), finding(3, "B6")],
    7,
  );
  const b = judgement(
    "B",
    [
      [1, "T1", "explained"],
      [2, "T5", "explained"],
      [3, "T5", "explained"],
      [4, null, "undefined"],
    ],
    [finding(2, null), finding(3, null), finding(4, null)],
    5,
  );

  it("agree on the findings and the verdicts that all have", () => {
    const { agreed, apart } = agreementOf([a, b]);
    expect(agreed.found.map(({ seq }) => seq)).toEqual([2]);
    expect(agreed.verdicts).toEqual([
      [1, "T1", "explained"],
      [2, null, "explained"],
      [3, null, "unknown"],
      [4, null, "undefined"],
    ]);
    expect(agreed.counts).toMatchObject({ observed: 4, explained: 2, unknown: 1, undefined: 1 });
    expect(agreed.invariants).toEqual([{ id: "I10", checked: 5, violations: 2, unknown: 0 }]);
    const places = apart.map(([profile, theirs]) => [profile, theirs.map(([place]) => place)]);
    expect(places).toEqual([
      ["A", [1]],
      ["B", [1, 2]],
    ]);
  });
});
