// The binary form of lanes' intervals: a JSON header, then columns of numbers.

/** Columns of a lane's intervals, as long as there are rows. */
export interface LaneRows {
  /** The lane's id. */
  readonly id: string;
  /** Its rows are not known yet; it has none here. */
  readonly pending: boolean;
  /** Rows. */
  readonly rows: number;
  /** Begin of each interval in units from `Intervals.from`; negative where it began before. */
  readonly from: Float64Array;
  /** End of each; NaN = it goes on to the end. */
  readonly to: Float64Array;
  /** The event that opens it; NaN = none. */
  readonly seq: Float64Array;
  /** Index of its state in `words`. */
  readonly state: Uint16Array;
  /** Index of its label in `words`. */
  readonly label: Uint16Array;
  /** 0 observed, 1 predicted, 2 unknown. */
  readonly source: Uint8Array;
  /** Bits: 1 merged, 2 in flight, 4 wrong, 8 unknown by a gap, 16 AVIC is off. */
  readonly flags: Uint8Array;
  /** Changes merged into it; 1 = it is exact. */
  readonly count: Uint32Array;
  /** States and labels. */
  readonly words: readonly string[];
}

/** The bits of `LaneRows.flags`. */
export const FLAG = { merged: 1, inFlight: 2, wrong: 4, gap: 8, avicOff: 16 } as const;

/** Intervals of several lanes. */
export interface Intervals {
  /** The moment that offsets count from, in clock units. */
  readonly from: bigint;
  /** End of what was asked for. */
  readonly to: bigint;
  /** Columns that were asked for. */
  readonly columns: number;
  /** The lanes by id. */
  readonly lanes: ReadonlyMap<string, LaneRows>;
}

/** A lane's rows, and the answer that they are of. */
export interface Known {
  /** The answer: its `from` is where offsets count from. */
  readonly of: Intervals;
  /** The rows. */
  readonly rows: LaneRows;
}

interface Header {
  readonly from: string;
  readonly to: string;
  readonly columns: number;
  readonly lanes: readonly {
    readonly id: string;
    readonly pending: boolean;
    readonly rows: number;
    readonly offset: number;
    readonly words: readonly string[];
  }[];
}

/** Reads the body of a response. Throws RangeError if it is cut. */
export function readIntervals(body: ArrayBuffer): Intervals {
  const size = new DataView(body).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(body, 4, size));
  const header = JSON.parse(text) as Header;
  const start = 4 + size;
  const lanes = header.lanes.map((lane) => {
    return [lane.id, columnsOf(body, start + lane.offset, lane)] as const;
  });
  return {
    from: BigInt(header.from),
    to: BigInt(header.to),
    columns: header.columns,
    lanes: new Map(lanes),
  };
}

function columnsOf(
  body: ArrayBuffer,
  start: number,
  { id, pending, rows, words }: Header["lanes"][number],
): LaneRows {
  let at = start;
  const take = (bytes: number): number => {
    const from = at;
    at = from + Math.ceil((rows * bytes) / 8) * 8;
    return from;
  };
  return {
    id,
    pending,
    rows,
    words,
    from: new Float64Array(body, take(8), rows),
    to: new Float64Array(body, take(8), rows),
    seq: new Float64Array(body, take(8), rows),
    state: new Uint16Array(body, take(2), rows),
    label: new Uint16Array(body, take(2), rows),
    source: new Uint8Array(body, take(1), rows),
    flags: new Uint8Array(body, take(1), rows),
    count: new Uint32Array(body, take(4), rows),
  };
}

/** The row in force at an offset from `Intervals.from`; -1 = none. Rows are in the order of their begin. */
export function rowAt({ from, rows, to }: LaneRows, offset: number): number {
  let low = 0;
  let high = rows;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const row = low - 1;
  const end = to[row];
  return row >= 0 && (end === undefined || Number.isNaN(end) || end > offset) ? row : -1;
}
