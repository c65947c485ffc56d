// The transition rules, each by its name: given a history, when a function of the kernel runs, then these
// writes. What is expected is worked out by hand from what the functions of the driver and of KVM do.

import { describe, expect, it } from "vitest";
import { AMD } from "../../../../src/domain/amd/platform.js";
import { activate, moveHostIrq } from "./host-cases.js";
import { BEFORE, SINCE, post, postInhibited, unpost } from "./routing-cases.js";
import { block, inhibit, load, stop, unblock, uninhibit } from "./vcpu-cases.js";

/** The cases of each rule. */
const CASES: Readonly<Record<string, () => void>> = {
  T1: post,
  T2: postInhibited,
  T3: unpost,
  T4: load,
  T5: stop,
  T6: block,
  T7: unblock,
  T8: inhibit,
  T9: uninhibit,
  T10: moveHostIrq,
  T11: activate,
};

it("every rule has its cases, and no case is of a rule that there is not", () => {
  expect(AMD.transitions).not.toEqual([]);
  expect(Object.keys(CASES)).toEqual(AMD.transitions.map(({ id }) => id));
});

it("every profile is one from before the series, or one since", () => {
  expect([...BEFORE, ...SINCE]).toEqual(AMD.profiles);
});

for (const { id, says } of AMD.transitions) {
  describe(`${id}: ${says}`, () => {
    CASES[id]?.();
  });
}
