// What somebody wrote above and below a trace raises no doubt about it; what stands between its lines does.

import { describe, expect, test } from "vitest";
import { openTimeline, type CheckReport } from "../../src/index.js";
import { textOf } from "../support/cut-up.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
/** The kernel's own bugs are findings of it. */
const NAME = "6.17-x-uaf-crash";
const LINES = shippedLines(NAME);
const ABOVE = ["From: a@example.org", "Subject: lost interrupts", "", "Hi all,", ""];
const BELOW = ["", "Thanks,", "Joe"];

interface Asked {
  readonly report: CheckReport;
  /** The verdicts of its interrupts. */
  readonly verdicts: readonly unknown[];
  /** How many values are not known after the event in its middle, and at its end. */
  readonly unknown: readonly number[];
  /** The entries of its lanes. */
  readonly lanes: readonly unknown[];
}

async function asked(lines: readonly string[]): Promise<Asked> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(scratch.file(".txt", textOf(lines)), { rules: "6.17" });
  const recording = timeline.recording();
  const report = recording.check();
  const verdicts = await timeline.query(
    "SELECT id, verdict, reason FROM v_interrupt ORDER BY id, irte",
  );
  const middle = Math.floor((recording.last_seq ?? 0) / 2);
  const unknown = [{ seq: middle }, "end"].map((when) => recording.at({ when }).unknown.length);
  const { lanes } = await recording.laneIntervals({
    lanes: ["irte:0000:00:08.0/0", "fate:0000:00:08.0/0", "vcpu:vm1/vcpu0"],
  });
  timeline.close();
  return { report, verdicts, unknown, lanes };
}

/** All but the numbers of lines. */
function told({ report, ...rest }: Asked): unknown {
  const { verdict, writes, invariants, doubts, findings } = report;
  const found = findings.map((finding) => ({ ...finding, line: 0 }));
  return { ...rest, verdict, writes, invariants, doubts, found };
}

describe("text around a trace", () => {
  test("changes nothing that is said of it", async () => {
    const whole = await asked(LINES);
    expect(whole.report).toMatchObject({ verdict: "fail", doubts: [] });
    const around = await asked([...ABOVE, ...LINES, ...BELOW]);
    expect(told(around)).toEqual(told(whole));
  });

  test("and a first line that is damaged, of a trace without a header, change nothing either", async () => {
    const lines = LINES.filter((line) => !line.startsWith("#")).slice(1000);
    const whole = await asked(lines);
    const damaged = await asked([(LINES[1000] ?? "").slice(40), ...lines]);
    expect(told(damaged)).toEqual(told(whole));
  });

  test("between two of its lines may have been one of them", async () => {
    const { report } = await asked([...LINES.slice(0, 2000), "and then:", ...LINES.slice(2000)]);
    expect(report.verdict).toBe("inconclusive");
    expect(report.doubts.map(({ kind }) => kind)).toEqual(["unread"]);
  });

  test("between two of its lines leaves a copy that ends above it as unsure as it was there", async () => {
    const text = textOf([...LINES.slice(0, 2000), "and then:", ...LINES.slice(2000)]);
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(scratch.file(".txt", text));
    const recording = timeline.recording();
    const when = "line:2000";
    const { unknown } = recording.at({ when });
    expect(unknown.length).toBeGreaterThan(0);
    const to = scratch.path(".db");
    await recording.rewind({ to, when });
    const copy = await openTimeline(to);
    expect(copy.recording().at().unknown).toEqual(unknown);
    copy.close();
    timeline.close();
  });

  test("does not stand for entries that the header counts", async () => {
    const part = LINES.filter((_, i) => i < 2000 || i >= 2000 + BELOW.length);
    const { report } = await asked([...ABOVE, ...part, ...BELOW]);
    expect(report.doubts.map(({ kind }) => kind)).toEqual(["left out"]);
    expect(report.doubts[0]?.says).toContain(`counts ${BELOW.length} more entries`);
  });
});
