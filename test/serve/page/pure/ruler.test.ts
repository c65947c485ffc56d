// The text of a tick is there as a whole or not at all: a number without its first digits is another number.

import { describe, expect, it } from "vitest";
import { placedVariant } from "../../../../src/serve/page/pure/label.js";
import { isFree, tickWidth } from "../../../../src/serve/page/pure/ruler.js";

describe("the text of a tick", () => {
  it("is whole within the ruler", () => {
    expect([30, 50, 870, 890].map((x) => isFree(x, 80, 900, []))).toEqual([
      ...[false, true],
      ...[false, false],
    ]);
  });

  it("lies under no chip, at whichever side of its line the chip stands", () => {
    const taken = [[300, 450] as const];
    expect([250, 270, 480, 500].map((x) => isFree(x, 80, 900, taken))).toEqual([
      ...[true, false],
      ...[false, true],
    ]);
  });

  it("is narrower where its spaces are thin", () => {
    expect(tickWidth("38\u2009500\u2009000")).toBeLessThan(tickWidth("38 500 000"));
  });
});

describe("the sentence of a finding", () => {
  const place = (lines: readonly number[]): unknown =>
    placedVariant(
      ["F1  the whole", "F1"],
      { left: 0, right: 200 },
      lines,
      (text) => text.length * 8,
    );

  it("stands right of a line that it would lie under, and is shorter where it must be", () => {
    expect(place([])).toEqual({ x: 7, text: "F1  the whole" });
    expect(place([50])).toEqual({ x: 57, text: "F1  the whole" });
    expect(place([150])).toEqual({ x: 7, text: "F1  the whole" });
    expect(place([100])).toEqual({ x: 7, text: "F1" });
  });
});
