// Each case of fates has one number, however many there are.

import { expect, test } from "vitest";
import { FateCases } from "../../src/projections/fate-cases.js";

/** Many combinations of few values, which a hash has to spread. */
const CASES = Array.from({ length: 39 }, (_, at) => at + 1).flatMap((place) =>
  [null, 0, 1, 2, 70_000, 2 ** 33].flatMap((vcpu) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((facts) => ({ place, vcpu, facts })),
  ),
);

test("a case has the number that it got first, and cases are told apart by all that they are", () => {
  const cases = new FateCases();
  const numbers = CASES.map(({ place, vcpu, facts }) => cases.caseOf(place, vcpu, facts));
  expect(numbers).toEqual(CASES.map((_case, at) => at + 1));
  const again = CASES.map(({ place, vcpu, facts }) => cases.caseOf(place, vcpu, facts));
  expect(again).toEqual(numbers);
  const told = numbers.map((id) => ({
    place: cases.placeOf(id),
    vcpu: cases.vcpuOf(id),
    facts: cases.factsIn(id),
  }));
  expect(told).toEqual(CASES);
  expect(cases.count).toBe(CASES.length);
  const isThere = [0, 1, cases.count, cases.count + 1].map((id) => cases.has(id));
  expect(isThere).toEqual([false, true, true, false]);
});
