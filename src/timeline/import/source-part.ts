// Which part of a source was given.

import { createHash } from "node:crypto";
import { tailOf } from "../../base/source-tail.js";
import { type SourcePart } from "../read/kept-recordings.js";

/** Counts the bytes of a part as they are given. */
export class PartGiven {
  private readonly from: number;
  private to: number;
  private tail: Buffer;

  /** `tail`: the bytes of the source before the part, TAIL_BYTES or as many as there are. */
  constructor(from: number, tail: Buffer) {
    this.from = from;
    this.to = from;
    this.tail = tail;
  }

  /** The same bytes. */
  async *counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      this.to += chunk.length;
      this.tail = tailOf(this.tail, chunk);
      yield chunk;
    }
  }

  /** Which part was given so far. */
  readonly part = (): SourcePart => ({
    from_byte: this.from,
    to_byte: this.to,
    tail_sha256: createHash("sha256").update(this.tail).digest("hex"),
  });
}
