import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  duration,
  exactDuration,
  plainTime,
  readout,
  readTime,
  type Clock,
} from "../../../../src/serve/page/pure/clock.js";

const NS: Clock = { unit: "ns", hz: null };
const TICKS: Clock = { unit: "ticks", hz: null };
const RATED: Clock = { unit: "ticks", hz: 2_596_000_000 };

describe("a time", () => {
  it("has groups of three digits in a readout and none in a copy", () => {
    expect(readout(15_749_621_000n, NS)).toBe("15.749\u2009621");
    expect(plainTime(15_749_621_000n, NS)).toBe("15.749621");
    expect(readout(40_886_016_549n, TICKS)).toBe("40\u2009886\u2009016\u2009549");
    expect(readout(40_886_016_549n, RATED)).toBe("15.749\u2009621");
  });

  it("is cut and not rounded, so that it never shows a later moment", () => {
    expect(plainTime(1_999_999_999n, NS)).toBe("1.999999");
  });

  property.prop([fc.bigInt({ min: 0n, max: 10n ** 17n })])(
    "that is typed as it is copied is the same",
    (time) => {
      expect(readTime(plainTime(time, NS, 9), NS)).toBe(time);
      expect(readTime(plainTime(time, TICKS), TICKS)).toBe(time);
    },
  );

  it("that is none is refused", () => {
    for (const text of ["", "abc", "1.2.3", "1e9", "@5", "1.0000000001"])
      expect(readTime(text, NS)).toBeNull();
  });
});

describe("a length of time", () => {
  it.each([
    [257_223_000n, "257 ms"],
    [58_400n, "58.4 µs"],
    [-8_400_000n, "−8.40 ms"],
    [7_650_000_000n, "7.65 s"],
    [0n, "0 ns"],
  ])("of %s ns is %s", (units, text) => {
    expect(duration(units, NS)).toBe(text);
  });

  it("of a counter whose rate is not known is in ticks", () => {
    expect(duration(667_788_043n, TICKS)).toBe("668 M ticks");
    expect(exactDuration(667_788_043n, TICKS)).toBe("667\u2009788\u2009043 ticks");
    expect(exactDuration(257_223_000n, NS)).toBe("257.223 ms");
  });
});
