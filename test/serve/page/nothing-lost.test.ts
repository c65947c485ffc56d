// Whatever the zoom: each finding and each gap that SQL lists is in the lanes' picture and on the minimap.

import { fc, test as property } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Lanes, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../../src/query/rows/query.js";
import { type ListedFinding } from "../../../src/serve/page/pure/answers.js";
import { findingBars, type FindingBar } from "../../../src/serve/page/pure/bars.js";
import { flagsOf } from "../../../src/serve/page/pure/flags.js";
import { gapEdges, knownGaps, type KnownGap } from "../../../src/serve/page/pure/gaps.js";
import { marksOf } from "../../../src/serve/page/pure/marks.js";
import { columnOf } from "../../../src/serve/page/pure/pixels.js";
import { type Span } from "../../../src/serve/page/pure/url-state.js";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { textOf } from "../../support/cut-up.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();

/** A recording of many VMs one after another, in which events were lost now and then. */
function manyWithLosses(): string {
  const lines = shippedLines("6.16-m2-mono-standard");
  const repeated = [...repeatedLines(traceTemplate(lines.join("\n"), 9), lines.length * 4)];
  return textOf(
    repeated.flatMap((line, at) => (at % 5003 === 5002 ? ["CPU:1 [LOST 3 EVENTS]", line] : [line])),
  );
}

const RECORDINGS: Readonly<Record<string, () => string>> = {
  "events lost": traceWithLosses,
  "many VMs, events lost": manyWithLosses,
  "many events of one time": coarseTrace,
  "the whole trace": () => shippedText("6.17-x-uaf-crash"),
  "a route that was removed": () => shippedText("6.16-x-stale-route-removed"),
};

interface GapRow {
  readonly from_ns: number | null;
  readonly to_ns: number;
  readonly lost: number | null;
  readonly cpu: number;
}

describe.each(Object.entries(RECORDINGS))("%s", (_name, text) => {
  let timeline: Timeline;
  let lanes: Lanes;
  let limits: { readonly start: bigint; readonly end: bigint };
  let findings: readonly ListedFinding[];
  let bars: readonly FindingBar[];
  let gaps: readonly KnownGap[];

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(Buffer.from(text(), "latin1"));
    const recording = timeline.recording();
    const spans = await recording.findingSpans();
    const report = await recording.report();
    findings = report.findings.map((finding, at) => ({ ...finding, span: spans[at] ?? null }));
    bars = findingBars(findings);
    lanes = await recording.lanes();
    limits = { start: BigInt(lanes.start_ns ?? 0), end: BigInt(lanes.end_ns ?? 0) };
    gaps = knownGaps(lanes.gaps, limits.start);
  });

  afterAll(() => {
    timeline.close();
  });

  it("is told with the findings and the gaps of the views", async () => {
    const listed = await rowsOf<{ id: string; seq: number }>(
      timeline.queryPages("SELECT id, seq FROM v_finding ORDER BY seq, id"),
    );
    const own = findings.map(({ id, seq }) => ({ id, seq }));
    expect(own.sort((a, b) => a.seq - b.seq || a.id.localeCompare(b.id))).toEqual(
      [...listed].sort((a, b) => a.seq - b.seq || a.id.localeCompare(b.id)),
    );
    const lost = await rowsOf<GapRow>(
      timeline.queryPages("SELECT from_ns, to_ns, lost, cpu FROM v_gap WHERE kind = 'lost'"),
    );
    const textsOf = (all: readonly (KnownGap | GapRow)[]): readonly string[] =>
      all.map((gap) =>
        "to" in gap
          ? [gap.from, gap.to, gap.lost, gap.cpu].join(" ")
          : [gap.from_ns ?? limits.start, gap.to_ns, gap.lost, gap.cpu].join(" "),
      );
    expect([...textsOf(gaps)].sort()).toEqual([...textsOf(lost)].sort());
  });

  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const asked = fc.record({
    place: part,
    // As often near a point as far.
    zoom: fc.oneof(
      part,
      part.map((x) => x ** 8),
    ),
    width: fc.integer({ min: 200, max: 3000 }),
    ratio: fc.constantFrom(1, 1.25, 2),
  });

  property.prop([asked], { numRuns: 80 })(
    "has each of them in any view that it touches, and on the minimap",
    ({ place, zoom, width, ratio }) => {
      const whole = Number(limits.end - limits.start);
      const length = Math.max(1000, Math.floor(zoom * whole));
      const begin = BigInt(Math.floor(place * (whole - Math.min(whole, length))));
      for (const view of [
        { start: limits.start + begin, length: BigInt(length) },
        { start: limits.start, length: BigInt(whole) },
      ]) {
        expectMarks(view, width, ratio);
        for (const gap of gaps.filter(({ from, to }) => touches(view, from, to)))
          expectInSight(gapEdges(gap, view, width, 3), width, 3);
      }
      const scale = { width, length: whole };
      const flags = flagsOf(
        bars.map(({ from, ids }) => ({
          ...{ x: columnOf(Number(from - limits.start), scale), count: ids.length, warm: true },
        })),
        () => 20,
      );
      expect(flags.reduce((sum, { count }) => sum + count, 0)).toBe(findings.length);
      for (const { x } of flags) expectInSight({ left: x, right: x + 1 }, width, 1);
    },
  );

  function expectMarks(view: Span, width: number, ratio: number): void {
    const marks = marksOf(bars, { view, end: limits.end, width, ratio });
    const shown = marks.flatMap((mark) => mark.bars.flatMap(({ ids }) => ids));
    const wanted = bars
      .filter(({ from, to }) => touches(view, from, to ?? limits.end))
      .flatMap(({ ids }) => ids);
    expect([...shown].sort()).toEqual([...wanted].sort());
    expect(marks.reduce((sum, { count }) => sum + count, 0)).toBe(shown.length);
    for (const mark of marks) expectInSight(mark, width, 3);
    for (const [at, { row, right }] of marks.entries()) {
      const next = marks[at + 1];
      if (next?.row === row) expect(next.left).toBeGreaterThanOrEqual(right);
    }
  }
});

function touches({ start, length }: Span, from: bigint, to: bigint): boolean {
  return from <= start + length && to >= start;
}

/** So many of its columns at least are in the picture, or all of what reaches into it. */
function expectInSight(
  edges: { readonly left: number; readonly right: number } | null,
  width: number,
  least: number,
): void {
  const [left, right] = [edges?.left ?? width, edges?.right ?? 0];
  const seen = Math.min(right, width) - Math.max(left, 0);
  expect(seen).toBeGreaterThanOrEqual(left < 0 ? 0 : least);
}
