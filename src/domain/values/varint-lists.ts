// Many lists of whole numbers, as VarintWriter writes them, in few pieces of memory. A long recording has tens of
// thousands of such lists, most of them short: with an array for each, the arrays would take more than the numbers.

import { grown } from "./grown.js";
import { withoutSign } from "./varints.js";

const CHUNK_BITS = 5;
/** The bytes of a list stand in chunks of this size, which is not much more than a short list has. */
const CHUNK_BYTES = 1 << CHUNK_BITS;
const PAGE_BITS = 20 - CHUNK_BITS;
/** Chunks that are made at a time: one MiB. */
const PAGE_CHUNKS = 1 << PAGE_BITS;
const MORE = 0x80;
/** Lists for which there is room at first. */
const ROOM_FIRST = 64;
const INT32_MAX = 0x7fff_ffff;

/** Lists that only grow. A list is known by its number, from 0. */
export class VarintLists {
  /** How many lists there are. */
  count = 0;
  private readonly pages: Uint8Array[] = [];
  private chunks = 0;
  /** By chunk: the next one of its list. */
  private nextChunks = new Uint32Array(PAGE_CHUNKS);
  /** By list: how many bytes it has, and the first and the last of its chunks. */
  private lengths = new Uint32Array(ROOM_FIRST);
  private firstChunks = new Uint32Array(ROOM_FIRST);
  private lastChunks = new Uint32Array(ROOM_FIRST);

  /** Makes an empty list; its number. */
  make(): number {
    const list = this.count++;
    if (list >= this.lengths.length) {
      this.lengths = grown(this.lengths);
      this.firstChunks = grown(this.firstChunks);
      this.lastChunks = grown(this.lastChunks);
    }
    return list;
  }

  /** Adds a safe integer that is not negative. */
  put(list: number, value: number): void {
    let rest = value;
    for (; rest > INT32_MAX; rest = Math.floor(rest / MORE)) this.byte(list, (rest % MORE) | MORE);
    for (; rest >= MORE; rest >>= 7) this.byte(list, (rest & (MORE - 1)) | MORE);
    this.byte(list, rest);
  }

  /** Adds an integer that may be negative and is below 2^52. */
  putSigned(list: number, value: number): void {
    this.put(list, withoutSign(value));
  }

  /** A copy of the bytes of all numbers of a list so far. */
  written(list: number): Uint8Array {
    const length = this.lengths[list] ?? 0;
    const bytes = new Uint8Array(length);
    let chunk = this.firstChunks[list] ?? 0;
    for (let at = 0; at < length; at += CHUNK_BYTES) {
      const page = this.pages[chunk >> PAGE_BITS];
      const from = (chunk % PAGE_CHUNKS) << CHUNK_BITS;
      if (page !== undefined)
        bytes.set(page.subarray(from, from + Math.min(CHUNK_BYTES, length - at)), at);
      chunk = this.nextChunks[chunk] ?? 0;
    }
    return bytes;
  }

  private byte(list: number, byte: number): void {
    const length = this.lengths[list] ?? 0;
    const at = length % CHUNK_BYTES;
    const chunk = at === 0 ? this.addChunk(list, length) : (this.lastChunks[list] ?? 0);
    const page = this.pages[chunk >> PAGE_BITS];
    if (page !== undefined) page[((chunk % PAGE_CHUNKS) << CHUNK_BITS) + at] = byte;
    this.lengths[list] = length + 1;
  }

  private addChunk(list: number, length: number): number {
    const chunk = this.chunks++;
    if (chunk % PAGE_CHUNKS === 0) this.pages.push(new Uint8Array(PAGE_CHUNKS * CHUNK_BYTES));
    if (chunk >= this.nextChunks.length) this.nextChunks = grown(this.nextChunks);
    if (length === 0) this.firstChunks[list] = chunk;
    else this.nextChunks[this.lastChunks[list] ?? 0] = chunk;
    this.lastChunks[list] = chunk;
    return chunk;
  }
}
