// Compressed recordings: gzip by Node, xz and zstd through the programs of that name.

import { spawn } from "node:child_process";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { TwinError } from "../../base/errors.js";

const CHUNK_BYTES = 1024 * 1024;

/** So many bytes tell whether an input is compressed. */
export const MAGIC_BYTES_MAX = 5;

/** A container that recordings come in. */
interface Decompressor {
  readonly name: string;
  /** The bytes that it begins with. */
  readonly magic: readonly number[];
}

const DECOMPRESSORS: readonly Decompressor[] = [
  { name: "gzip", magic: [0x1f, 0x8b] },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd] },
];

/** What decompresses an input that begins with these bytes; undefined = it is not compressed. */
export function decompressorOf(head: Uint8Array): Decompressor | undefined {
  return DECOMPRESSORS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
}

/** How many stored bytes an input has given. */
export interface Taken {
  /** Bytes that were read. */
  bytes: number;
  /** Those of them that a decompressor has used; null = it does not tell, or there is none: all of them. */
  used: (() => number) | null;
}

/**
 * The bytes of a source, decompressed if they are compressed; `taken` learns how many of them are used. Throws
 * ERR_INPUT_DAMAGED if that fails.
 */
export async function* decompressed(
  name: string,
  source: AsyncIterable<Buffer>,
  taken: Taken,
): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const head = await headOf(iterator);
  if (head === null) return;
  const found = decompressorOf(head);
  const all = prepend(head, iterator);
  if (found === undefined) {
    yield* all;
    return;
  }
  try {
    yield* found.name === "gzip" ? throughGunzip(all, taken) : throughProgram(found.name, all);
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

/** Enough bytes to tell by, though a pipe may give them one by one; null = the source is empty. */
async function headOf(source: AsyncIterator<Buffer>): Promise<Buffer | null> {
  let head: Buffer | null = null;
  while (head === null || couldBeMagic(head)) {
    const next = await source.next();
    if (next.done === true) break;
    head = head === null ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

/** Is this the beginning of a magic number, and not yet all of it? */
function couldBeMagic(head: Buffer): boolean {
  return DECOMPRESSORS.some(
    ({ magic }) => head.length < magic.length && head.every((byte, i) => magic[i] === byte),
  );
}

async function* prepend(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.();
  }
}

/** An error of the source becomes one of what is read. */
function throughGunzip(source: AsyncIterable<Buffer>, taken: Taken): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  taken.used = () => gunzip.bytesWritten;
  return pipeline(Readable.from(source), gunzip, () => undefined) as AsyncIterable<Buffer>;
}

/** xz and zstd through the programs of that name: Node 20 has neither. */
async function* throughProgram(
  program: string,
  source: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const child = spawn(program, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] });
  const exited = new Promise<string | null>((resolve, reject) => {
    child.on("error", () => {
      reject(
        new TwinError(
          "ERR_INPUT_UNREADABLE",
          `reading ${program} data needs the program ${program}: install it, or decompress the file first`,
        ),
      );
    });
    child.on("close", (code, signal) => {
      resolve(code === 0 ? null : (signal ?? `status ${String(code)}`));
    });
  });
  exited.catch(() => undefined);
  const failed: TwinError[] = [];
  // A program that ends early says so by its status.
  pipeline(Readable.from(source), child.stdin, (error) => {
    if (error instanceof TwinError) failed.push(error);
  });
  let isReadToEnd = false;
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    isReadToEnd = true;
  } finally {
    // A program whose output has ended may still have to exit: only one that is not needed is stopped.
    if (!isReadToEnd) child.kill();
  }
  const failure = await exited;
  for (const error of failed) throw error;
  if (failure !== null) throw new Error(`${program} ended with ${failure}`);
}
