// Where events were lost, and where that stands on the screen.

import { type Gap } from "./answers.js";
import { edges, type Edges, type Scale } from "./pixels.js";
import { type Span } from "./url-state.js";

/** A span in which events were lost. */
export interface KnownGap {
  /** Its begin in clock units. */
  readonly from: bigint;
  /** Its end. */
  readonly to: bigint;
  /** How many events were lost; null = not known. */
  readonly lost: number | null;
  /** The CPU that lost them; null = not told. */
  readonly cpu: number | null;
}

/**
 * The gaps of a recording that begins at `start`. What came before it is none; a loss whose begin is not known, because
 * it precedes the CPU's first event, is from the recording's begin on.
 */
export function knownGaps(gaps: readonly Gap[], start: bigint): readonly KnownGap[] {
  return gaps.flatMap(({ from_ns, to_ns, lost, cpu }) => {
    if (from_ns === null && cpu === null) return [];
    return [{ from: from_ns === null ? start : BigInt(from_ns), to: BigInt(to_ns), lost, cpu }];
  });
}

/** The columns of a gap in a view, `least` or more; null = it is not in the view. */
export function gapEdges(gap: KnownGap, view: Span, width: number, least: number): Edges | null {
  const scale: Scale = { width, length: Number(view.length) };
  const from = Number(gap.from - view.start);
  const to = Number(gap.to - view.start);
  return to < 0 || from > scale.length ? null : edges(from, to, scale, least);
}
