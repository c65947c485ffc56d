// A file that another program still writes: its bytes as they come, over rotation and truncation.

import { type BigIntStats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";

/** How `growing` follows a file. */
export interface GrowingOptions {
  /**
   * Ends the following: what stands in the file then is still given, up to the end of its last whole line. Absent = it
   * ends with its reader.
   */
  readonly signal?: AbortSignal | undefined;
  /** The byte of the file that is there from which on it is read, from 0: where a line begins. Absent = 0. */
  readonly fromByte?: number | undefined;
  /** Milliseconds between two looks at a file that does not grow, from 1. Absent = 100. */
  readonly everyMs?: number | undefined;
}

/** What is written to a path between two of its beginnings. */
export interface GrowingPart {
  /**
   * Why it begins: `first` = it is the file that was there; `rotated` = another file has its name now; `truncated` = the
   * same file begins anew.
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

/** What stands at a path, part by part. Throws ERR_NO_SUCH_FILE and ERR_INPUT_UNREADABLE. */
export async function* partsOf(path: string, options: GrowingOptions): AsyncGenerator<GrowingPart> {
  let why: GrowingPart["why"] | null = "first";
  while (why !== null) {
    const from = why === "first" ? (options.fromByte ?? 0) : 0;
    const file: GrowingFile = await GrowingFile.open(path, options, from);
    try {
      yield { why, chunks: file.chunks() };
      why = file.next;
    } finally {
      await file.close();
    }
  }
}

/** One file that is followed from its beginning on. */
class GrowingFile {
  /** Why the next part begins; null = there is none. */
  next: "rotated" | "truncated" | null = null;
  private readonly path: string;
  private readonly handle: FileHandle;
  private readonly own: BigIntStats;
  private readonly options: GrowingOptions;
  private position = 0;
  private tail: Buffer = Buffer.alloc(0);

  private constructor(path: string, handle: FileHandle, own: BigIntStats, options: GrowingOptions) {
    this.path = path;
    this.handle = handle;
    this.own = own;
    this.options = options;
  }

  static async open(path: string, options: GrowingOptions, from: number): Promise<GrowingFile> {
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

  close(): Promise<void> {
    return this.handle.close();
  }

  /**
   * The bytes until the file begins anew, in whole lines, or until the signal ends them: a line that is not whole then is
   * read again when the file is followed once more.
   */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const { signal, everyMs = EVERY_MS } = this.options;
    let rests = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const isEnd = signal?.aborted === true;
      const bytes = await this.read();
      if (bytes !== null) {
        rests = 0;
        const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
        const end = all.length > LINE_BYTES_MAX ? all.length : all.lastIndexOf(LINE_FEED) + 1;
        if (end > 0) yield all.subarray(0, end);
        rest = all.subarray(end);
        continue;
      }
      this.next = await this.another(rests++);
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
    const now = await stat(this.path, { bigint: true }).catch(() => null);
    // The name is away for a moment while files are rotated.
    const isSame = now === null || (now.ino === this.own.ino && now.dev === this.own.dev);
    return isSame || rests < LAST_LOOKS ? null : "rotated";
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

function unreadable(path: string, error: unknown): TwinError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = error instanceof Error ? error.message : String(error);
  return code === "ENOENT"
    ? new TwinError("ERR_NO_SUCH_FILE", `there is no file ${path}`, { cause: error })
    : new TwinError("ERR_INPUT_UNREADABLE", `${basename(path)} cannot be read: ${reason}`, {
        cause: error,
      });
}
