// Compressed parts of a file of version 7. zstd and zlib are the algorithms that trace-cmd has.

import { inflateSync } from "node:zlib";
import { decompress } from "fzstd";
import { Damage, placeOf } from "./damage.js";

/** Decompresses one part; `size`: how many bytes it has then, as the file says. */
export type Decompressor = (bytes: Buffer, size: number, offset: number) => Buffer;

/** A part of so many bytes is not what trace-cmd makes: its chunks of trace data are of ten pages. */
const PART_BYTES_MAX = 64 * 1024 * 1024;

/** zstd makes at most so much of a byte, but for texts that repeat themselves: far more is damage. */
const RATIO_MAX = 40_000;

/**
 * fzstd fills the buffer that it is given, says not how far, and would make one as large as a damaged frame asks for. So
 * it gets one; what it does not fill is zeros, which are no page and no text.
 */
function zstd(bytes: Buffer, size: number): Uint8Array {
  const said = contentSize(bytes);
  if (said !== null && said !== size)
    throw new Error(`the frame has ${said} bytes and not ${size}`);
  return decompress(bytes, Buffer.alloc(size));
}

/** The size of the content that a frame says (RFC 8878, 3.1.1.1); null = it says none, or there is no frame. */
function contentSize(bytes: Buffer): number | null {
  if (bytes.length < ZSTD_HEAD_BYTES || bytes.readUInt32LE() !== ZSTD_MAGIC) return null;
  const descriptor = bytes[4] ?? 0;
  const isSingle = (descriptor >> 5) & 1;
  const at = 6 - isSingle + (ZSTD_DICTIONARY_BYTES[descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return isSingle === 1 ? (bytes[at] ?? null) : null;
    case 1:
      return bytes.readUInt16LE(at) + 256;
    case 2:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}

function zlib(bytes: Buffer, size: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: Math.max(size, 1) });
}

const ZSTD_MAGIC = 0xfd2fb528;
/** Magic, descriptor, window, dictionary and size of a frame have at most so many bytes; no part is shorter. */
const ZSTD_HEAD_BYTES = 9;
const ZSTD_DICTIONARY_BYTES: readonly number[] = [0, 1, 2, 4];

const ALGORITHMS: ReadonlyMap<string, (bytes: Buffer, size: number) => Uint8Array> = new Map([
  ["zstd", zstd],
  ["zlib", zlib],
]);

/** What decompresses the parts of a file; null = the algorithm of that name is not known. */
export function decompressorOf(name: string): Decompressor | null {
  const algorithm = ALGORITHMS.get(name);
  if (algorithm === undefined) return null;
  return (bytes, size, offset) => {
    if (size > PART_BYTES_MAX || size > bytes.length * RATIO_MAX)
      throw new Damage(offset, `${bytes.length} compressed bytes cannot be ${size} bytes`);
    const part = decompressed(() => algorithm(bytes, size), name, offset);
    if (part.length !== size)
      throw new Damage(offset, `the ${name} data there has ${part.length} bytes and not ${size}`);
    return Buffer.from(part.buffer, part.byteOffset, part.length);
  };
}

function decompressed(run: () => Uint8Array, name: string, offset: number): Uint8Array {
  try {
    return run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Damage(offset, `damaged ${name} data (${reason})`);
  }
}

/** What a message says of a file whose algorithm is not known. */
export function unknownAlgorithm(name: string, offset: number): string {
  const quoted = JSON.stringify(name.slice(0, 40));
  return (
    `the compression ${quoted} at offset ${placeOf(offset)} is neither zstd, zlib nor none: ` +
    "run `trace-cmd convert --compression none -i FILE -o OTHER` and import OTHER"
  );
}
