import { describe, expect, it } from "vitest";
import { AgreedPredictor } from "../../../src/domain/platform/agreed-predictor.js";
import { type PredictedIrte, type Predictor } from "../../../src/domain/platform/platform.js";
import {
  exactly,
  knownBits,
  UNKNOWN_BITS,
  type IrteBits,
} from "../../../src/domain/values/bits.js";
import { event } from "../../support/twin-event.js";

const bits = (loL: number): IrteBits => ({ loH: 0, loL, hiH: 0, hiL: 0 });
const irte = (key: number, loL: number, cause_seq = 1): PredictedIrte => {
  return { key, bits: exactly(bits(loL)), cause: 1, cause_seq };
};

/** Says at each event what its turn is. */
class Scripted implements Predictor {
  readonly lines: number[] = [];
  private readonly script: (readonly PredictedIrte[])[];

  constructor(...script: (readonly PredictedIrte[])[]) {
    this.script = script;
  }

  returned(returns: Iterable<{ readonly line: number }>): void {
    for (const { line } of returns) this.lines.push(line);
  }

  advance(): readonly PredictedIrte[] {
    return this.script.shift() ?? [];
  }
}

const next = event("vm_created");

describe("what several profiles predict of an entry", () => {
  it("is known where all of them say the same", () => {
    const agreed = new AgreedPredictor([
      new Scripted([irte(1, 0b11)]),
      new Scripted([irte(1, 0b11)]),
    ]);
    expect(agreed.advance(next)).toEqual([irte(1, 0b11)]);
  });

  it("is unknown in the bits in which they differ, and the cause where they differ about it", () => {
    const agreed = new AgreedPredictor([
      new Scripted([irte(1, 0b11, 7)]),
      new Scripted([irte(1, 0b01, 8)]),
    ]);
    const [told] = agreed.advance(next);
    expect(told).toMatchObject({ key: 1, cause: 1, cause_seq: null });
    expect(told?.bits.known.loL).toBe(~0b10);
    expect(knownBits(told?.bits ?? UNKNOWN_BITS)).toBe(127);
  });

  it("is unknown until each of them has spoken, and follows the one that changes its mind", () => {
    const agreed = new AgreedPredictor([
      new Scripted([irte(1, 0b11)], [], [irte(1, 0)]),
      new Scripted([], [irte(1, 0b11)], []),
    ]);
    expect(agreed.advance(next)[0]?.bits).toEqual(UNKNOWN_BITS);
    expect(agreed.advance(next)).toEqual([irte(1, 0b11)]);
    expect(agreed.advance(next)[0]?.bits.known.loL).toBe(~0b11);
  });

  it("rests on the returns that each of them takes", () => {
    const predictors = [new Scripted(), new Scripted()];
    const once = [{ seq: 3, line: 9 }][Symbol.iterator]();
    new AgreedPredictor(predictors).returned({ [Symbol.iterator]: () => once });
    expect(predictors.map(({ lines }) => lines)).toEqual([[9], [9]]);
  });
});
