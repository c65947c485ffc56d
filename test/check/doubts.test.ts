// What a contradiction leaves in doubt: what is of its call, what rests on its lines, and what comes after them.

import { describe, expect, it } from "vitest";
import { Doubts, type Difference } from "../../src/check/doubts.js";
import { type Contradiction } from "../../src/domain/platform/consistency.js";

const CONTRADICTION: Contradiction = {
  id: "C1",
  seq: 50,
  key: 7,
  vcpu: 3,
  keys: [8],
  root: 48,
  evidence: [40, 50],
};
const OTHER: Difference = { seq: 60, key: 1, vcpu: 1, cause_seq: 59, evidence: [58, 60] };

function explains(difference: Partial<Difference>): boolean {
  return new Doubts([CONTRADICTION]).explains({ ...OTHER, ...difference });
}

describe("a difference is explained by a contradiction", () => {
  it.each<[string, Partial<Difference>]>([
    ["of its call", { cause_seq: 48 }],
    ["whose lines it rests on", { evidence: [40] }],
    ["about the same entry, long before", { key: 7, seq: 900, evidence: [899] }],
    ["about an entry of the same list, long before", { key: 8, seq: 900, evidence: [899] }],
    ["about the same vCPU, long before", { vcpu: 3, seq: 900, evidence: [899] }],
    ["between whose lines it lies", { key: 7, seq: 45, evidence: [44] }],
  ])("%s", (_, difference) => {
    expect(explains(difference)).toBe(true);
  });

  it.each<[string, Partial<Difference>]>([
    ["about another entry", {}],
    ["that comes after it", { key: 7, seq: 39, evidence: [38] }],
  ])("and not by one %s", (_, difference) => {
    expect(explains(difference)).toBe(false);
  });
});

it("is evidence of the contradiction only up to where that shows", () => {
  const doubts = new Doubts([CONTRADICTION]);
  doubts.explains({ ...OTHER, key: 7, seq: 45, evidence: [44] });
  doubts.explains({ ...OTHER, key: 7, seq: 900, evidence: [899] });
  expect(doubts.found[0]?.evidence).toEqual([40, 45, 50]);
});
