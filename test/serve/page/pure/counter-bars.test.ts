// The bars of a counter stand on each other, and lose nothing of what was counted.

import { expect, it } from "vitest";
import { barsOfParts, partsOf, PARTS_MOST } from "../../../../src/serve/page/pure/counter-bars.js";

const COUNTS: Readonly<Record<string, readonly (number | null)[]>> = {
  ...{ one: [1, 0, 3], two: [0, 0, 0], three: [9, 2, null], four: [4, 4, 4] },
  ...{ five: [5, 5, 5], six: [0, 1, 0], seven: [0, 0, 2] },
};

const SERIES = {
  ...{ id: "counter:writes", unit: "per second" },
  parts: Object.entries(COUNTS).map(([name, values]) => ({ name, values })),
};

it("has the greatest parts, and the others as one", () => {
  const parts = partsOf(SERIES);
  expect(parts.map(({ name }) => name)).toEqual(["five", "four", "three", "one", "others"]);
  expect(parts).toHaveLength(PARTS_MOST);
  expect(parts.at(-1)?.values).toEqual([0, 1, 2]);
});

it("stacks the parts of each column up to the whole of what was counted in it", () => {
  const view = { start: 1000n, length: 600n };
  const bars = barsOfParts(partsOf(SERIES), { from: "1000", bucket: 200, columns: 3 }, view);
  for (let column = 0; column < 3; column++) {
    const own = bars.filter(({ left }) => left === column / 3);
    const wanted = Object.values(COUNTS).reduce((sum, values) => sum + (values[column] ?? 0), 0);
    expect(own.at(-1)?.top).toBe(wanted);
    own.forEach(({ bottom }, at) => {
      expect(bottom).toBe(own[at - 1]?.top ?? 0);
    });
    for (const { right } of own) expect(right).toBeCloseTo((column + 1) / 3, 12);
  }
});
