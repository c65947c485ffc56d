// A recording judged by the rules of a neighbouring release: the findings are what the two differ in, each
// named, and no others.

import { describe, expect, it } from "vitest";
import { RULES, type RulesId } from "../../src/domain/rules.js";
import { openTimeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const NEIGHBOURS: readonly (readonly [name: string, own: RulesId, judged: RulesId])[] = [
  ["6.16-s1-one", "6.16", "6.17"],
  ["6.17-s1-one", "6.17", "6.16"],
  ["6.18-s1-one", "6.18", "7.3"],
  ["7.3-s2-two", "7.3", "6.18"],
];

const scratch = new Scratch();

describe("a recording judged by other rules than its own", () => {
  it.each(NEIGHBOURS)("%s, rules %s, by %s: each finding names a difference", async (...row) => {
    const [name, own, judged] = row;
    const timeline = await openTimeline(scratch.path(".db"));
    await timeline.import(shippedPath(name));
    const { findings } = timeline.check(judged);
    expect(findings.length).toBeGreaterThan(5);
    for (const { id, title, difference } of findings) {
      expect(difference, `${id} ${title}`).not.toBeNull();
      if (difference !== null) expect(RULES[own][difference]).not.toBe(RULES[judged][difference]);
    }
    const toggled = findings.filter(
      ({ rule, fields }) => rule === "T8" && fields.includes("guest_mode"),
    );
    expect(toggled.filter(({ difference }) => difference !== "togglesInOneWrite")).toEqual([]);
    const byItsOwn = timeline.check().findings;
    expect(byItsOwn.filter(({ difference }) => difference !== null)).toEqual([]);
    timeline.close();
  });
});
