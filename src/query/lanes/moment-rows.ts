// The rows of a lane whose rows are moments that all mean the same, such as markers: they can be millions.

import { BLOCK_SHIFT, rankedOf, type LaneRows, type RowMeaning } from "./lane-rows.js";

/** Moments that all mean the same, but for their labels. `from` and `seq`: of each, in their order. */
export function momentRows(
  from: Float64Array,
  seq: Uint32Array,
  meaning: RowMeaning,
  labelOf: (seq: number) => string,
): LaneRows {
  const ranked = rankedOf(meaning);
  const meanings = [ranked];
  const code = new Uint16Array(from.length);
  const top = new Uint32Array(Math.ceil(from.length / (1 << BLOCK_SHIFT)));
  const kept = top.map(() => ranked.kept);
  const blocks = { top: top.map((_, block) => block << BLOCK_SHIFT), kept };
  return {
    ...{ from, to: from, reach: from, seq, code, meanings, labelOf, blocks },
    overlaps: false,
  };
}
