// Where the bytes of a recording come from: a file, a compressed file, standard input, a stream, bytes in memory.

import { createHash } from "node:crypto";
import { createReadStream, openSync, readSync, closeSync, statSync, type Stats } from "node:fs";
import { basename, resolve } from "node:path";
import { type Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";
import { inTurns, type Steps } from "../../base/steps.js";
import { abortable } from "./chunks.js";
import { mayHaveColours } from "../../source/escape-filter.js";
import { type Container } from "../../source/whole-file.js";
import { beginsWithHole, containerAt, unpacked, unpackedFile } from "./unpacked.js";
import { decompressed, decompressorOf, MAGIC_BYTES_MAX, type Taken } from "./decompress.js";
import { Meter } from "./meter.js";

const CHUNK_BYTES = 1024 * 1024;

/**
 * What can be imported: the path of a file (`-` is standard input), a stream of bytes, or bytes in memory, which must
 * not change until the import is over. A stream is read once and is destroyed if the import fails.
 */
export type ImportSource = string | Uint8Array | Readable | AsyncIterable<Uint8Array>;

/** How an input is opened. */
export interface InputOptions {
  /** What is stored as the file's name. Absent = the name without its folder; `-` for a stream or bytes. */
  readonly name?: string | undefined;
  /** Stops the reading. Absent = nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/** A recording's bytes, decompressed; those of a text without the colours of a terminal. */
export interface Input {
  /** The file's name without its folder, or the one that the caller gives; `-` for standard input. */
  readonly name: string;
  /** SHA-256 of the bytes as they are stored; null until standard input, a stream or a pipe has been read. */
  readonly sha256: string | null;
  /** Bytes as they are stored; null for standard input, a stream or a pipe. */
  readonly size: number | null;
  /**
   * Decompressed chunks, one at a time: each is valid until the next is asked for. Throws ERR_INPUT_DAMAGED where
   * decompression fails, ERR_INPUT_UNREADABLE if the source fails, ERR_ABORTED if it was stopped.
   */
  readonly chunks: AsyncIterable<Buffer>;
  /** The same chunks from the beginning; null for standard input, a stream or a pipe, which come only once. */
  readonly again: (() => AsyncIterable<Buffer>) | null;
  /** The file, if its bytes are those of the chunks; null = compressed, with colours, or no file. */
  readonly path: string | null;
  /** The absolute path of the file, compressed or not; null = no file. */
  readonly origin: string | null;
  /** Of how many lines colours were taken out; 0 until all of it has been read once. */
  readonly colouredLines: () => number;
  /** The SHA-256 of what has been read. */
  hash(): string;
  /** The stored bytes that so many decompressed bytes from the beginning were made from. */
  storedAt(used: number): number;
  /** Gives the source up before its end: a stream is destroyed. */
  close(): void;
}

/** Opens what is to be imported. Throws ERR_NO_SUCH_FILE, ERR_INPUT_UNREADABLE, ERR_USAGE or ERR_ABORTED. */
export async function openSource(source: ImportSource, options: InputOptions = {}): Promise<Input> {
  const { name = "-" } = options;
  if (typeof source === "string") return openInput(source, options);
  if (source instanceof Uint8Array) return openBytes(source, name, options);
  if (Symbol.asyncIterator in Object(source)) return readOnce(name, source, options);
  throw new TwinError(
    "ERR_USAGE",
    "this cannot be imported: give the path of a file, a stream of bytes, or a Uint8Array",
  );
}

/**
 * Opens a file, or standard input for `-`. A pipe, such as a FIFO, a process substitution or `/dev/stdin`, is read once
 * like standard input. Throws ERR_NO_SUCH_FILE, ERR_INPUT_UNREADABLE or ERR_ABORTED.
 */
export async function openInput(path: string, options: InputOptions = {}): Promise<Input> {
  if (path === "-") return readOnce(options.name ?? "-", process.stdin, options);
  const stat = statOf(path);
  const name = options.name ?? basename(path);
  if (stat.isFIFO() || stat.isSocket()) return readOnce(name, createReadStream(path), options);
  const { size } = stat;
  const { sha256, isPlain } = await inTurns(hashing(path), options.signal);
  const packed = isCompressed(path);
  const container = packed ? undefined : containerOf(path);
  if (container !== undefined)
    return openContainer({ name, sha256, size }, path, container, options);
  const of = { name, sha256, size, meter: new Meter(), colours: { lines: 0 } };
  const open = (): Opened => fromChunks(of, bytesOf(path, packed), options);
  return {
    ...open(),
    again: () => open().chunks,
    path: packed || !isPlain ? null : path,
    origin: resolve(path),
  };
}

/** A file's bytes in order. What is decompressed on another thread has to stay as it is: it gets buffers of its own. */
function bytesOf(path: string, packed = isCompressed(path)): AsyncIterable<unknown> {
  return packed ? createReadStream(path, { highWaterMark: CHUNK_BYTES }) : fileChunks(path);
}

/** A file whose bytes have to be put in order: it is read at any place, as often as it is asked for. */
function openContainer(
  of: { readonly name: string; readonly sha256: string; readonly size: number },
  path: string,
  container: Container,
  { signal }: InputOptions,
): Input {
  const meter = new Meter();
  const again = (): AsyncIterable<Buffer> => {
    const taken: Taken = { bytes: 0, used: null };
    const note = (read: number): void => {
      taken.bytes = Math.min(of.size, taken.bytes + read);
    };
    const bytes = unpackedFile(path, container, of.size, note);
    return abortable(metered(bytes, meter, taken), signal);
  };
  return {
    ...of,
    chunks: again(),
    again,
    path: null,
    origin: resolve(path),
    colouredLines: () => 0,
    hash: () => of.sha256,
    storedAt: (used) => meter.storedAt(used),
    close: () => undefined,
  };
}

function containerOf(path: string): Container | undefined {
  const fd = openSync(path, "r");
  try {
    return containerAt(fd);
  } finally {
    closeSync(fd);
  }
}

/** Opens a file that is read once: its hash is known when it has been read. */
export function openOnce(path: string): Input {
  return readOnce(basename(path), bytesOf(path), {});
}

function openBytes(source: Uint8Array, name: string, options: InputOptions): Input {
  const bytes = bufferOf(source);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const of = { name, sha256, size: bytes.length, meter: new Meter(), colours: { lines: 0 } };
  const open = (): Opened => fromChunks(of, oneChunk(bytes), options);
  return { ...open(), again: () => open().chunks, path: null, origin: null };
}

// eslint-disable-next-line @typescript-eslint/require-await -- bytes in memory are read like any other source, which is asynchronous.
async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function readOnce(name: string, source: AsyncIterable<unknown>, options: InputOptions): Input {
  const of = { name, sha256: null, size: null, meter: new Meter(), colours: { lines: 0 } };
  return { ...fromChunks(of, source, options), again: null, path: null, origin: null };
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
  {
    meter,
    colours,
    ...of
  }: Pick<Input, "name" | "sha256" | "size"> & {
    readonly meter: Meter;
    /** Each reading of all the bytes finds the same. */
    readonly colours: { lines: number };
  },
  chunks: AsyncIterable<unknown>,
  { signal }: InputOptions,
): Opened {
  const hash = createHash("sha256");
  const taken: Taken = { bytes: 0, used: null };
  const note = (chunk: Buffer): void => {
    taken.bytes += chunk.length;
    if (of.sha256 === null) hash.update(chunk);
  };
  const onColours = (lines: number): void => {
    colours.lines = lines;
  };
  const bytes = decompressed(of.name, noted(of.name, chunks, note), taken);
  return {
    ...of,
    chunks: abortable(metered(unpacked(bytes, onColours), meter, taken), signal),
    colouredLines: () => colours.lines,
    hash: () => of.sha256 ?? hash.digest("hex"),
    storedAt: (used) => meter.storedAt(used),
    close: () => {
      giveUp(chunks);
    },
  };
}

/** Destroys a stream that is not read to its end. A path and bytes in memory stay what they are. */
export function giveUp(source: ImportSource | AsyncIterable<unknown>): void {
  if (typeof source === "object") (source as Partial<Readable> | null)?.destroy?.();
}

/** The same chunks; the meter is told how far the stored bytes are used with each. */
async function* metered(
  chunks: AsyncIterable<Buffer>,
  meter: Meter,
  taken: Taken,
): AsyncGenerator<Buffer> {
  meter.begin();
  for await (const chunk of chunks) {
    meter.note(chunk.length, taken.used?.() ?? taken.bytes);
    yield chunk;
  }
  meter.note(0, taken.bytes);
}

/** The chunks of a source as buffers; `note` is told of each. Throws ERR_INPUT_UNREADABLE or ERR_USAGE. */
async function* noted(
  name: string,
  chunks: AsyncIterable<unknown>,
  note: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of chunks) {
      if (!(chunk instanceof Uint8Array)) throw noBytes(name, chunk);
      if (chunk.length === 0) continue;
      const bytes = bufferOf(chunk);
      note(bytes);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof TwinError ? error : unreadable(name, error);
  }
}

function noBytes(name: string, chunk: unknown): TwinError {
  return new TwinError(
    "ERR_USAGE",
    `${name} gives a ${typeof chunk} where bytes are expected: let the stream give Buffers (no setEncoding)`,
  );
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

/** The SHA-256 of a file, and whether its text is read as it stands. Throws ERR_INPUT_UNREADABLE. */
function* hashing(path: string): Steps<{ readonly sha256: string; readonly isPlain: boolean }> {
  const hash = createHash("sha256");
  let isPlain: boolean | null = null;
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    for (let n = readSync(fd, buffer); n > 0; n = readSync(fd, buffer)) {
      const bytes = buffer.subarray(0, n);
      hash.update(bytes);
      isPlain ??= !beginsWithHole(bytes);
      isPlain &&= !mayHaveColours(bytes);
      yield;
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    closeSync(fd);
  }
  return { sha256: hash.digest("hex"), isPlain: isPlain ?? true };
}
