import { describe, expect, it } from "vitest";
import { placed, sentenceVariants, variants } from "../../../../src/serve/page/pure/label.js";

const POSTED = "posted → vcpu2  IsRun 0  GALogIntr 0";
const widthOf = (text: string): number => text.length * 6;

describe("a label", () => {
  it("has shorter forms, each without its last part", () => {
    expect(variants(POSTED)).toEqual([
      POSTED,
      "posted → vcpu2  IsRun 0",
      "posted → vcpu2",
      "→ vcpu2",
    ]);
  });

  it("is the longest one that fits", () => {
    const at = (right: number): string | undefined =>
      placed(POSTED, { left: 0, right }, [], widthOf)?.text;
    expect(at(300)).toBe(POSTED);
    expect(at(110)).toBe("posted → vcpu2");
    expect(at(60)).toBe("→ vcpu2");
    expect(at(20)).toBeUndefined();
  });

  it("stands right of a line that it would lie under, or left of it where it fits only there", () => {
    expect(placed("→ vcpu2", { left: 0, right: 400 }, [10], widthOf)?.x).toBe(17);
    expect(placed("→ vcpu2", { left: 0, right: 100 }, [90], widthOf)?.x).toBe(7);
  });
});

describe("the sentence of a finding", () => {
  it("loses one clause after another, and its ids last", () => {
    expect(
      sentenceVariants("F1 F2", "irqfd of gsi 24 deassigned, its entry still posts and runs"),
    ).toEqual([
      "F1 F2  irqfd of gsi 24 deassigned, its entry still posts and runs",
      "F1 F2  irqfd of gsi 24 deassigned, its entry still posts",
      "F1 F2  irqfd of gsi 24 deassigned",
      "F1 F2",
    ]);
  });
});
