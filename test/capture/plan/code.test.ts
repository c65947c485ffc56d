// What is found in the bytes of a function.

import { describe, expect, it } from "vitest";
import { findCmpxchg16b, hasLandmarks } from "../../../src/capture/plan/code.js";

const code = (hex: string): Uint8Array => Buffer.from(hex, "hex");

describe("a cmpxchg16b", () => {
  it.each([
    ["(%rsi)", "90f0480fc70e", { offset: 1, operand: "si" }],
    [
      "(%r14), another prefix on a machine with one CPU",
      "3e490fc70e",
      { offset: 0, operand: "r14" },
    ],
    ["(%r8)", "f0490fc708", { offset: 0, operand: "r8" }],
  ])("at %s is found", (_, hex, found) => {
    expect(findCmpxchg16b(code(hex))).toEqual(found);
  });

  it.each([
    ["none", "90909090c3", "has no cmpxchg16b"],
    ["a cmpxchg8b", "f00fc70e9090", "has no cmpxchg16b"],
    ["one of registers", "f0480fc7ce", "has no cmpxchg16b"],
    ["two", "f0480fc70ef0480fc70e", "has 2 cmpxchg16b"],
    ["one with a displacement", "f0480fc74e08", "is not a plain register"],
    ["one with an index", "f0480fc70c24", "is not a plain register"],
    ["one at a fixed address", "f0480fc70d00000000", "is not a plain register"],
    ["one that is cut off", "f0480fc7", "has no cmpxchg16b"],
  ])("is left out: %s", (_, hex, why) => {
    expect(findCmpxchg16b(code(hex))).toContain(why);
  });
});

describe("landmarks", () => {
  it("must all be there", () => {
    expect(
      hasLandmarks(code("00112233"), [
        [0, "00"],
        [2, "2233"],
      ]),
    ).toBe(true);
    expect(hasLandmarks(code("00112233"), [[1, "1123"]])).toBe(false);
    expect(hasLandmarks(code("00112233"), [[3, "3344"]])).toBe(false);
  });
});
