import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  secondsText,
  stampOf,
  stampText,
  stampToBigint,
  stampToInteger,
  ticksToNanoseconds,
} from "../../src/base/stamp.js";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("a time stamp as billions and rest", () => {
  const stamp = u64.map((value) => ({ value, ...stampOf(value) }));

  it("keeps every tick of a 64-bit counter", () => {
    fc.assert(
      fc.property(stamp, ({ value, billions, rest }) => {
        expect(BigInt(stampToInteger(billions, rest))).toBe(value);
        expect(stampToBigint({ billions, rest })).toBe(value);
        expect(stampText(billions, rest)).toBe(String(value));
      }),
    );
  });

  it("has a rest below a billion", () => {
    fc.assert(
      fc.property(
        stamp,
        ({ billions, rest }) => billions >= 0 && rest >= 0 && rest < 1_000_000_000,
      ),
    );
  });

  it("is the same from a number as from a bigint", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(stampOf(value)).toEqual(stampOf(BigInt(value)));
      }),
    );
  });

  it.each([2n ** 53n - 1n, 2n ** 53n, 9_007_199_000_000_000n, 9_007_198_999_999_999n, 0n])(
    "is exact at %s, where numbers end",
    (value) => {
      const { billions, rest } = stampOf(value);
      expect(BigInt(stampToInteger(billions, rest))).toBe(value);
    },
  );

  it("prints as ftrace prints seconds, with nine digits only where six do not tell all", () => {
    expect(secondsText(1_116_519_052_000n)).toBe("1116.519052");
    expect(secondsText(3_000_000_000n)).toBe("3.000000");
    expect(secondsText(7n)).toBe("0.000000007");
  });

  it("is made of ticks, rounded down", () => {
    expect(ticksToNanoseconds(2_596_000_001n, 2_596_000_000)).toBe(1_000_000_000n);
    expect(ticksToNanoseconds(10n, 3)).toBe(3_333_333_333n);
  });
});
