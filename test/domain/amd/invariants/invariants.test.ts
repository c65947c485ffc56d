// Each invariant, in every profile that holds it: a history that breaks it, and one that does not. So an
// invariant that says nothing, or always says the same, is found.

import { describe, expect, it } from "vitest";
import { AMD } from "../../../../src/domain/amd/platform.js";
import {
  RULES_IDS,
  isRulesId,
  type RulesId,
} from "../../../../src/domain/amd/releases/releases.js";
import { SmallHost } from "../../../support/given.js";
import { type Printed } from "../../../support/small-host.js";
import { BREAKS, KEPT } from "./histories.js";

/**
 * No history breaks I17: where table and shadow differ, two lines contradict each other. The recordings check it
 * (recordings.test.ts).
 */
const TESTED = AMD.invariants.filter(({ id, tests }) => tests !== undefined && id !== "I17");

function after(rules: RulesId, history: readonly Printed[]): SmallHost["invariants"] {
  const host = new SmallHost(rules);
  for (const printed of history) host.run(printed);
  return host.invariants;
}

/** The ids of what is broken, without known bugs. */
function broken({ violations }: SmallHost["invariants"]): string[] {
  return [...new Set(violations.filter(({ bug }) => bug === null).map(({ id }) => id))];
}

it("each has a test, or says what a recording lacks for one", () => {
  expect(TESTED).not.toEqual([]);
  for (const { id, tests, not_checked } of AMD.invariants)
    expect(tests === undefined, id).toBe(not_checked !== undefined);
});

it("none lacks a history that breaks it", () => {
  expect(Object.keys(BREAKS).sort()).toEqual(TESTED.map(({ id }) => id).sort());
});

it("each holds in some profile, and every profile holds some", () => {
  const held = TESTED.map(({ holds_in }) => holds_in);
  expect(held.filter((profiles) => profiles.length === 0)).toEqual([]);
  expect(held.flat().every(isRulesId)).toBe(true);
  expect(new Set(held.flat())).toEqual(new Set(RULES_IDS));
});

for (const { id, says, holds_in } of TESTED) {
  describe(`${id}: ${says}`, () => {
    describe.each(Object.entries(BREAKS[id] ?? {}))("%s", (_wrong, historyOf) => {
      it.each(holds_in.filter(isRulesId))("%s: breaks it, and is found", (rules) => {
        const history = historyOf(rules);
        // Up to its last function it holds.
        const { violations } = after(rules, history.slice(0, -1));
        expect(violations.map((each) => each.id)).not.toContain(id);
        const { counts, violations: found } = after(rules, history);
        expect(found.map((each) => each.id)).toContain(id);
        expect(counts.get(id)?.violations).toBeGreaterThan(0);
      });
    });

    it.each(holds_in.filter(isRulesId))("%s: a history keeps it, and it is checked", (rules) => {
      const { counts, violations } = after(rules, KEPT);
      expect(violations.filter((each) => each.id === id && each.bug === null)).toEqual([]);
      expect(counts.get(id)).toMatchObject({ violations: 0, unknown: 0 });
      expect(counts.get(id)?.checked).toBeGreaterThan(0);
    });
  });
}

describe("a history that breaks nothing", () => {
  it.each(RULES_IDS)("%s: has no violation but of known bugs", (rules) => {
    expect(broken(after(rules, KEPT))).toEqual([]);
  });
});
