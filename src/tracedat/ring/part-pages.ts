// The pages of one CPU, one after another, out of a file in which they stand as they are or in compressed chunks.

import { type WholeFile } from "../../source/whole-file.js";
import { type Decompressor } from "../file/compression.js";
import { Damage } from "../file/damage.js";
import { readPart } from "../file/part.js";
import { type WholePart } from "./whole-parts.js";

/** Pages that stand as they are are read in windows of so many bytes. */
const WINDOW_BYTES = 64 * 1024;
/** A chunk is ten pages; more than this is damage. */
const CHUNK_BYTES_MAX = 16 * 1024 * 1024;
const CHUNK_HEAD_BYTES = 8;

/** Bytes of one page. */
export interface RawPage {
  /** The bytes; they are valid until the page after the next one is asked for. */
  readonly bytes: Buffer;
  /** Where they stand in the file; where they are compressed, their chunk. */
  readonly offset: number;
  /** Do they stand there as they are? */
  readonly isPlain: boolean;
}

/** How the pages of a buffer stand in a file. */
export interface PagesOf {
  /** The file. */
  readonly file: WholeFile;
  /** Bytes of a page. */
  readonly pageSize: number;
  /** What decompresses their chunks; null = they stand as they are. */
  readonly decompressor: Decompressor | null;
  /** Is told of bytes that cannot be read as pages. */
  readonly onDamage: (damage: Damage) => void;
}

interface Block {
  readonly bytes: Buffer;
  readonly offset: number;
}

/** The pages of a part of the file. What is damaged is left out, and said. */
export function* pagesOf(part: WholePart, of: PagesOf): Generator<RawPage, undefined> {
  if (part.size === 0) return;
  const blocks = of.decompressor === null ? windows(part, of) : chunks(part, of, of.decompressor);
  for (const { bytes, offset } of blocks) {
    const isPlain = of.decompressor === null;
    for (let at = 0; at + of.pageSize <= bytes.length; at += of.pageSize)
      yield {
        bytes: bytes.subarray(at, at + of.pageSize),
        offset: isPlain ? offset + at : offset,
        isPlain,
      };
  }
}

/** Pages as they stand in the file. A last page that is cut is left out. */
function* windows(part: WholePart, { file, pageSize, onDamage }: PagesOf): Generator<Block> {
  const end = part.offset + part.size;
  const step = Math.max(pageSize, WINDOW_BYTES);
  // Whoever reads a page looks at the next one too, so the windows of two neighbours are kept.
  let [own, other] = [0, 1].map(() => Buffer.allocUnsafe(Math.min(step, part.size)));
  for (let at = part.offset; at < end; at += step) {
    const wanted = Math.min(step, end - at);
    const window = (own ?? Buffer.alloc(0)).subarray(0, wanted);
    [own, other] = [other, own];
    const bytes = window.subarray(0, file.read(window, at));
    yield { bytes, offset: at };
    const left = bytes.length % pageSize;
    if (bytes.length < wanted || left !== 0)
      onDamage(new Damage(at + bytes.length - left, `the data of CPU ${part.cpu} is cut there`));
    if (bytes.length < wanted) return;
  }
}

/** Chunks: a count, and each with its size in the file and its size when it is decompressed. */
function* chunks(
  part: WholePart,
  { file, pageSize, onDamage }: PagesOf,
  decompressor: Decompressor,
): Generator<Block> {
  // Some versions of trace-cmd do not count the heads of the chunks in the size of the part.
  const end = part.limit;
  try {
    const count = readPart(file, part.offset, 4, `the chunks of CPU ${part.cpu}`).readUInt32LE();
    let at = part.offset + 4;
    for (let i = 0; i < count; i++) {
      const { packed, whole } = chunkHead(file, at, end, part.cpu);
      const offset = at + CHUNK_HEAD_BYTES;
      at = offset + packed;
      const bytes = attempt(onDamage, () => {
        if (whole % pageSize !== 0)
          throw new Damage(offset, `a chunk of ${whole} bytes is no number of pages`);
        const data = readPart(file, offset, packed, `a chunk of CPU ${part.cpu}`);
        return decompressor(data, whole, offset);
      });
      if (bytes !== null) yield { bytes, offset };
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    onDamage(error);
  }
}

function chunkHead(
  file: WholeFile,
  at: number,
  end: number,
  cpu: number,
): { readonly packed: number; readonly whole: number } {
  const head = readPart(file, at, CHUNK_HEAD_BYTES, `a chunk of CPU ${cpu}`);
  const packed = head.readUInt32LE(0);
  const whole = head.readUInt32LE(4);
  if (whole > CHUNK_BYTES_MAX || at + CHUNK_HEAD_BYTES + packed > end)
    throw new Damage(
      at,
      `a chunk of CPU ${cpu} would have ${packed} bytes, ${whole} when decompressed`,
    );
  return { packed, whole };
}

function attempt(onDamage: (damage: Damage) => void, read: () => Buffer): Buffer | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    onDamage(error);
    return null;
  }
}
