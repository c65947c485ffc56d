// One file that another program writes: its bytes as they come, until it begins anew or another file gets its name.

import { createReadStream, type BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";
import { TAIL_BYTES, type FilePlace, type KnownFiles } from "./known-files.js";
import { idOf } from "./rotated.js";

const EVERY_MS = 100;
const CHUNK_BYTES = 1024 * 1024;
/** A writer may go on with a file that lost its name: it is read until it rests for so many looks. */
const LAST_LOOKS = 10;
const LINE_FEED = 10;
/** What is longer is no line of a trace. */
const LINE_BYTES_MAX = 1024 * 1024;

/** How one file is followed. */
export interface FileOptions {
  /** Ends the reading at the end of the last whole line. Absent = it ends with its reader. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks. Absent = 100. */
  readonly everyMs?: number | undefined;
  /** It has lost its name already: it ends when it rests. Absent = false. */
  readonly isOld?: boolean;
  /** Nobody writes to it any more: it ends at its end. Absent = false. */
  readonly isWhole?: boolean;
}

/** One file that is followed from its beginning on. */
export class GrowingFile {
  /** Why the next part begins; null = there is none. */
  next: "rotated" | "truncated" | null = null;
  /** It was truncated, and no copy tells what was written to it between the last look and that. */
  lacksEnd = false;
  private readonly path: string;
  private readonly handle: FileHandle;
  private readonly own: BigIntStats;
  private readonly options: FileOptions;
  /** The byte from which on it is read. */
  readonly from: number;
  private position = 0;
  private tail: Buffer = Buffer.alloc(0);
  /** Bytes that were read to see whether there are any; null = none. */
  private ahead: Buffer | null = null;
  /** When it was written last, as far as was seen while nothing stood in it. */
  private written: bigint;

  private constructor(
    path: string,
    handle: FileHandle,
    own: BigIntStats,
    options: FileOptions,
    from: number,
  ) {
    this.from = from;
    this.path = path;
    this.handle = handle;
    this.own = own;
    this.written = own.mtimeNs;
    this.options = options;
  }

  /** Opens a file to be read from a byte on, where a line begins. Throws ERR_NO_SUCH_FILE and ERR_INPUT_UNREADABLE. */
  static async open(path: string, options: FileOptions, from: number): Promise<GrowingFile> {
    const handle = await open(path).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    const own = await handle.stat({ bigint: true });
    const file = new GrowingFile(path, handle, own, options, from);
    file.tail = await file.bytesBefore(TAIL_BYTES);
    file.position = from;
    return file;
  }

  /** Bytes before those that are read: so many, or as many as there are. */
  async bytesBefore(count: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.min(this.from, count));
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, this.from - bytes.length);
    return bytes.subarray(0, bytesRead);
  }

  /** What tells it from all other files. */
  get id(): string {
    return idOf(this.own);
  }

  /** Where it is read up to, by which a copy of it is known. */
  get place(): FilePlace {
    return { position: this.position, tail: this.tail };
  }

  /** Nothing more is read. */
  close(): Promise<void> {
    return this.handle.close();
  }

  /**
   * Waits until something is read of it, or nothing more will be. false = it was written and is empty again: a copy of it may
   * have what was written.
   */
  async begun(): Promise<boolean> {
    const { signal, everyMs = EVERY_MS } = this.options;
    for (let rests = 0; ; rests++) {
      const isEnd = signal?.aborted === true;
      const { written } = this;
      this.written = (await this.handle.stat({ bigint: true })).mtimeNs;
      this.ahead = await this.read();
      if (this.ahead !== null || isEnd || (await this.another(rests)) !== null) return true;
      if (this.written !== written) return false;
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * The bytes until the file begins anew, in whole lines, or until the signal ends them: a line that is not whole then is
   * read again when the file is followed once more. `known`: older files that it is none of; a copy of it is added.
   */
  async *chunks(known: KnownFiles): AsyncGenerator<Uint8Array> {
    const { signal, everyMs = EVERY_MS } = this.options;
    let rests = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const isEnd = signal?.aborted === true;
      const bytes = this.ahead ?? (await this.read());
      this.ahead = null;
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
    if (this.options.isWhole === true) return "rotated";
    if (this.options.isOld === true) return rests < LAST_LOOKS ? null : "rotated";
    const now = await stat(this.path, { bigint: true }).catch(() => null);
    // The name is away for a moment while files are rotated.
    const isSame = now === null || (now.ino === this.own.ino && now.dev === this.own.dev);
    return isSame || rests < LAST_LOOKS ? null : "rotated";
  }

  /** What stands in the copy that was made before the file was truncated, behind what was read. */
  private async behindCopy(known: KnownFiles): Promise<Buffer> {
    const copy = await known.copyOf(this.path, this.place);
    this.lacksEnd = copy === null && this.position > 0;
    if (copy === null) return Buffer.alloc(0);
    try {
      return await bytesFrom(copy.path, this.position);
    } finally {
      copy.close();
    }
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
