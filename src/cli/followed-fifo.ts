// A FIFO that is followed over its writers: one opens it after another, as a shell's loop does for each line.

import { closeSync, constants, openSync, readSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { LAST_MS, SILENCE_MS } from "./endable-input.js";

/** It is over when its last writer has closed it, and no other has opened it for so many milliseconds. */
const REOPEN_MS = 1000;
/** A pipe holds so many bytes, where nobody has made it larger. */
const PIPE_BYTES = 65_536;
/** How long it is left alone where it is empty: longer and longer. A fast writer fills it within some milliseconds. */
const PAUSE_MS_MIN = 1;
const PAUSE_MS_MAX = 16;

/** What reading gives where there are no bytes. */
type Nothing = "no writer" | "no bytes";

/** One FIFO. It is open all the time, or what a writer left in it would be gone with its last reader. */
export class FollowedFifo implements AsyncIterable<Uint8Array> {
  private readonly path: string;
  /** When its end was told; null = it is not. */
  private toldAt: number | null = null;
  private hasBytes = false;
  private bytesAt = 0;
  /** Since when it has no writer; null = it has one, or nothing came yet. */
  private leftAt: number | null = null;

  /** `path`: where it is. */
  constructor(path: string) {
    this.path = path;
  }

  /** What stands in it already is read, and then it ends. */
  end(): void {
    this.toldAt ??= performance.now();
  }

  /** The bytes as they come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    // Nobody waits inside of open() or read() for a writer: who does cannot be stopped. A socket would not be told of the
    // end of a writer that has closed it before the socket was made.
    const fd = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      let pauseMs = PAUSE_MS_MIN;
      while (!this.isOver()) {
        const read = bytesNow(fd);
        this.note(read);
        if (typeof read === "string") {
          await pause(pauseMs);
          pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        } else {
          pauseMs = PAUSE_MS_MIN;
          yield read;
        }
      }
    } finally {
      closeSync(fd);
    }
  }

  private note(read: Buffer | Nothing): void {
    const now = performance.now();
    if (read === "no writer" && this.hasBytes) this.leftAt ??= now;
    else this.leftAt = null;
    if (typeof read === "string") return;
    this.hasBytes = true;
    this.bytesAt = now;
  }

  private isOver(): boolean {
    const { toldAt, bytesAt, leftAt } = this;
    const now = performance.now();
    if (toldAt !== null && now - toldAt >= LAST_MS) return true;
    if (toldAt !== null && now - Math.max(toldAt, bytesAt) >= SILENCE_MS) return true;
    return leftAt !== null && now - leftAt >= REOPEN_MS;
  }
}

/** What stands in it now. */
function bytesNow(fd: number): Buffer | Nothing {
  const buffer = Buffer.allocUnsafe(PIPE_BYTES);
  try {
    const count = readSync(fd, buffer, 0, PIPE_BYTES, null);
    return count === 0 ? "no writer" : buffer.subarray(0, count);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return "no bytes";
    throw error;
  }
}
