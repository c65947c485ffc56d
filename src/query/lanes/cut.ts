// A window of a lane at a level of detail: at most about one row for each column, and nothing hidden that must be seen.

import { LANE_FLAGS } from "./lane-styles.js";
import { BLOCK_SHIFT, type LaneRows } from "./lane-rows.js";

/** Columns of `bucket` units each, from `from` on. Times are units since the recording's first line. */
export interface Columns {
  /** Where the first one begins. */
  readonly from: number;
  /** Units of each. */
  readonly bucket: number;
  /** How many there are. */
  readonly count: number;
}

/** Takes the rows of a window: exact ones, and columns of several changes. */
export interface CutListener {
  /** A row with its own bounds. */
  exact(row: number): void;
  /** A column with `count` changes, of which the row `top` stands for one state. */
  merged(column: number, top: number, count: number): void;
}

/** The first place in a rising list whose value is not below `value`. */
export function lowerBound(
  values: ArrayLike<number>,
  value: number,
  from = 0,
  to = values.length,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The same, near `from`: it looks 1, 2, 4 places ahead first. */
function gallop(values: Float64Array, value: number, from: number, to: number): number {
  let step = 1;
  let low = from;
  while (low + step < to && (values[low + step] ?? 0) < value) {
    low += step;
    step *= 2;
  }
  return lowerBound(values, value, low, Math.min(to, low + step + 1));
}

/** The rows that lie in the window, from the first that has not ended at its begin. */
export function windowOf(
  { from, to, reach }: LaneRows,
  start: number,
  end: number,
): readonly [first: number, last: number] {
  const last = lowerBound(from, end);
  let first = lowerBound(reach, start, 0, last);
  // One that ends where the window begins is outside, but a moment at its begin is in it.
  while (first < last && to[first] === start && (from[first] ?? 0) < start) first++;
  return [first, last];
}

/** Cuts a window out of a lane. Its cost grows with the columns; where rows overlap, with the rows. */
export function cut(rows: LaneRows, columns: Columns, listener: CutListener): void {
  const { from, overlaps } = rows;
  const end = columns.from + columns.bucket * columns.count;
  const [first, last] = windowOf(rows, columns.from, end);
  let at = first;
  // What began before is exact.
  for (; at < last && (from[at] ?? 0) < columns.from; at++)
    if (!isOver(rows, at, columns.from)) listener.exact(at);
  while (at < last) {
    const column = Math.floor(((from[at] ?? 0) - columns.from) / columns.bucket);
    const start = columns.from + column * columns.bucket;
    const edge = start + columns.bucket;
    const next = gallop(from, edge, at, last);
    if (next - at === 1) listener.exact(at);
    else {
      mergeColumn(rows, [at, next], start, (top) => {
        listener.merged(column, top, next - at);
      });
      // What goes on behind the column has bounds of its own.
      const open = overlaps ? at : next - 1;
      for (const row of goingOn(rows, open, next, edge)) listener.exact(row);
    }
    at = next;
  }
}

/** Of each state the first row of a range that lasts longest, if it ends behind `edge`, in the order of their begin. */
function goingOn(rows: LaneRows, first: number, next: number, edge: number): readonly number[] {
  const longest = new Map<string, number>();
  for (let row = first; row < next; row++) {
    const { state } = meaningOf(rows, row);
    const known = longest.get(state);
    if ((rows.to[row] ?? 0) > (known === undefined ? edge : (rows.to[known] ?? 0)))
      longest.set(state, row);
  }
  return [...longest.values()].sort((a, b) => a - b);
}

/** Has a row that began before ended at `start`? A moment is at its begin alone. */
function isOver({ to }: LaneRows, row: number, start: number): boolean {
  return (to[row] ?? 0) <= start;
}

/** Gives the row that stands for the highest rank of a column, and one for each other state that must be seen. */
function mergeColumn(
  rows: LaneRows,
  [at, next]: readonly [number, number],
  start: number,
  stands: (row: number) => void,
): void {
  // What was so when the column began is in it too, unless it ended there.
  const before = at > 0 && (rows.to[at - 1] ?? 0) > start && (rows.from[at] ?? 0) > start;
  const first = before ? at - 1 : at;
  const top = topOf(rows, first, next);
  stands(top);
  let open = keptOf(rows, first, next) & ~meaningOf(rows, top).kept;
  while (open !== 0) {
    const bit = open & -open;
    stands(rowWith(rows, first, next, bit));
    open &= ~bit;
  }
}

function meaningOf({ code, meanings }: LaneRows, row: number): LaneRows["meanings"][number] {
  const meaning = meanings[code[row] ?? 0];
  if (meaning === undefined) throw new RangeError(`row ${row} of a lane has no meaning`);
  return meaning;
}

/** The first row of the highest rank in a range. */
function topOf(rows: LaneRows, first: number, next: number): number {
  let top = first;
  let rank = -1;
  const look = (row: number): void => {
    const own = meaningOf(rows, row).rank;
    if (own <= rank) return;
    rank = own;
    top = row;
  };
  byBlocks(first, next, look, (block) => {
    look(rows.blocks.top[block] ?? 0);
  });
  return top;
}

/** The states of a range that must be seen. */
function keptOf(rows: LaneRows, first: number, next: number): number {
  let kept = 0;
  const look = (row: number): void => {
    kept |= meaningOf(rows, row).kept;
  };
  byBlocks(first, next, look, (block) => {
    kept |= rows.blocks.kept[block] ?? 0;
  });
  return kept;
}

/** The first row of a range that has a kept bit. */
function rowWith(rows: LaneRows, first: number, next: number, bit: number): number {
  for (let row = first; row < next;) {
    const block = row >> BLOCK_SHIFT;
    const isWhole = row === block << BLOCK_SHIFT && row + (1 << BLOCK_SHIFT) <= next;
    if (isWhole && ((rows.blocks.kept[block] ?? 0) & bit) === 0) row += 1 << BLOCK_SHIFT;
    else if ((meaningOf(rows, row).kept & bit) !== 0) return row;
    else row++;
  }
  return first;
}

/** Goes through a range: whole blocks as one, other rows one by one. */
function byBlocks(
  first: number,
  next: number,
  look: (row: number) => void,
  lookAtBlock: (block: number) => void,
): void {
  const size = 1 << BLOCK_SHIFT;
  let row = first;
  while (row < next) {
    if ((row & (size - 1)) === 0 && row + size <= next) {
      lookAtBlock(row >> BLOCK_SHIFT);
      row += size;
    } else look(row++);
  }
}

/** The flags of a row, exact or merged. */
export function flagsOf(rows: LaneRows, row: number, isMerged: boolean): number {
  const { flags } = meaningOf(rows, row);
  return isMerged ? flags | LANE_FLAGS.merged : flags;
}
