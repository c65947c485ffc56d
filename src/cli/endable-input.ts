// Standard input and pipes, whose end the user can tell: what came in until then is a whole recording.

import { constants, open, statSync } from "node:fs";
import { Socket } from "node:net";
import { type Readable } from "node:stream";
import { promisify } from "node:util";

/** Once its end is told, an input has ended when nothing came for so many milliseconds. */
const SILENCE_MS = 100;
/** A source that writes on is read for so many milliseconds more. */
const LAST_MS = 1000;
/** A FIFO that its last writer has closed is over when nobody opened it and wrote for so many milliseconds. */
const REOPEN_MS = 1000;

/** A source that ends by itself, or soon after `end()`. */
export class EndableInput implements AsyncIterable<Uint8Array> {
  /** Was anything read? */
  hasBytes = false;
  private readonly open: () => Promise<Readable>;
  /** Opens it once more, without waiting for a writer; null = it has one writer and ends with him. */
  private readonly openAgain: (() => Promise<Readable>) | null;
  /** When reading ends at the latest; null = the end is not told. */
  private last: number | null = null;
  private onEnd: () => void = () => undefined;

  private constructor(
    open: () => Promise<Readable>,
    openAgain: (() => Promise<Readable>) | null = null,
  ) {
    this.open = open;
    this.openAgain = openAgain;
  }

  /**
   * The input of that name, if it is one that comes only once; null = a file, or nothing that can be opened.
   * `hasWriters`: a FIFO has one writer after the other, and is over when no next one comes. Else it ends with the first.
   */
  static of(file: string, { hasWriters = false } = {}): EndableInput | null {
    if (file === "-") return new EndableInput(() => Promise.resolve(process.stdin));
    const isPipe = statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
    if (!isPipe) return null;
    const again = (): Promise<Readable> =>
      openPipe(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return new EndableInput(() => openPipe(file, constants.O_RDONLY), hasWriters ? again : null);
  }

  /** What stands in it already is read, and then it ends. */
  end(): void {
    this.last ??= performance.now() + LAST_MS;
    this.onEnd();
  }

  /** The bytes as they come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let stream = await this.inTime(this.open());
    let waitMs = Infinity;
    while (stream !== null) {
      let next: Readable | null = null;
      try {
        yield* this.bytesOf(stream, waitMs);
        // The next one is opened before this one is closed, or what a writer has written between would be gone.
        if (this.last === null && stream.readableEnded) next = (await this.openAgain?.()) ?? null;
      } finally {
        stream.destroy();
      }
      stream = next;
      waitMs = REOPEN_MS;
    }
  }

  /** The bytes until the writer closes; the first of them must come within `firstMs` milliseconds. */
  private async *bytesOf(stream: Readable, firstMs: number): AsyncGenerator<Uint8Array> {
    const source = stream.iterator({ destroyOnReturn: false });
    let ms = firstMs;
    while (this.last === null || performance.now() < this.last) {
      const next = source.next() as Promise<IteratorResult<Uint8Array>>;
      const result = await this.inTime(next, ms);
      if (result === null || result.done === true) return;
      this.hasBytes = true;
      ms = Infinity;
      yield result.value;
    }
  }

  /** What comes next; null = nothing did within so many milliseconds, or the end is told and nothing comes any more. */
  private inTime<Value>(next: Promise<Value>, ms = Infinity): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const wait = (silenceMs: number): void => {
        clearTimeout(timer);
        timer = setTimeout(resolve, silenceMs, null);
      };
      let isTold = false;
      this.onEnd = () => {
        if (!isTold) wait(SILENCE_MS);
        isTold = true;
      };
      if (ms !== Infinity) wait(ms);
      if (this.last !== null) this.onEnd();
      next.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }
}

/** Without O_NONBLOCK it waits for a writer. A socket can be closed while it waits for bytes; who reads a file cannot be stopped. */
async function openPipe(file: string, flags: number): Promise<Readable> {
  return new Socket({ fd: await promisify(open)(file, flags), readable: true, writable: false });
}
