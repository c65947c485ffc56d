import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigintOf, hex32, hex64, highOf, int64, lowOf } from "../../src/base/words.js";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const half = fc.integer({ min: -0x8000_0000, max: 0xffff_ffff });

describe("a 64-bit word as two halves", () => {
  it("comes back from its halves", () => {
    fc.assert(fc.property(u64, (word) => bigintOf(highOf(word), lowOf(word)) === word));
  });

  it("has halves that are signed 32-bit integers", () => {
    fc.assert(
      fc.property(u64, (word) => {
        expect(highOf(word)).toBe(Number(BigInt.asIntN(32, word >> 32n)));
        expect(lowOf(word)).toBe(Number(BigInt.asIntN(32, word)));
      }),
    );
  });

  it("has the same halves when it is given as a negative number", () => {
    fc.assert(
      fc.property(u64, (word) => {
        const signed = BigInt.asIntN(64, word);
        return highOf(signed) === highOf(word) && lowOf(signed) === lowOf(word);
      }),
    );
  });

  it("prints as 0x and 16 lower-case digits", () => {
    fc.assert(
      fc.property(
        half,
        half,
        (high, low) =>
          hex64(high, low) === `0x${bigintOf(high, low).toString(16).padStart(16, "0")}`,
      ),
    );
    expect(hex64(0, 0)).toBe("0x0000000000000000");
    expect(hex64(-1, 0xabc)).toBe("0xffffffff00000abc");
    expect(hex32(-1)).toBe("ffffffff");
  });
});

describe("the integer that SQLite stores for a word", () => {
  it("is the word as a signed 64-bit integer, exactly", () => {
    fc.assert(
      fc.property(half, half, (high, low) => {
        expect(BigInt(int64(high, low))).toBe(BigInt.asIntN(64, bigintOf(high, low)));
      }),
    );
  });

  it.each([2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), -(2n ** 53n) - 1n, -1n, 2n ** 63n - 1n])(
    "is exact at %s, where numbers end or signs change",
    (value) => {
      expect(BigInt(int64(highOf(value), lowOf(value)))).toBe(value);
    },
  );

  it("is a number wherever a number is exact", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const word = BigInt(value);
        expect(int64(highOf(word), lowOf(word))).toBe(value);
      }),
    );
  });
});
