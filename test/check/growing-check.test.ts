// A recording that is checked as it grows: what is found is what a check of all that is stored finds, and each event is judged
// about once.

import { afterAll, describe, expect, it, vi } from "vitest";
import { openTimeline, type Finding, type GrowingReport, type Timeline } from "../../src/index.js";
import { growing } from "../serve/page/growing.js";
import { largeTrace } from "../support/large.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const opened: Timeline[] = [];
afterAll(() => {
  for (const timeline of opened) timeline.close();
});

async function empty(): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  opened.push(timeline);
  return timeline;
}

/** Waits until what was handed out is stored. */
async function stored(timeline: Timeline, lines: number): Promise<void> {
  const isThere = (): boolean => (timeline.recordings()[0]?.lines.total ?? 0) >= lines;
  await vi.waitUntil(isThere, { timeout: 60_000, interval: 10 });
}

/** What is told of findings that rest on events up to one, without their numbers. */
function upTo(findings: readonly Finding[], last: number): readonly object[] {
  return findings
    .filter(({ seq, evidence }) => Math.max(seq, ...evidence) <= last)
    .map((finding) => ({ ...finding, id: "" }));
}

/** Lets a recording grow to its end in steps, and looks at each report. Returns the last one. */
async function grown(
  timeline: Timeline,
  lines: readonly string[],
  steps: number,
  look: (report: GrowingReport) => Promise<void> | void,
): Promise<GrowingReport> {
  const step = Math.ceil(lines.length / steps);
  const trace = growing(timeline, "trace", step, lines);
  await stored(timeline, step);
  const check = timeline.recording(1).growingCheck();
  for (let there = step; there < lines.length; there += step) {
    await stored(timeline, there);
    await look(await check.report());
    trace.grow(step);
  }
  await trace.end();
  return check.report();
}

/** The lines with a loss of events on CPU 1 after every so many. */
function lossy(lines: readonly string[], every: number): readonly string[] {
  return lines.flatMap((line, at) =>
    at > 0 && at % every === 0 ? [line, "CPU:1 [LOST 3 EVENTS]"] : [line],
  );
}

/** The lines without each nth of a probe. */
function thinned(lines: readonly string[], probe: string, nth: number): readonly string[] {
  let seen = 0;
  return lines.filter((line) => !line.includes(`${probe}:`) || ++seen % nth !== 0);
}

const CASES: Readonly<Record<string, readonly string[]>> = {
  "with known bugs": shippedLines("6.17-x-uaf-crash"),
  "without a finding": shippedLines("7.3-s2-two"),
  "whose release is not told": shippedLines("6.16-m2-mono-standard").filter(
    (line) => !/^# (?:irqtwin )?(?:kernel|uname|release)/.test(line),
  ),
  "in which events were lost": lossy(shippedLines("6.17-x-uaf-crash"), 150),
  "whose lines contradict each other": thinned(
    shippedLines("6.17-x-uaf-crash"),
    "irq_work_irte_write",
    9,
  ),
};

describe.each(Object.entries(CASES))("a recording %s that grows", (_name, lines) => {
  it("has the findings of a check at each of its lengths, and at its end those of a whole one", async () => {
    const timeline = await empty();
    let reports = 0;
    const { is_final, judged_to, events_judged, spans, ...report } = await grown(
      timeline,
      lines,
      5,
      async (now) => {
        const recording = timeline.recording(1);
        const whole = await recording.checkAsync({ unfinished: true, store: false });
        expect(now.is_final).toBe(false);
        expect([now.verdict, now.reason]).toEqual([whole.verdict, whole.reason]);
        // The first lines show no write of an IRTE, so nothing is judged.
        if (now.judged_to === null) return;
        const last = now.judged_to;
        expect(upTo(now.findings, last)).toEqual(upTo(whole.findings, last));
        // Few events wait for the exchange of a write.
        expect(last).toBeGreaterThan((recording.last_seq ?? 0) - 260);
        reports++;
      },
    );
    expect(reports).toBeGreaterThan(2);
    const recording = timeline.recording(1);
    expect(report).toEqual(recording.check({ store: false }));
    expect([is_final, judged_to]).toEqual([true, recording.last_seq]);
    expect(spans.map(({ id }) => id)).toEqual(report.findings.map(({ id }) => id));
    expect(events_judged).toBeGreaterThan(0);
  });
});

it("judges each event about once, however often it is asked", async () => {
  const timeline = await empty();
  const lines = largeTrace(6).toString("latin1").trimEnd().split("\n");
  let judged = 0;
  await grown(timeline, lines, 12, (report) => {
    judged = report.events_judged;
  });
  const { first_seq, last_seq } = timeline.recording(1);
  expect(judged).toBeLessThan(1.5 * ((last_seq ?? 0) - first_seq + 1));
});

it("judges each event a few times where losses reach back again and again", async () => {
  const timeline = await empty();
  const lines = lossy(largeTrace(26).toString("latin1").trimEnd().split("\n"), 800);
  let judged = 0;
  await grown(timeline, lines, 12, (report) => {
    judged = report.events_judged;
  });
  const { first_seq, last_seq } = timeline.recording(1);
  const events = (last_seq ?? 0) - first_seq + 1;
  expect(events).toBeGreaterThan(20_000);
  expect(judged).toBeLessThan(7 * events);
});
