// The rules against real kernels: every write explained, bit for bit, none missing.

import { describe, expect, it } from "vitest";
import { type RulesId } from "../../src/domain/amd/releases/releases.js";
import { checked, readEvents } from "../support/events.js";
import {
  MORE_TRACES,
  NO_REAL_TRACES,
  REAL_TRACES,
  WHERE_TRACES_ARE,
  moreTrace,
  realTrace,
} from "../support/real-traces.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

/** What no recording can decide: no cause is probed, or the entry's past is not in it. */
const UNKNOWN: Readonly<Record<string, number>> = {
  "6.16/m3-local-minimal": 198,
  "6.16/s0-boot": 4,
  "6.17/s0-boot": 4,
};
/** Writes through a freed entry, or by a walk over a list whose element was freed. */
const UNDEFINED: Readonly<Record<string, number>> = {
  "6.16/x-stale-route-removed": 4,
  "6.17/s1u-one-irqfd-first": 2,
};

const KNOWN_BUGS_OF: Readonly<Record<string, readonly string[]>> = {
  "6.16/s1-one": ["B1", "B3", "B4", "B5"],
  "6.16/s4-inh": ["B3", "B4", "B5", "B7"],
  "6.1/s1-one": ["B1", "B3", "B4", "B5"],
  "6.1/s4-inh": ["B3", "B4", "B5", "B7"],
  "6.16/x-stale-route-removed": ["B1"],
  "6.17/x-uaf-crash": ["B6"],
  "6.17/s1u-one-irqfd-first": ["B6"],
};

function check(name: string, bytes: Buffer): void {
  const read = readEvents(bytes);
  const { checker } = checked(read);
  const { observed, ...counts } = checker.counts;
  const unknown = UNKNOWN[name] ?? 0;
  const undef = UNDEFINED[name] ?? 0;
  expect(counts).toEqual({
    explained: observed - unknown - undef,
    mismatched: 0,
    unexpected: 0,
    missing: 0,
    unknown,
    undefined: undef,
  });
  expect(checker.contradictions).toEqual([]);
  const bugs = new Set(checker.invariants.violations.map(({ bug }) => bug));
  expect([...bugs].filter((bug) => bug === null)).toEqual([]);
  if (read.rules === "6.18" || read.rules === "7.3") expect([...bugs]).toEqual([]);
  for (const bug of KNOWN_BUGS_OF[name] ?? []) expect(bugs).toContain(bug);
}

describe("shipped recordings", () => {
  it.each(SHIPPED)("explains every write of %s", (name) => {
    check(name.replace("-", "/"), Buffer.from(shippedText(name), "latin1"));
  });
});

describe.skipIf(NO_REAL_TRACES)(`all recordings ${WHERE_TRACES_ARE}`, () => {
  it.each(REAL_TRACES)("explains every write of %s, and finds only known bugs", (name) => {
    check(name, realTrace(name));
  });

  it.each([
    ["6.17/s4-inh", "6.16"],
    ["6.16/s4-inh", "6.17"],
    ["6.18/s3-rand", "7.3"],
  ] as const)("does not explain %s by the rules of %s", (name, rules: RulesId) => {
    const { checker } = checked(readEvents(realTrace(name)), undefined, rules);
    expect(checker.findings.length).toBeGreaterThan(50);
  });

  it("explains a 6.17 recording without deassignment by the rules of 6.18", () => {
    const { checker } = checked(readEvents(realTrace("6.17/s4-inh")), undefined, "6.18");
    expect(checker.findings).toEqual([]);
  });
});

describe.skipIf(MORE_TRACES.length === 0)(`more releases ${WHERE_TRACES_ARE}`, () => {
  it.each(MORE_TRACES)("explains every write of %s", (name) => {
    check(name, moreTrace(name));
  });
});
