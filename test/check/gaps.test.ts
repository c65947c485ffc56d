// Lost events: what they make undecidable is unknown and counted, and no finding comes of it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checked, readEvents } from "../support/events.js";
import { shippedLines } from "../support/shipped.js";

const NAMES = ["6.12-s2-two", "6.16-s1-one", "6.17-s1-one", "6.18-s1-one", "7.3-s2-two"];
const HEADER_LINES = 30;
const CPUS = 4;

/** The lines without those of a CPU in a span; the marker stands before the CPU's next line. */
function withLoss(lines: readonly string[], cpu: number, from: number, length: number): string {
  const isIts = (line: string): boolean => line.includes(`[00${cpu}]`);
  const lost = lines.slice(from, from + length).filter(isIts).length;
  const before = lines.slice(0, from);
  const inside = lines.slice(from, from + length).filter((line) => !isIts(line));
  const after = lines.slice(from + length);
  const next = after.findIndex(isIts);
  // A CPU that prints no more has no marker either.
  if (next < 0 || lost === 0) return [...lines, ""].join("\n");
  after.splice(next, 0, `CPU:${cpu} [LOST ${lost} EVENTS]`);
  return [...before, ...inside, ...after, ""].join("\n");
}

describe.each(NAMES)("%s with events lost", (name) => {
  const lines = shippedLines(name);
  const whole = checked(readEvents(Buffer.from(lines.join("\n") + "\n", "latin1"))).checker;
  const known = new Set(whole.invariants.violations.map(({ bug }) => bug));

  it("is found no fault with that it has not", () => {
    const at = fc.integer({ min: HEADER_LINES, max: lines.length - 150 });
    fc.assert(
      fc.property(fc.nat(CPUS - 1), at, fc.integer({ min: 1, max: 120 }), (cpu, from, length) => {
        const text = withLoss(lines, cpu, from, length);
        const { checker } = checked(readEvents(Buffer.from(text, "latin1")));
        expect(checker.findings).toEqual([]);
        const strange = checker.invariants.violations.filter(({ bug }) => !known.has(bug));
        expect(strange).toEqual([]);
      }),
      // Rare losses still leave a vCPU's past ambiguous; the seed keeps the run the same.
      { numRuns: 30, seed: 20261123 },
    );
  });

  it("still decides what comes long after", () => {
    const text = withLoss(lines, 0, HEADER_LINES, 60);
    const { counts } = checked(readEvents(Buffer.from(text, "latin1"))).checker;
    expect(counts.explained).toBeGreaterThan(counts.observed / 2);
  });
});
