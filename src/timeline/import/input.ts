// Where the bytes of a recording come from: a file, a compressed file, standard input.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, openSync, readSync, closeSync, statSync, type Stats } from "node:fs";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { TwinError } from "../../base/errors.js";

const CHUNK_BYTES = 1024 * 1024;

/** A recording's bytes, decompressed. */
export interface Input {
  /** The file's name without its folder; `-` for standard input. */
  readonly name: string;
  /** SHA-256 of the bytes as they are stored; null until standard input or a pipe has been read. */
  readonly sha256: string | null;
  /** Bytes as they are stored; null for standard input or a pipe. */
  readonly size: number | null;
  /**
   * Decompressed chunks, one at a time: each is valid until the next is asked for. Throws
   * ERR_INPUT_DAMAGED where decompression fails.
   */
  readonly chunks: AsyncIterable<Buffer>;
  /** The same chunks from the beginning; null for standard input or a pipe, which come only once. */
  readonly again: (() => AsyncIterable<Buffer>) | null;
  /** The file, if its bytes are those of the chunks; null = compressed, standard input or a pipe. */
  readonly path: string | null;
  /** The absolute path of the file, compressed or not; null = standard input or a pipe. */
  readonly origin: string | null;
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

/**
 * Opens a file, or standard input for `-`. A pipe, such as a FIFO, a process substitution or `/dev/stdin`, is read once
 * like standard input. Throws ERR_NO_SUCH_FILE or ERR_INPUT_UNREADABLE.
 */
export function openInput(path: string): Input {
  if (path === "-") return readOnce("-", process.stdin);
  const stat = statOf(path);
  if (stat.isFIFO() || stat.isSocket()) return readOnce(basename(path), createReadStream(path));
  const { size } = stat;
  const sha256 = hashFile(path);
  const packed = isCompressed(path);
  const open = (): Opened =>
    fromChunks(
      basename(path),
      sha256,
      size,
      packed ? createReadStream(path, { highWaterMark: CHUNK_BYTES }) : fileChunks(path),
    );
  return {
    ...open(),
    again: () => open().chunks,
    path: packed ? null : path,
    origin: resolve(path),
  };
}

/** Opens a file that is read once: its hash is known when it has been read. */
export function openOnce(path: string): Input {
  return readOnce(basename(path), createReadStream(path, { highWaterMark: CHUNK_BYTES }));
}

function readOnce(name: string, stream: Readable): Input {
  return { ...fromChunks(name, null, null, stream), again: null, path: null, origin: null };
}

/** What every input has, whether it can be opened again or not. */
type Opened = Omit<Input, "again" | "path" | "origin">;

async function* fileChunks(path: string): AsyncGenerator<Buffer> {
  const fd = openSync(path, "r");
  try {
    yield* chunksOf(fd);
  } finally {
    closeSync(fd);
  }
}

/** An open file's bytes in one buffer that is filled again and again: new ones cost as much as reading. */
export async function* chunksOf(fd: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const read = (position: number): number => readSync(fd, buffer, 0, CHUNK_BYTES, position);
  let position = 0;
  for (let n = read(position); n > 0; n = read(position)) {
    position += n;
    // Timers, and whoever follows the import, get their turn.
    await setImmediate();
    yield buffer.subarray(0, n);
  }
}

function fromChunks(
  name: string,
  sha256: string | null,
  size: number | null,
  chunks: AsyncIterable<unknown>,
): Opened {
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
    name,
    sha256,
    size,
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

/** What the path names: a file or a pipe. */
function statOf(path: string): Stats {
  try {
    const stat = statSync(path);
    const refused = (what: string): TwinError =>
      new TwinError("ERR_INPUT_UNREADABLE", `${path} is a ${what}: name a trace file`);
    if (stat.isDirectory()) throw refused("directory");
    if (stat.isCharacterDevice() || stat.isBlockDevice()) throw refused("device");
    return stat;
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
