// What stands in the lane of findings: each finding in view is in exactly one mark.

import { type FindingBar } from "./bars.js";
import { edges, type Scale } from "./pixels.js";
import { type Span } from "./url-state.js";

/** Bars that are drawn as one. */
export interface FindingMark {
  /** The bars, from the left; the first one is shown. */
  readonly bars: readonly [FindingBar, ...FindingBar[]];
  /** The row of marks, from 0. */
  readonly row: number;
  /** First column in device pixels. */
  readonly left: number;
  /** The column behind its last one. */
  readonly right: number;
  /** How many findings it stands for. */
  readonly count: number;
}

/** Rows of bars that are shown one by one. What would stand below stands in the last one. */
export const SHOWN_ROWS = 3;

/** A bar shorter than so many CSS pixels, and as near to the one before it, is one with it: their discs, or numbers, would touch. */
const NEAR = 32;

/** Columns of a mark at least, so that none vanishes. */
const LEAST = 3;

/** Where marks are put. */
export interface MarkPlace {
  /** The view. */
  readonly view: Span;
  /** The recording's end in clock units. */
  readonly end: bigint;
  /** The width in device pixels. */
  readonly width: number;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
}

/** The marks in sight, row by row from the left. Bars too near to each other, or over each other, are one. */
export function marksOf(bars: readonly FindingBar[], place: MarkPlace): readonly FindingMark[] {
  const rows = Array.from({ length: SHOWN_ROWS }, (): FindingMark[] => []);
  for (const bar of bars) {
    const row = Math.min(bar.row, SHOWN_ROWS - 1);
    const mark = markOf(bar, row, place);
    if (mark !== null) rows[row]?.push(mark);
  }
  return rows.flatMap((marks) => joined(marks, NEAR * place.ratio));
}

function markOf(bar: FindingBar, row: number, { view, end, width }: MarkPlace): FindingMark | null {
  const scale: Scale = { width, length: Number(view.length) };
  const from = Number(bar.from - view.start);
  const to = Number((bar.to ?? end) - view.start);
  if (to < 0 || from > scale.length) return null;
  return { bars: [bar], row, count: bar.ids.length, ...edges(from, to, scale, LEAST) };
}

/** Marks of one row, each of which lies on no other. */
function joined(marks: readonly FindingMark[], near: number): readonly FindingMark[] {
  const kept: FindingMark[] = [];
  for (const next of [...marks].sort((a, b) => a.left - b.left)) {
    const last = kept.at(-1);
    if (last === undefined || stands(next, last, near)) kept.push(next);
    else if (isCut(next, last, near)) kept.splice(-1, 1, { ...last, right: next.left }, next);
    else kept.splice(-1, 1, both(last, next));
  }
  return kept;
}

/** Does a mark stand by itself behind the one before it? */
function stands(next: FindingMark, last: FindingMark, near: number): boolean {
  return !isNear(next, last, near) && next.left >= last.right;
}

function isNear(next: FindingMark, last: FindingMark, near: number): boolean {
  return next.right - next.left < near && next.left - last.left < near;
}

/** Is enough of the one before it in sight where it ends at the begin of the next? One that goes on below is one with it. */
function isCut(next: FindingMark, last: FindingMark, near: number): boolean {
  const seen = next.left - Math.max(last.left, 0);
  return !isNear(next, last, near) && last.right - next.left < near && seen >= LEAST;
}

function both(last: FindingMark, next: FindingMark): FindingMark {
  return {
    ...last,
    bars: [...last.bars, ...next.bars],
    right: Math.max(last.right, next.right),
    count: last.count + next.count,
  };
}
