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

function zstd(bytes: Buffer, size: number): Uint8Array {
  return decompress(bytes, Buffer.allocUnsafe(size));
}

function zlib(bytes: Buffer, size: number): Uint8Array {
  return inflateSync(bytes, { maxOutputLength: Math.max(size, 1) });
}

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
