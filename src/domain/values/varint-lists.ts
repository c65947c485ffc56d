// Many lists of whole numbers, as VarintWriter writes them, in few pieces of memory. A long recording has tens of
// thousands of such lists, most of them short: with an array for each, the arrays would take more than the numbers.

import { grown } from "./grown.js";
import { withoutSign } from "./varints.js";

const CHUNK_BITS = 5;
/** The bytes of a list stand in chunks of this size, which is not much more than a short list has. */
const CHUNK_BYTES = 1 << CHUNK_BITS;
const PAGE_BITS = 17 - CHUNK_BITS;
/** Chunks that are made at a time: 128 KiB. */
const PAGE_CHUNKS = 1 << PAGE_BITS;
const MORE = 0x80;
/** Lists for which there is room at first. */
const ROOM_FIRST = 64;
const INT32_MAX = 0x7fff_ffff;

/** What is written of a list at a time, where it can be written. A list has no more in memory, and there are thousands. */
export const BLOCK_BYTES = 512;
/** No chunk is free. */
const NONE = 0xffff_ffff;

/** Where blocks of long lists go, so that they take no memory. */
export interface Overflow {
  /** Writes a block behind those that are there. false = it cannot, and takes none from now on. */
  put(block: Uint8Array): boolean;
  /** Reads the block that was put so many blocks after the first. */
  read(place: number, into: Uint8Array): void;
}

/** Lists that only grow. A list is known by its number, from 0. */
export class VarintLists {
  /** How many lists there are. */
  count = 0;
  private readonly overflow: Overflow | null;
  /** The overflow takes no further block. */
  private isFull = false;
  private readonly block = new Uint8Array(BLOCK_BYTES);
  /** How many blocks are written. */
  private blocks = 0;
  /** By written block: the next one of its list. */
  private nextBlocks = new Uint32Array(ROOM_FIRST);
  /** By list: how many of its blocks are written, and the first and the last of them. */
  private writtenBlocks = new Uint32Array(ROOM_FIRST);
  private firstBlocks = new Uint32Array(ROOM_FIRST);
  private lastBlocks = new Uint32Array(ROOM_FIRST);
  private readonly pages: Uint8Array[] = [];
  private chunks = 0;
  /** The first of the chunks that no list has any more; each leads to the next. */
  private freeChunk = NONE;
  /** By chunk: the next one of its list. */
  private nextChunks = new Uint32Array(PAGE_CHUNKS);
  /** By list: how many bytes it has, and the first and the last of its chunks. */
  private lengths = new Uint32Array(ROOM_FIRST);
  private firstChunks = new Uint32Array(ROOM_FIRST);
  private lastChunks = new Uint32Array(ROOM_FIRST);

  /** `overflow`: takes what long lists have but for their ends; null = nothing does. */
  constructor(overflow: Overflow | null = null) {
    this.overflow = overflow;
  }

  /** How many bytes of all lists are in memory. */
  get bytesHeld(): number {
    return this.pages.length * PAGE_CHUNKS * CHUNK_BYTES;
  }

  /** Makes an empty list; its number. */
  make(): number {
    const list = this.count++;
    if (list >= this.lengths.length) {
      this.lengths = grown(this.lengths);
      this.firstChunks = grown(this.firstChunks);
      this.lastChunks = grown(this.lastChunks);
      this.writtenBlocks = grown(this.writtenBlocks);
      this.firstBlocks = grown(this.firstBlocks);
      this.lastBlocks = grown(this.lastBlocks);
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
    const bytes = new Uint8Array(this.lengths[list] ?? 0);
    this.readBlocks(list, bytes);
    this.readChunks(list, this.heldFrom(list), bytes);
    return bytes;
  }

  private readBlocks(list: number, into: Uint8Array): void {
    const end = this.heldFrom(list);
    let block = this.firstBlocks[list] ?? 0;
    for (let at = 0; at < end; at += BLOCK_BYTES) {
      this.overflow?.read(block, into.subarray(at, at + BLOCK_BYTES));
      block = this.nextBlocks[block] ?? 0;
    }
  }

  /** Copies what is in memory of a list, which begins with its byte `from`, up to the end of `into`. */
  private readChunks(list: number, from: number, into: Uint8Array): void {
    let chunk = this.firstChunks[list] ?? 0;
    for (let at = from; at < into.length; at += CHUNK_BYTES) {
      const page = this.pages[chunk >> PAGE_BITS];
      const start = (chunk % PAGE_CHUNKS) << CHUNK_BITS;
      if (page !== undefined)
        into.set(page.subarray(start, start + Math.min(CHUNK_BYTES, into.length - at)), at);
      chunk = this.nextChunks[chunk] ?? 0;
    }
  }

  /** The first byte of a list that is in memory. */
  private heldFrom(list: number): number {
    return (this.writtenBlocks[list] ?? 0) * BLOCK_BYTES;
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
    if (length % BLOCK_BYTES === 0 && length > 0) this.writeBlock(list);
    const chunk = this.takeChunk();
    if (length === this.heldFrom(list)) this.firstChunks[list] = chunk;
    else this.nextChunks[this.lastChunks[list] ?? 0] = chunk;
    this.lastChunks[list] = chunk;
    return chunk;
  }

  private takeChunk(): number {
    const free = this.freeChunk;
    if (free !== NONE) {
      this.freeChunk = this.nextChunks[free] ?? NONE;
      return free;
    }
    const chunk = this.chunks++;
    if (chunk % PAGE_CHUNKS === 0) this.pages.push(new Uint8Array(PAGE_CHUNKS * CHUNK_BYTES));
    if (chunk >= this.nextChunks.length) this.nextChunks = grown(this.nextChunks);
    return chunk;
  }

  /** What is in memory of a list is a block: writes it, and its chunks are free. */
  private writeBlock(list: number): void {
    const { block, overflow } = this;
    if (overflow === null || this.isFull) return;
    this.readChunks(list, 0, block);
    this.isFull = !overflow.put(block);
    if (this.isFull) return;
    const place = this.blocks++;
    if (place >= this.nextBlocks.length) this.nextBlocks = grown(this.nextBlocks);
    if (this.heldFrom(list) === 0) this.firstBlocks[list] = place;
    else this.nextBlocks[this.lastBlocks[list] ?? 0] = place;
    this.lastBlocks[list] = place;
    this.writtenBlocks[list] = (this.writtenBlocks[list] ?? 0) + 1;
    this.nextChunks[this.lastChunks[list] ?? 0] = this.freeChunk;
    this.freeChunk = this.firstChunks[list] ?? NONE;
  }
}
