// Merges the runs of a file by their stamps. Lines with the same stamp keep the order of the file.

import { isBefore } from "../../base/stamp.js";
import { type LineOrder, type Run } from "../../source/line-order.js";
import { type LineNumbers } from "./line-numbers.js";
import { RunCursor, type Unit } from "./run-cursor.js";

const CHUNK_BYTES = 1024 * 1024;

/** Reads the runs of an open file, and hands out whole lines in the order of their stamps, a chunk at a time. */
export function* merged(
  fd: number,
  runs: readonly Run[],
  numbers: LineNumbers,
  order: LineOrder,
): Generator<Buffer, void> {
  const cursors = runs.map((run) => new RunCursor(fd, run, order.newScanner()));
  const chunk = new ChunkBuilder(numbers);
  const queue = cursors.map((cursor, place) => ({ cursor, place }));
  // The last one is the next.
  queue.sort((a, b) => (isNext(a, b) ? 1 : -1));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { unit } = next.cursor;
    if (unit === null) continue;
    chunk.add(unit);
    next.cursor.advance();
    if (next.cursor.unit !== null) queue.splice(placeOf(queue, next), 0, next);
    if (chunk.size >= CHUNK_BYTES) yield chunk.take();
  }
  // Only the end of the file can lack a line break.
  for (const { tail } of cursors) if (tail !== null) chunk.add(tail);
  if (chunk.size > 0) yield chunk.take();
}

interface Queued {
  readonly cursor: RunCursor;
  /** Which run of the file it is. */
  readonly place: number;
}

function isNext({ cursor: a, place }: Queued, { cursor: b, place: other }: Queued): boolean {
  if (a.unit === null || b.unit === null) return b.unit === null;
  return isBefore(a.unit, b.unit) || (!isBefore(b.unit, a.unit) && place < other);
}

/** Where the run belongs in the queue, found by halving. */
function placeOf(queue: readonly Queued[], run: Queued): number {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other !== undefined && isNext(run, other)) low = middle + 1;
    else high = middle;
  }
  return low;
}

class ChunkBuilder {
  size = 0;
  private parts: Buffer[] = [];
  private readonly numbers: LineNumbers;

  constructor(numbers: LineNumbers) {
    this.numbers = numbers;
  }

  add({ bytes, line, lines }: Unit): void {
    this.parts.push(bytes);
    this.size += bytes.length;
    this.numbers.add(line, lines);
  }

  take(): Buffer {
    const chunk = Buffer.concat(this.parts);
    this.parts = [];
    this.size = 0;
    return chunk;
  }
}
