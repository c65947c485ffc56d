// Findings as a program handles them: stored or not, told again, known by their fingerprints.

import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines, shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const TRACE = "6.17-x-uaf-crash";
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  await timeline.import(shippedPath(TRACE));
  return () => {
    timeline.close();
  };
});

function storedFindings(): Promise<readonly unknown[]> {
  return timeline.query("SELECT id FROM v_finding");
}

describe("a check", () => {
  test("stores nothing where the caller does not want it to", async () => {
    const report = timeline.recording().check({ store: false });
    expect(report.findings.length).toBeGreaterThan(0);
    expect(report.not_stored).toMatch(/caller/);
    expect(await storedFindings()).toEqual([]);
    const { not_stored, ...same } = timeline.recording().check();
    expect(not_stored).toBeNull();
    expect(same).toEqual({ ...report, not_stored: undefined });
    expect(await storedFindings()).toHaveLength(report.findings.length);
  });

  test.each([
    [{ only: ["contradition"] }, "ERR_NAME", "did you mean contradiction?"],
    [{ except: ["B66"] }, "ERR_NAME", "B66"],
    [{ rules: "6.99" }, "ERR_NAME", "6.99 are no rules"],
    [{ minDecided: 101 }, "ERR_USAGE", "101"],
    [{ minDecided: Number.NaN }, "ERR_USAGE", "NaN"],
  ])("refuses %j and stores nothing", (options, code, says) => {
    const thrown: unknown = ((): unknown => {
      try {
        return timeline.recording().check(options);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ code, message: expect.stringContaining(says) as string });
  });

  test("first and explain refuse what check refuses", () => {
    expect(() => timeline.recording().first({ only: ["I1O"] })).toThrow(
      "I1O is nothing that check looks for",
    );
    expect(() => timeline.recording().explain("F1", { rules: "6.99" })).toThrow(
      "6.99 are no rules",
    );
  });
});

describe("a finding of a report", () => {
  test("is explained as its number is, and as it is reported: nothing is checked again", () => {
    const { findings } = timeline.recording().check({ store: false });
    for (const finding of findings) {
      expect(timeline.recording().explain(finding)).toEqual(
        timeline.recording().explain(finding.id),
      );
      const { explanation } = timeline.recording().explain({ ...finding, title: "as reported" });
      expect(explanation.finding.title).toBe("as reported");
    }
  });

  test("is explained by the rules that it was found by, and from its own recording", async () => {
    const { findings } = timeline.recording(1).check({ rules: "6.16", store: false });
    const [finding] = findings;
    if (finding === undefined) return expect.fail("no finding by other rules");
    const one = timeline.recording(1);
    expect(one.explain(finding, { rules: "6.16" })).toEqual(
      one.explain(finding.id, { rules: "6.16" }),
    );
    expect(() => timeline.recording(2).explain(finding)).toThrow("is not a finding of recording 2");
    const quoted = await one.explainQuoted(finding, {
      rules: "6.16",
      trace: shippedPath("6.17-s1-one"),
    });
    expect(quoted.explanation.events.every(({ raw }) => raw !== null)).toBe(true);
  });

  test("of another timeline is refused", async () => {
    const other = await openTimeline(scratch.path(".db"), { create: true });
    await other.import(shippedPath(TRACE));
    for (const finding of other.recording().check().findings)
      expect(() => timeline.recording().explain(finding)).toThrow("is not a finding of recording");
    other.close();
  });
});

describe("the fingerprint", () => {
  test("of a finding is the same after another import, and is a baseline", async () => {
    const known = timeline
      .recording()
      .check()
      .findings.map(({ fingerprint }) => fingerprint);
    expect(new Set(known).size).toBeGreaterThan(0);
    const other = await openTimeline(scratch.path(".db"), { create: true });
    await other.import(shippedPath(TRACE));
    const again = other.recording().check();
    expect(again.findings.map(({ fingerprint }) => fingerprint)).toEqual(known);
    expect(again.findings[0]?.seq).not.toBe(timeline.recording().check().findings[0]?.seq);
    const left = other.recording().check({ baseline: known });
    expect(left).toMatchObject({ verdict: "pass", findings: [], left_out: known.length });
    expect(left).toEqual(other.recording().check({ baseline: again.findings }));
    const [one] = known;
    const some = other.recording().check({ baseline: [one ?? ""] }).findings;
    expect(some).toEqual(again.findings.filter(({ fingerprint }) => fingerprint !== one));
    other.close();
  });
});

test("a line of the trace is given as it stands there, with those around it", async () => {
  const timeline = await openTimeline(new Scratch().path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
  const recording = timeline.recording();
  const text = shippedLines("6.17-x-uaf-crash");
  const { lines, file, problem } = await recording.traceLines({ line: 2, around: 2 });
  expect(lines).toEqual([1, 2, 3, 4].map((line) => ({ line, text: text[line - 1] })));
  expect([file, problem]).toEqual([shippedPath("6.17-x-uaf-crash"), null]);
  expect((await recording.traceLines({ line: 1e9 })).lines).toEqual([]);
  const elsewhere = await recording.traceLines({ line: 2, trace: "/nowhere.txt" });
  expect(elsewhere).toMatchObject({ lines: [], file: null });
  expect(elsewhere.problem).toContain("/nowhere.txt");
  for (const options of [{ line: 0 }, { line: 1.5 }, { line: 2, around: 1001 }])
    await expect(recording.traceLines(options)).rejects.toMatchObject({ code: "ERR_USAGE" });
  timeline.close();
});
