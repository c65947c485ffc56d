// Cuts a stream into frames. A frame that a chunk's border cuts is the only one that is copied.

import { STREAM_MAGIC, WORD_BYTES } from "./frames.js";

/** Takes the frames, in order. Bytes are valid during the call alone. */
export type FrameSink = (
  type: number,
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
) => void;

/** Cuts bytes into frames. */
export class FrameReader {
  private readonly sink: FrameSink;
  private carry: Buffer | null = null;
  private isBegun = false;
  private isStopped = false;

  /** `sink` gets each frame. */
  constructor(sink: FrameSink) {
    this.sink = sink;
  }

  /** Nothing more is handed on. */
  stop(): void {
    this.isStopped = true;
  }

  /** Takes the next bytes of the stream; whole frames are handed on, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void {
    const { carry } = this;
    if (carry === null) {
      this.keepRest(chunk, this.read(chunk));
      return;
    }
    // As many bytes as the cut frame needs are taken from the chunk.
    const missing = missingOf(carry);
    const taken = Math.min(missing, chunk.length);
    const whole = Buffer.concat([carry, chunk.subarray(0, taken)]);
    this.carry = null;
    const rest = chunk.subarray(taken);
    this.keepRest(whole, this.read(whole));
    if (rest.length > 0) this.feed(rest);
  }

  private read(bytes: Buffer): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    if (!this.isBegun) {
      if (bytes.length < STREAM_MAGIC.length) return 0;
      this.isBegun = true;
      at = STREAM_MAGIC.length;
    }
    while (at + WORD_BYTES <= bytes.length && !this.isStopped) {
      const word = view.getUint32(at, true);
      const start = at + WORD_BYTES;
      const end = start + (word >>> 8);
      if (end > bytes.length) break;
      this.sink(word & 0xff, bytes, view, start, end);
      at = end;
    }
    return at;
  }

  private keepRest(bytes: Buffer, from: number): void {
    if (from < bytes.length) this.carry = Buffer.from(bytes.subarray(from));
  }
}

/** How many bytes a cut frame lacks, or the word in front of it. */
function missingOf(carry: Buffer): number {
  if (carry.length < WORD_BYTES) return WORD_BYTES - carry.length;
  return Math.max(1, WORD_BYTES + (carry.readUInt32LE() >>> 8) - carry.length);
}
