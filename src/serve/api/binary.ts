// Intervals as bytes: a JSON header, then for each lane its columns as typed arrays.

import { TwinError } from "../../base/errors.js";
import { type LaneIntervals, type LaneWindow } from "../../index.js";

/** As many texts of a lane as a Uint16 can point to. */
const WORDS_MAX = 65_536;

/** Arrays begin at multiples of it. */
const ALIGN = 8;

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;

/**
 * The bytes of `application/octet-stream`, as the API describes them. All numbers are little-endian. Throws ERR_USAGE
 * where a lane has more texts than they can hold.
 */
export function bytesOfIntervals(intervals: LaneIntervals): Uint8Array<ArrayBuffer> {
  const tooMany = intervals.lanes.find(({ words }) => words.length > WORDS_MAX);
  if (tooMany !== undefined)
    throw new TwinError(
      "ERR_USAGE",
      `${tooMany.id} has more than ${WORDS_MAX} texts in this window: ask for fewer columns, or format=json`,
    );
  const columns = intervals.lanes.map(columnsOf);
  let offset = 0;
  const lanes = intervals.lanes.map(({ id, pending, words, rows }, at) => {
    const begin = offset;
    for (const { byteLength } of columns[at] ?? []) offset += aligned(byteLength);
    return { id, pending, rows: rows.from.length, offset: begin, words };
  });
  const { from, to, columns: count, bucket } = intervals;
  const header = Buffer.from(JSON.stringify({ from, to, columns: count, bucket, lanes }));
  const start = aligned(4 + header.length);
  const bytes = new Uint8Array(start + offset);
  // Padded with spaces: the length counts them.
  bytes.fill(0x20, 4, start);
  new DataView(bytes.buffer).setUint32(0, start - 4, true);
  bytes.set(header, 4);
  let at = start;
  for (const column of columns.flat()) {
    bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += aligned(column.byteLength);
  }
  return bytes;
}

/** In the order in which they stand. */
function columnsOf({ rows }: LaneWindow): readonly Column[] {
  return [
    Float64Array.from(rows.from),
    Float64Array.from(rows.to, (value) => value ?? NaN),
    Float64Array.from(rows.seq, (value) => value ?? NaN),
    Uint16Array.from(rows.state),
    Uint16Array.from(rows.label),
    Uint8Array.from(rows.source),
    Uint8Array.from(rows.flags),
    Uint32Array.from(rows.count),
  ];
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGN) * ALIGN;
}
