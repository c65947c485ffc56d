// By how much the heap of a process may grow that imports.

import { expect, test } from "vitest";
import { growthOf } from "../../src/cli/small-heap.js";

test.each([
  [10, 150],
  [20, 150],
  [25, 120],
  [35, 57],
  [100, 20],
  [1000, 2],
])("one of which %i MB live may grow by %i percent", (livingMB, percent) => {
  expect(growthOf(livingMB)).toBe(percent);
});
