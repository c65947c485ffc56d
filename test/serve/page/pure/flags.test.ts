import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { flagsOf } from "../../../../src/serve/page/pure/flags.js";

/** A flag takes 9 pixels, and its number 7 for each digit. */
const widthOf = (count: number): number => (count < 2 ? 9 : 11 + 7 * String(count).length);

describe("flags of findings on the minimap", () => {
  it("stand beside a number of two digits, not on it", () => {
    const flags = flagsOf(
      [
        { x: 100, count: 24, warm: false },
        { x: 121, count: 3, warm: true },
        { x: 146, count: 1, warm: false },
      ],
      widthOf,
    );
    expect(flags).toEqual([
      { x: 100, count: 27, warm: true },
      { x: 146, count: 1, warm: false },
    ]);
  });

  property.prop([
    fc.array(
      fc.record({ x: fc.nat(1000), count: fc.integer({ min: 1, max: 120 }), warm: fc.boolean() }),
    ),
  ])("lose no finding and lie on nothing", (all) => {
    const flags = flagsOf(all, widthOf);
    const sum = (of: typeof flags): number => of.reduce((total, { count }) => total + count, 0);
    expect(sum(flags)).toBe(sum(all));
    for (const [place, { x, count }] of flags.entries())
      expect(flags[place + 1]?.x ?? Infinity).toBeGreaterThanOrEqual(x + widthOf(count));
  });
});
