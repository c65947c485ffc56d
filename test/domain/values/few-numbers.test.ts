// A set that nearly always has one number holds what a Set holds, in the same order.

import { expect, test } from "vitest";
import {
  numbersIn,
  withNumber,
  withoutNumber,
  type FewNumbers,
} from "../../../src/domain/values/few-numbers.js";

test("numbers come and go as in a Set", () => {
  const set = new Set<number>();
  let few: FewNumbers = null;
  for (let step = 0; step < 400; step++) {
    const number = (step * 7) % 5;
    if (step % 11 < 6) {
      set.add(number);
      few = withNumber(few, number);
    } else {
      set.delete(number);
      few = withoutNumber(few, number);
    }
    expect([...numbersIn(few)]).toEqual([...set]);
    expect(few === null).toBe(set.size === 0);
  }
});
