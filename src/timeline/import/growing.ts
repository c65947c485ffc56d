// A file that another program still writes: its bytes as they come, over rotation and truncation.

import { createReadStream, type BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";
import { idOf, rotatedOf, type RotatedFile } from "./rotated.js";

/** How `growing` follows a file. */
export interface GrowingOptions {
  /**
   * Ends the following: what stands in the file then is still given, up to the end of its last whole line. Absent = it
   * ends with its reader.
   */
  readonly signal?: AbortSignal | undefined;
  /** The byte of the file that is there from which on it is read, from 0: where a line begins. Absent = 0. */
  readonly fromByte?: number | undefined;
  /**
   * Tells from which byte on a file is read that was followed before, where a line begins; null = it was not. It is asked for
   * the file, and then for the older files beside it, the newest first: what stands behind that byte in an older one, and
   * the files that had the name after it, are given first. Absent = none is asked, and `fromByte` counts.
   */
  readonly fromByteOf?: ((path: string) => Promise<number | null>) | undefined;
  /** Milliseconds between two looks at a file that does not grow, from 1. Absent = 100. */
  readonly everyMs?: number | undefined;
}

/** What is written to a path between two of its beginnings. */
export interface GrowingPart {
  /**
   * Why it begins: `first` = it is the file that was there; `rotated` = another file has its name now, or had it for a
   * moment and is an older file beside it (`.1`, `-20261127`); `truncated` = the same file begins anew.
   */
  readonly why: "first" | "rotated" | "truncated";
  /** Its bytes, as they come. Read them before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const EVERY_MS = 100;
const CHUNK_BYTES = 1024 * 1024;
/** So many bytes before the place that is read up to are compared when the file has grown again. */
const TAIL_BYTES = 64;
/** A writer may go on with a file that lost its name: it is read until it rests for so many looks. */
const LAST_LOOKS = 10;
const LINE_FEED = 10;
/** What is longer is no line of a trace. */
const LINE_BYTES_MAX = 1024 * 1024;

/** How often older files are listed again, because one was renamed meanwhile. */
const LISTS_MAX = 10;

/** What stands at a path, part by part. Throws ERR_NO_SUCH_FILE and ERR_INPUT_UNREADABLE. */
export async function* partsOf(path: string, options: GrowingOptions): AsyncGenerator<GrowingPart> {
  const older = await rotatedOf(path);
  const { place, fromByte } = await beginOf(path, older, options);
  /** The files that are read, or were there before. */
  const known = new Set(older.slice(0, place).map(({ id }) => id));
  let why: GrowingPart["why"] | null = "first";
  const begun = older[place];
  if (begun !== undefined) {
    if (fromByte < begun.size) yield* oldPart(begun, "first", { ...options, fromByte }, known);
    known.add(begun.id);
    yield* rotatedMeanwhile(path, options, known);
    why = "rotated";
  }
  while (why !== null) {
    const file: GrowingFile =
      why === "first"
        ? await GrowingFile.open(path, options, fromByte)
        : await openAgain(path, options);
    try {
      yield { why, chunks: file.chunks(known) };
      why = file.next;
      known.add(file.id);
      if (why !== null) yield* rotatedMeanwhile(path, options, known);
    } finally {
      await file.close();
    }
  }
}

/** The file that has the name now: the name is away for a moment while files are rotated. */
async function openAgain(path: string, options: GrowingOptions): Promise<GrowingFile> {
  const { signal, everyMs = EVERY_MS } = options;
  for (;;) {
    try {
      return await GrowingFile.open(path, options, 0);
    } catch (error) {
      const isAway = error instanceof TwinError && error.code === "ERR_NO_SUCH_FILE";
      if (!isAway || signal?.aborted === true) throw error;
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Files that had the name while another one was read, and have lost it again. */
async function* rotatedMeanwhile(
  path: string,
  options: GrowingOptions,
  known: Set<string>,
): AsyncGenerator<GrowingPart> {
  for (let failures = 0; failures < LISTS_MAX;) {
    const older = (await rotatedOf(path)).find(({ id }) => !known.has(id));
    if (older === undefined) return;
    yield* oldPart(older, "rotated", { ...options, fromByte: 0 }, known);
    if (!known.has(older.id)) failures++;
  }
}

/** An older file, until it rests; nothing where it was renamed once more meanwhile. */
async function* oldPart(
  older: RotatedFile,
  why: GrowingPart["why"],
  options: GrowingOptions,
  known: Set<string>,
): AsyncGenerator<GrowingPart> {
  const isOld = { ...options, isOld: true };
  const from = options.fromByte ?? 0;
  const file = await GrowingFile.open(older.path, isOld, from).catch(() => null);
  try {
    if (file?.id !== older.id) return;
    known.add(file.id);
    yield { why, chunks: file.chunks(known) };
  } finally {
    await file?.close();
  }
}

/** Where the following begins: at the place of an older file, or behind all of them, which is the file itself. */
async function beginOf(
  path: string,
  older: readonly RotatedFile[],
  { fromByteOf, fromByte = 0 }: GrowingOptions,
): Promise<{ readonly place: number; readonly fromByte: number }> {
  const place = older.length;
  if (fromByteOf === undefined) return { place, fromByte };
  const files = [...older.map((each) => each.path), path];
  for (const [at, file] of [...files.entries()].reverse()) {
    const from = await fromByteOf(file);
    if (from !== null) return { place: at, fromByte: from };
  }
  return { place, fromByte: 0 };
}

/** How one file is followed. */
interface FileOptions extends GrowingOptions {
  /** It has lost its name already: it ends when it rests. Absent = false. */
  readonly isOld?: boolean;
}

/** One file that is followed from its beginning on. */
class GrowingFile {
  /** Why the next part begins; null = there is none. */
  next: "rotated" | "truncated" | null = null;
  private readonly path: string;
  private readonly handle: FileHandle;
  private readonly own: BigIntStats;
  private readonly options: FileOptions;
  private position = 0;
  private tail: Buffer = Buffer.alloc(0);

  private constructor(path: string, handle: FileHandle, own: BigIntStats, options: FileOptions) {
    this.path = path;
    this.handle = handle;
    this.own = own;
    this.options = options;
  }

  static async open(path: string, options: FileOptions, from: number): Promise<GrowingFile> {
    const handle = await open(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    const file = new GrowingFile(path, handle, await handle.stat({ bigint: true }), options);
    await file.skipTo(from);
    return file;
  }

  /** Reads on from a byte of the file. */
  private async skipTo(from: number): Promise<void> {
    const tail = Buffer.alloc(Math.min(from, TAIL_BYTES));
    const { bytesRead } = await this.handle.read(tail, 0, tail.length, from - tail.length);
    this.tail = tail.subarray(0, bytesRead);
    this.position = from;
  }

  /** What tells it from all other files. */
  get id(): string {
    return idOf(this.own);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /**
   * The bytes until the file begins anew, in whole lines, or until the signal ends them: a line that is not whole then is
   * read again when the file is followed once more. `known`: older files that it is none of; a copy of it is added.
   */
  async *chunks(known: Set<string>): AsyncGenerator<Uint8Array> {
    const { signal, everyMs = EVERY_MS } = this.options;
    let rests = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const isEnd = signal?.aborted === true;
      const bytes = await this.read();
      if (bytes !== null) {
        rests = 0;
        const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
        const whole = all.lastIndexOf(LINE_FEED) + 1;
        const end = whole === 0 && all.length > LINE_BYTES_MAX ? all.length : whole;
        if (end > 0) yield all.subarray(0, end);
        rest = all.subarray(end);
        continue;
      }
      this.next = await this.another(rests++);
      if (this.next === "truncated") rest = Buffer.concat([rest, await this.behindCopy(known)]);
      if (this.next !== null && rest.length > 0) yield rest;
      if (this.next !== null || isEnd) return;
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What has come since the last reading; null = nothing. */
  private async read(): Promise<Buffer | null> {
    const { tail } = this;
    const buffer = Buffer.allocUnsafe(tail.length + CHUNK_BYTES);
    // The bytes in front come with the same call, so what they say of the file is so of the others too.
    const { bytesRead } = await this.handle
      .read(buffer, 0, buffer.length, this.position - tail.length)
      .catch((error: unknown) => {
        throw unreadable(this.path, error);
      });
    if (bytesRead <= tail.length || !buffer.subarray(0, tail.length).equals(tail)) return null;
    const bytes = buffer.subarray(tail.length, bytesRead);
    this.position += bytes.length;
    this.tail = Buffer.concat([this.tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    return bytes;
  }

  /** Why a file that gives nothing is over; null = it may grow still. */
  private async another(rests: number): Promise<GrowingFile["next"]> {
    if (await this.isTruncated()) return "truncated";
    if (this.options.isOld === true) return rests < LAST_LOOKS ? null : "rotated";
    const now = await stat(this.path, { bigint: true }).catch(() => null);
    // The name is away for a moment while files are rotated.
    const isSame = now === null || (now.ino === this.own.ino && now.dev === this.own.dev);
    return isSame || rests < LAST_LOOKS ? null : "rotated";
  }

  /** What stands in the copy that was made before the file was truncated, behind what was read. */
  private async behindCopy(known: Set<string>): Promise<Buffer> {
    const { tail, position } = this;
    for (const { path, id, size } of await rotatedOf(this.path)) {
      if (known.has(id) || size < position || position === 0) continue;
      const bytes = await bytesFrom(path, position - tail.length).catch(() => tail);
      if (!bytes.subarray(0, tail.length).equals(tail)) continue;
      known.add(id);
      return bytes.subarray(tail.length);
    }
    return Buffer.alloc(0);
  }

  /** Is the file shorter than what was read, or are its last bytes others? */
  private async isTruncated(): Promise<boolean> {
    const { tail, position, handle } = this;
    const { size } = await handle.stat();
    if (size < position) return true;
    const last = Buffer.alloc(tail.length);
    await handle.read(last, 0, tail.length, position - tail.length);
    return !last.equals(tail);
  }
}

/** All bytes of a file from a place on. */
async function bytesFrom(path: string, from: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: from })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function unreadable(path: string, error: unknown): TwinError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return code === "ENOENT"
    ? new TwinError("ERR_NO_SUCH_FILE", `there is no file ${path}`, { cause: error })
    : new TwinError("ERR_INPUT_UNREADABLE", `${basename(path)} cannot be read: ${reason}`, {
        cause: error,
      });
}
