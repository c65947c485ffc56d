// Of what a merged column is made: how much of its time each state takes.

import { type LaneRows } from "./wire.js";

/** A state's share of a span. */
export interface Share {
  /** The state's id. */
  readonly state: string;
  /** 0 to 1. */
  readonly share: number;
}

/**
 * The shares of the states in [from, to), largest first; `rows` are exact, and offsets count as theirs do. null where
 * rows overlap or are moments, so that shares say nothing.
 */
export function sharesOf(rows: LaneRows, from: number, to: number): readonly Share[] | null {
  const lengths = new Map<string, number>();
  let [all, reached] = [0, -Infinity];
  for (let row = 0; row < rows.rows; row++) {
    const end = rows.to[row] ?? NaN;
    const [begin, until] = [
      Math.max(rows.from[row] ?? 0, from),
      Math.min(Number.isNaN(end) ? to : end, to),
    ];
    if (until <= begin) continue;
    if (begin < reached) return null;
    reached = until;
    const state = rows.words[rows.state[row] ?? 0] ?? "";
    lengths.set(state, (lengths.get(state) ?? 0) + until - begin);
    all += until - begin;
  }
  if (all === 0) return null;
  return [...lengths]
    .map(([state, length]) => ({ state, share: length / (to - from) }))
    .sort((a, b) => b.share - a.share);
}

/** `running 61 %, out 39 %`; a share that rounds to 0 is `< 1 %`. `textOf`: a state in words. */
export function sharesText(shares: readonly Share[], textOf: (state: string) => string): string {
  const parts = new Map<string, number>();
  for (const { state, share } of shares)
    parts.set(textOf(state), (parts.get(textOf(state)) ?? 0) + share);
  return [...parts].map(([text, share]) => `${text} ${percentText(share)}`).join(", ");
}

function percentText(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0) return "< 1 %";
  return percent === 100 && share < 1 ? "> 99 %" : `${percent} %`;
}
