// Writes frames into one buffer, which is handed on when it is full.

import { CPU_MASK, FRAME, RECORD_HEAD_BYTES, STREAM_MAGIC, WORD_BYTES } from "./frames.js";
import { type CpuRecords } from "../ring/cpu-records.js";
import { type Stamp } from "../../domain/values/ids.js";

const CHUNK_BYTES = 256 * 1024;
const TWO_32 = 0x1_0000_0000;
const CPU_BITS = 30;
/** Stamps of so many billions are beyond 63 bits, and are refused where they are read. */
const BILLIONS_MAX = 3 * TWO_32;

/** Takes frames; `full` says when to take what was written. */
export class FrameWriter {
  private buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  private view = new DataView(this.buffer.buffer, this.buffer.byteOffset, CHUNK_BYTES);
  private at = 0;

  /** The stream begins. */
  begin(): void {
    this.at += STREAM_MAGIC.copy(this.buffer, 0);
  }

  /** Is there no room for a frame with so many bytes? */
  isFullFor(bytes: number): boolean {
    return this.at + WORD_BYTES + bytes > this.buffer.length;
  }

  /** What was written so far; it is valid until the next frame is written. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.at);
    this.at = 0;
    return taken;
  }

  /** Makes room for a frame that is larger than the whole buffer. The buffer must be empty. */
  growFor(bytes: number): void {
    if (bytes + WORD_BYTES <= this.buffer.length) return;
    this.buffer = Buffer.allocUnsafe(bytes + WORD_BYTES);
    const { buffer, byteOffset, length } = this.buffer;
    this.view = new DataView(buffer, byteOffset, length);
  }

  /** A frame whose bytes are there. */
  frame(type: number, payload: Buffer): void {
    this.word(type, payload.length);
    this.at += payload.copy(this.buffer, this.at);
  }

  /** A record, at the time that it has. */
  record({ cpu, view, start, length }: CpuRecords, { billions, rest }: Stamp): void {
    const { view: own } = this;
    this.word(FRAME.record, RECORD_HEAD_BYTES + length);
    const at = this.at;
    const upper = Math.min(billions, BILLIONS_MAX);
    own.setUint32(at, (((upper / TWO_32) << CPU_BITS) | (cpu & CPU_MASK)) >>> 0, true);
    own.setUint32(at + 4, upper % TWO_32, true);
    own.setUint32(at + 8, rest, true);
    const to = at + RECORD_HEAD_BYTES;
    for (let i = 0; i < length; i += 4)
      own.setUint32(to + i, view.getUint32(start + i, true), true);
    this.at = to + length;
  }

  private word(type: number, length: number): void {
    this.view.setUint32(this.at, ((length << 8) | type) >>> 0, true);
    this.at += WORD_BYTES;
  }
}
