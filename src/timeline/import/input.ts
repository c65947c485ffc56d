// Where the bytes of a recording come from: a file, a compressed file, standard input.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, openSync, readSync, closeSync, statSync } from "node:fs";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { TwinError } from "../../base/errors.js";

const CHUNK_BYTES = 1024 * 1024;

/** A recording's bytes, decompressed. */
export interface Input {
  /** The file's name without its folder; `-` for standard input. */
  readonly name: string;
  /** SHA-256 of the bytes as they are stored; null until standard input has been read. */
  readonly sha256: string | null;
  /** Bytes as they are stored; null for standard input. */
  readonly size: number | null;
  /**
   * Decompressed chunks, one at a time: each is valid until the next is asked for. Throws
   * ERR_INPUT_DAMAGED where decompression fails.
   */
  readonly chunks: AsyncIterable<Buffer>;
  /** The same bytes once more, from the beginning; null for standard input, which comes once. */
  readonly again: (() => Input) | null;
  /** Stored bytes read so far, and the hash of what has been read. */
  progress(): { readonly bytes: number; readonly sha256: () => string };
}

const MAGIC_BYTES_MAX = 5;

/** Magic numbers of the containers. */
const DECOMPRESSORS: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: "gzip", magic: [0x1f, 0x8b] },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd] },
];

/** Opens a file, or standard input for `-`. Throws ERR_NO_SUCH_FILE or ERR_INPUT_UNREADABLE. */
export function openInput(path: string): Input {
  if (path === "-")
    return fromChunks({ name: "-", sha256: null, size: null, again: null }, process.stdin);
  const name = basename(path);
  const size = sizeOf(path);
  const sha256 = hashFile(path);
  const open = (): Input => {
    const chunks = isCompressed(path)
      ? createReadStream(path, { highWaterMark: CHUNK_BYTES })
      : fileChunks(path);
    return fromChunks({ name, sha256, size, again: open }, chunks);
  };
  return open();
}

/** A file's bytes in one buffer that is filled again and again: new ones cost as much as reading. */
async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const fd = openSync(path, "r");
  try {
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) {
      // Timers, and whoever follows the import, get their turn.
      await setImmediate();
      yield buffer.subarray(0, n);
    }
  } finally {
    closeSync(fd);
  }
}

function fromChunks(
  of: Pick<Input, "name" | "sha256" | "size" | "again">,
  chunks: AsyncIterable<unknown>,
): Input {
  const { name, sha256 } = of;
  const hash = createHash("sha256");
  let bytes = 0;
  const source = chunks[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const counted: AsyncIterable<Buffer> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const result = await source.next();
        if (result.done !== true) {
          bytes += result.value.length;
          if (sha256 === null) hash.update(result.value);
        }
        return result;
      },
    }),
  };
  return {
    ...of,
    chunks: decompressed(name, counted),
    progress: () => ({ bytes, sha256: () => sha256 ?? hash.digest("hex") }),
  };
}

async function* decompressed(name: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  const head = first.value;
  const found = decompressorOf(head);
  const all = prepend(head, iterator);
  if (found === undefined) {
    yield* all;
    return;
  }
  try {
    yield* found.name === "gzip"
      ? (Readable.from(all).pipe(createGunzip({ chunkSize: CHUNK_BYTES })) as AsyncIterable<Buffer>)
      : throughProgram(found.name, all);
  } catch (error) {
    if (error instanceof TwinError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TwinError(
      "ERR_INPUT_DAMAGED",
      `${name} is damaged ${found.name} data (${reason}): the timeline is as it was`,
      { cause: error },
    );
  }
}

function decompressorOf(head: Uint8Array): (typeof DECOMPRESSORS)[number] | undefined {
  return DECOMPRESSORS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
}

function isCompressed(path: string): boolean {
  const head = Buffer.alloc(MAGIC_BYTES_MAX);
  const fd = openSync(path, "r");
  try {
    return decompressorOf(head.subarray(0, readSync(fd, head))) !== undefined;
  } finally {
    closeSync(fd);
  }
}

async function* prepend(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** xz and zstd through the programs of that name: Node 20 has neither. */
async function* throughProgram(
  program: string,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] });
  const exited = new Promise<number>((resolve, reject) => {
    child.on("error", () => {
      reject(
        new TwinError(
          "ERR_INPUT_UNREADABLE",
          `reading ${program} data needs the program ${program}: install it, or decompress the file first`,
        ),
      );
    });
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
  child.stdin.on("error", () => undefined);
  Readable.from(source).pipe(child.stdin);
  exited.catch(() => undefined);
  yield* child.stdout as AsyncIterable<Buffer>;
  const code = await exited;
  if (code !== 0) throw new Error(`${program} ended with status ${code}`);
}

function sizeOf(path: string): number {
  try {
    const stat = statSync(path);
    if (stat.isDirectory())
      throw new TwinError("ERR_INPUT_UNREADABLE", `${path} is a directory: name a trace file`);
    return stat.size;
  } catch (error) {
    if (error instanceof TwinError) throw error;
    throw new TwinError(
      "ERR_NO_SUCH_FILE",
      `${path} cannot be opened: ${error instanceof Error ? error.message : ""}`,
      { cause: error },
    );
  }
}

function unreadable(path: string, error: unknown): TwinError {
  const reason = error instanceof Error ? error.message : String(error);
  return new TwinError("ERR_INPUT_UNREADABLE", `${path} cannot be read: ${reason}`, {
    cause: error,
  });
}

function hashFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer))
      hash.update(buffer.subarray(0, n));
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
