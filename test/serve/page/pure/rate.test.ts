import { describe, expect, it } from "vitest";
import { rateText } from "../../../../src/serve/page/pure/rate.js";

describe("rateText", () => {
  it.each([
    [0, 1000, "0 lines/s"],
    [82, 100, "820 lines/s"],
    [999, 1000, "999 lines/s"],
    [4100, 1000, "4.1 k lines/s"],
    [41_200, 1000, "41 k lines/s"],
    [999_700, 1000, "1.0 M lines/s"],
    [2_460_000, 2000, "1.2 M lines/s"],
    [184_600, 0, "185 M lines/s"],
  ])("tells %i lines in %i ms as %s", (lines, milliseconds, text) => {
    expect(rateText(lines, milliseconds)).toBe(text);
  });
});
