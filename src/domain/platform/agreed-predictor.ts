// The entries of a recording that allows several profiles: what all of them predict.

import { type CallReturn, type TwinEvent } from "../events/event.js";
import { type IrteKey } from "../values/ids.js";
import { either, UNKNOWN_BITS } from "../values/bits.js";
import { type PredictedIrte, type Predictor } from "./platform.js";

/** Asks several predictors, and tells of each entry the bits in which they agree. */
export class AgreedPredictor implements Predictor {
  private readonly predictors: readonly Predictor[];
  /** What each of them said last of an entry, in the same order. */
  private readonly told: readonly Map<IrteKey, PredictedIrte>[];

  /** `predictors`: one for each profile that the recording allows. */
  constructor(predictors: readonly Predictor[]) {
    this.predictors = predictors;
    this.told = predictors.map(() => new Map());
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    const all = [...returns];
    for (const predictor of this.predictors) predictor.returned(all);
  }

  /** Takes the next event, and returns the entries of which one of them says something else now. */
  advance(event: TwinEvent): readonly PredictedIrte[] {
    const changed = new Set<IrteKey>();
    this.predictors.forEach((predictor, i) => {
      for (const irte of predictor.advance(event)) {
        this.told[i]?.set(irte.key, irte);
        changed.add(irte.key);
      }
    });
    return [...changed].map((key) => this.agreed(key));
  }

  private agreed(key: IrteKey): PredictedIrte {
    const all = this.told.map((told) => told.get(key));
    const [first, ...others] = all.filter((irte) => irte !== undefined);
    if (first === undefined || others.length + 1 < all.length)
      return { key, bits: UNKNOWN_BITS, cause: null, cause_seq: null };
    const isSame = others.every(({ cause_seq }) => cause_seq === first.cause_seq);
    return {
      key,
      bits: others.reduce((bits, other) => either(bits, other.bits), first.bits),
      cause: others.every(({ cause }) => cause === first.cause) ? first.cause : null,
      cause_seq: isSame ? first.cause_seq : null,
    };
  }
}
