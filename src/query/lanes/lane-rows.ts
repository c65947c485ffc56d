// The rows of one lane in typed arrays, in the order of their begin, and a pyramid over them: the highest rank of any
// range is found without a look at each row.

import { LANE_SOURCES, keptBit, rankOf } from "./lane-styles.js";

/** What a row says besides its bounds. */
export interface RowMeaning {
  /** An id of STATE_STYLES. */
  readonly state: string;
  /** What is written on it; "" = nothing. */
  readonly label: string;
  /** One of LANE_SOURCES. */
  readonly source: number;
  /** Of LANE_FLAGS. */
  readonly flags: number;
}

/** A meaning with what is needed to choose between rows. */
export interface RankedMeaning extends RowMeaning {
  /** The rank of its state. */
  readonly rank: number;
  /** One bit of the states that no merging may hide; 0 = it may give way. */
  readonly kept: number;
}

/** A moment from which on nothing is known until it shows itself again. */
export interface RowCut {
  /** The last event before it. */
  readonly seq: number;
  /** The time of that event, in units since the recording's first line. */
  readonly time: number;
}

/** The rows of a lane. Times are units since the recording's first line. */
export interface LaneRows {
  /** Where each row begins, inclusive; rising. */
  readonly from: Float64Array;
  /** Where it ends, exclusive; Infinity = it goes on. The same as `from` = a moment. */
  readonly to: Float64Array;
  /** The largest `to` up to each row. */
  readonly reach: Float64Array;
  /** The event that begins it; 0 = none. */
  readonly seq: Uint32Array;
  /** Its place in `meanings`. */
  readonly code: Uint32Array | Uint16Array;
  /** What rows say, each once. */
  readonly meanings: readonly RankedMeaning[];
  /** What is written on the row of an event, where that is read only when it is drawn. Absent = it is in `meanings`. */
  readonly labelOf?: (seq: number) => string;
  /** Rows of which one begins before another one's end. */
  readonly overlaps: boolean;
  /** What is known of each 64 rows. */
  readonly blocks: Blocks;
}

/** For each 64 rows: the place of the highest-ranking one, and the kept bits of all. */
export interface Blocks {
  /** The place of the row with the highest rank, the first of its like. */
  readonly top: Uint32Array;
  /** The kept bits of all of its rows. */
  readonly kept: Uint32Array;
}

/** Rows of a block, as a power of two. */
export const BLOCK_SHIFT = 6;

/** About how much memory a lane takes. Bounds that are shared count once. */
export function bytesOf({ from, to, reach, seq, code, meanings, blocks }: LaneRows): number {
  const arrays = [from, to, reach, seq, code, blocks.top, blocks.kept];
  const buffers = new Set(arrays.map(({ buffer }) => buffer));
  return [...buffers].reduce(
    (sum, { byteLength }) => sum + byteLength,
    meanings.length * 200 + 500,
  );
}

/** The meaning with its rank. */
export function rankedOf(meaning: RowMeaning): RankedMeaning {
  return { ...meaning, rank: rankOf(meaning.state), kept: keptBit(meaning.state) };
}

/** Most lanes have few rows. */
const SIZE_FIRST = 8;

/** Collects the rows of a lane. */
export class LaneRowsBuilder {
  private from = new Float64Array(SIZE_FIRST);
  private to = new Float64Array(SIZE_FIRST);
  private seq = new Uint32Array(SIZE_FIRST);
  private code = new Uint32Array(SIZE_FIRST);
  private readonly meanings: RankedMeaning[] = [];
  private readonly codes = new Map<string, number>();
  private count = 0;
  private lastMeaning: RowMeaning | null = null;
  private lastCode = 0;

  /** How many rows there are. */
  get length(): number {
    return this.count;
  }

  /** Adds a row. null = it goes on; no event. */
  add(from: number, to: number | null, seq: number | null, meaning: RowMeaning): void {
    this.addCoded(from, to, seq, this.codeOf(meaning));
  }

  /** The same by the code of its meaning. */
  addCoded(from: number, to: number | null, seq: number | null, code: number): void {
    if (this.count === this.from.length) this.grow();
    const at = this.count++;
    this.from[at] = from;
    this.to[at] = to ?? Infinity;
    this.seq[at] = seq ?? 0;
    this.code[at] = code;
  }

  /** The number of a meaning. */
  codeOf(meaning: RowMeaning): number {
    if (meaning === this.lastMeaning) return this.lastCode;
    this.lastCode = this.findCode(meaning);
    this.lastMeaning = meaning;
    return this.lastCode;
  }

  private findCode(meaning: RowMeaning): number {
    const { state, label, source, flags } = meaning;
    const key = `${state}\n${source}\n${flags}\n${label}`;
    const known = this.codes.get(key);
    if (known !== undefined) return known;
    const code = this.meanings.length;
    this.codes.set(key, code);
    this.meanings.push(rankedOf(meaning));
    return code;
  }

  /** Ends the last row, which goes on so far. */
  endLast(to: number): void {
    this.to[this.count - 1] = to;
  }

  /**
   * Fills what lies between two rows, and behind the last one if it ends: there events were lost, and nothing is known.
   */
  fillLost(state: string): void {
    const flags = 8;
    const code = this.codeOf({ state, label: "unknown", source: LANE_SOURCES.unknown, flags });
    const { from, to, seq, code: codes, count } = this;
    this.from = new Float64Array(SIZE_FIRST);
    this.to = new Float64Array(SIZE_FIRST);
    this.seq = new Uint32Array(SIZE_FIRST);
    this.code = new Uint32Array(SIZE_FIRST);
    this.count = 0;
    for (let at = 0; at < count; at++) {
      const end = to[at] ?? Infinity;
      this.addCoded(from[at] ?? 0, end, seq[at] ?? 0, codes[at] ?? 0);
      const next = at + 1 < count ? (from[at + 1] ?? Infinity) : Infinity;
      if (end < next) this.addCoded(end, next, null, code);
    }
  }

  /** Ends what is known of each row at the first of the cuts behind its begin. `cuts` rise. `lasting` stays known. */
  cut(cuts: readonly RowCut[], unknown: RowMeaning, lasting = ""): void {
    if (cuts.length === 0) return;
    const code = this.codeOf(unknown);
    const { length } = this;
    for (let at = 0; at < length; at++) {
      const [from, to, seq] = [this.from[at] ?? 0, this.to[at] ?? 0, this.seq[at] ?? 0];
      const state = this.meanings[this.code[at] ?? 0]?.state;
      const next = cuts[firstCut(cuts, seq)];
      const isKept = state === unknown.state || state === lasting;
      if (isKept || next === undefined || next.time >= to) continue;
      if (next.seq <= seq || next.time <= from) this.code[at] = code;
      else {
        this.to[at] = next.time;
        this.addCoded(next.time, to, null, code);
      }
    }
  }

  /** The rows, in the order of their begin. */
  done(): LaneRows {
    const order = this.order();
    const take = (values: Float64Array): Float64Array =>
      order === null
        ? values.slice(0, this.count)
        : Float64Array.from(order, (i) => values[i] ?? 0);
    const takeWhole = (values: Uint32Array): Uint32Array =>
      order === null ? values.slice(0, this.count) : Uint32Array.from(order, (i) => values[i] ?? 0);
    const [from, to] = sharedBounds(take(this.from), take(this.to));
    const wide = takeWhole(this.code);
    const code = this.meanings.length > CODES_SHORT ? wide : Uint16Array.from(wide);
    const seq = takeWhole(this.seq);
    const reach = reachOf(from, to);
    return {
      ...{ from, to, seq, code, meanings: this.meanings },
      ...{ reach: reach ?? to, overlaps: reach !== null },
      blocks: blocksOf(code, this.meanings),
    };
  }

  /** The places of the rows by their begin; null = they are in order. */
  private order(): Uint32Array | null {
    const { from, seq, count } = this;
    const isBefore = (a: number, b: number): number =>
      (from[a] ?? 0) - (from[b] ?? 0) || (seq[a] ?? 0) - (seq[b] ?? 0);
    let isSorted = true;
    for (let at = 1; at < count && isSorted; at++) {
      const later = (from[at] ?? 0) - (from[at - 1] ?? 0);
      // What no event begins has its place.
      isSorted = !(later < 0 || (later === 0 && seq[at] !== 0 && isBefore(at, at - 1) < 0));
    }
    return isSorted ? null : Uint32Array.from({ length: count }, (_, i) => i).sort(isBefore);
  }

  private grow(): void {
    const size = this.from.length * 2;
    this.from = larger(new Float64Array(size), this.from);
    this.to = larger(new Float64Array(size), this.to);
    this.seq = larger(new Uint32Array(size), this.seq);
    this.code = larger(new Uint32Array(size), this.code);
  }
}

/** The place of the first cut that is not before an event. */
function firstCut(cuts: readonly RowCut[], seq: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle]?.seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function larger<Values extends Float64Array | Uint32Array>(made: Values, values: Values): Values {
  made.set(values);
  return made;
}

/** So many codes fit into 16 bits. */
const CODES_SHORT = 65_536;

/** Where each row ends at the begin of the next one, or is a moment, its end takes no memory of its own. */
function sharedBounds(
  from: Float64Array,
  to: Float64Array,
): readonly [from: Float64Array, to: Float64Array] {
  const { length } = from;
  if (from.every((begin, at) => begin === to[at])) return [from, from];
  if (!to.every((end, at) => end === (at + 1 < length ? from[at + 1] : Infinity)))
    return [from, to];
  const edges = new Float64Array(length + 1);
  edges.set(from);
  edges[length] = Infinity;
  return [edges.subarray(0, length), edges.subarray(1)];
}

/** The largest end up to each row; null = no row begins before another one's end. */
function reachOf(from: Float64Array, to: Float64Array): Float64Array | null {
  let isOver = false;
  for (let at = 1; at < from.length && !isOver; at++)
    isOver = (from[at] ?? 0) < (to[at - 1] ?? 0) || (to[at] ?? 0) < (to[at - 1] ?? 0);
  if (!isOver) return null;
  let most = -Infinity;
  return to.map((end) => (most = Math.max(most, end)));
}

function blocksOf(code: LaneRows["code"], meanings: readonly RankedMeaning[]): Blocks {
  const count = Math.ceil(code.length / (1 << BLOCK_SHIFT));
  const top = new Uint32Array(count);
  const kept = new Uint32Array(count);
  const ranks = Uint8Array.from(meanings, ({ rank }) => rank);
  const bits = Uint32Array.from(meanings, (meaning) => meaning.kept);
  for (let at = 0; at < code.length; at++) {
    const block = at >> BLOCK_SHIFT;
    const own = code[at] ?? 0;
    const best = top[block] ?? 0;
    const isFirst = (at & ((1 << BLOCK_SHIFT) - 1)) === 0;
    if (isFirst || (ranks[own] ?? 0) > (ranks[code[best] ?? 0] ?? 0)) top[block] = at;
    kept[block] = (kept[block] ?? 0) | (bits[own] ?? 0);
  }
  return { top, kept };
}

/** A lane without rows. */
export const NOTHING: LaneRows = new LaneRowsBuilder().done();
