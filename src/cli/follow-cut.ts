// A source that goes on, cut into parts at ends of lines, so that each can be a recording that ends.

import { createHash } from "node:crypto";
import { TwinError } from "../base/errors.js";
import { tailOf } from "../base/source-tail.js";
import { type SourcePart } from "../index.js";
import { repeatable } from "./follow-header.js";

/** What is longer is no line of a trace: it is cut anywhere. */
const LINE_BYTES_MAX = 1024 * 1024;
/** A header that is longer is not repeated whole. */
const HEADER_BYTES_MAX = 1024 * 1024;
const LINE_FEED = 10;
/** What files begin with that hold no lines: gzip, xz, zstd and trace.dat. */
const NO_TEXT = ["1f8b", "fd377a58", "28b52ffd", "17084474"];

/** Where a source is cut, and where it begins. */
export interface CutOptions {
  /** A part that is so old ends at the next end of a line, in milliseconds. */
  readonly everyMs: number;
  /** How many bytes of the source were read before. */
  readonly fromByte: number;
  /** The last of these bytes, TAIL_BYTES at most. */
  readonly tail: Uint8Array;
  /** The lines that stand at the beginning of the source, as far as they were read before. */
  readonly header: string;
}

/** One part. */
export interface CutPart {
  /** The number of its first byte in the source. */
  readonly fromByte: number;
  /** Its bytes, with the header of the source in front of them. Read all of them before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Which part it is, once all of it is read. */
  readonly place: () => SourcePart;
}

/** The SHA-256 of the bytes before the end of a part. */
export function tailHash(tail: Uint8Array): string {
  return createHash("sha256").update(tail).digest("hex");
}

/** The parts of a source. A part begins with its first bytes: while nothing comes, there is none. */
export async function* cutParts(
  chunks: AsyncIterable<Uint8Array>,
  options: CutOptions,
): AsyncGenerator<CutPart> {
  const cut = new Cut(chunks[Symbol.asyncIterator](), options);
  try {
    while (await cut.hasMore()) yield cut.part();
  } finally {
    await cut.close();
  }
}

class Cut {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly everyMs: number;
  /** The bytes that come next, whole lines; null = none were read ahead. */
  private ahead: Buffer | null = null;
  /** The beginning of a line. */
  private rest: Buffer = Buffer.alloc(0);
  private coming: Promise<IteratorResult<Uint8Array>> | null = null;
  private isOver = false;
  private position: number;
  private tail: Uint8Array;
  private header: string;
  private isHeaderWhole: boolean;

  constructor(source: AsyncIterator<Uint8Array>, { everyMs, fromByte, tail, header }: CutOptions) {
    this.source = source;
    this.everyMs = everyMs;
    this.position = fromByte;
    this.tail = tail;
    this.header = header;
    this.isHeaderWhole = fromByte > 0;
  }

  async hasMore(): Promise<boolean> {
    this.ahead ??= await this.next(Infinity);
    return this.ahead !== null;
  }

  part(): CutPart {
    const fromByte = this.position;
    const repeated = fromByte === 0 ? "" : repeatable(this.header);
    return {
      fromByte,
      chunks: this.chunksOf(repeated),
      place: () => ({
        from_byte: fromByte,
        to_byte: this.position,
        tail_sha256: tailHash(this.tail),
      }),
    };
  }

  async close(): Promise<void> {
    // A source that waits for bytes ends by itself: its signal has fired, or its process ends.
    if (this.coming === null) await this.source.return?.();
  }

  private async *chunksOf(repeated: string): AsyncGenerator<Uint8Array> {
    const ends = performance.now() + this.everyMs;
    if (repeated !== "") yield Buffer.from(repeated, "latin1");
    for (;;) {
      const lines = this.ahead ?? (await this.next(ends - performance.now()));
      this.ahead = null;
      if (lines === null) return;
      this.note(lines);
      yield lines;
      if (performance.now() >= ends) return;
    }
  }

  private note(lines: Buffer): void {
    if (!this.isHeaderWhole) this.noteHeader(lines);
    this.position += lines.length;
    this.tail = tailOf(this.tail, lines);
  }

  /** Keeps the lines above the first one that is no comment. */
  private noteHeader(lines: Buffer): void {
    if (this.position === 0) refuseNoText(lines);
    const { length } = this.header;
    const text = lines.subarray(0, HEADER_BYTES_MAX).toString("latin1");
    for (const line of text.split(/(?<=\n)/)) {
      if (!line.startsWith("#") || this.header.length > HEADER_BYTES_MAX) {
        this.isHeaderWhole = true;
        return;
      }
      this.header += line;
    }
    this.isHeaderWhole = this.header.length === length;
  }

  /** The next whole lines; null = the source is over, or nothing came within so many milliseconds. */
  private async next(ms: number): Promise<Buffer | null> {
    const until = performance.now() + ms;
    while (!this.isOver) {
      this.coming ??= this.source.next();
      const result = await within(this.coming, until - performance.now());
      if (result === null) return null;
      this.coming = null;
      if (result.done === true) this.isOver = true;
      const lines = this.linesOf(result.done === true ? null : result.value);
      if (lines.length > 0) return lines;
    }
    return null;
  }

  /** The lines that are whole with these bytes; null = no more come, and a line that is not whole is one. */
  private linesOf(bytes: Uint8Array | null): Buffer {
    const all = Buffer.concat(bytes === null ? [this.rest] : [this.rest, bytes]);
    const whole = all.lastIndexOf(LINE_FEED) + 1;
    const isLine = bytes === null || (whole === 0 && all.length > LINE_BYTES_MAX);
    const end = isLine ? all.length : whole;
    this.rest = all.subarray(end);
    return all.subarray(0, end);
  }
}

function refuseNoText(bytes: Buffer): void {
  const begins = bytes.subarray(0, 4).toString("hex");
  if (!NO_TEXT.some((magic) => begins.startsWith(magic))) return;
  throw new TwinError(
    "ERR_USAGE",
    "--keep cuts a trace between its lines, and this one has none: it is compressed, or a trace.dat",
  );
}

/** What a promise gives within so many milliseconds; null = it has not yet. */
async function within<Value>(promise: Promise<Value>, ms: number): Promise<Value | null> {
  if (ms === Infinity) return promise;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), null);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
