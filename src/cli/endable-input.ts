// Standard input and pipes, whose end the user can tell: what came in until then is a whole recording.

import { constants, open, statSync } from "node:fs";
import { Socket } from "node:net";
import { type Readable } from "node:stream";
import { promisify } from "node:util";

/** Once its end is told, an input has ended when nothing came for so many milliseconds. */
export const SILENCE_MS = 100;
/** A source that writes on is read for so many milliseconds more. */
export const LAST_MS = 1000;

/** A source that ends by itself, or soon after `end()`. */
export class EndableInput implements AsyncIterable<Uint8Array> {
  /** Was anything read? */
  hasBytes = false;
  private readonly open: () => Promise<Readable>;
  /** When reading ends at the latest; null = the end is not told. */
  private last: number | null = null;
  private onEnd: () => void = () => undefined;

  private constructor(open: () => Promise<Readable>) {
    this.open = open;
  }

  /** The input of that name, if it is one that comes only once; null = a file, or nothing that can be opened. */
  static of(file: string): EndableInput | null {
    if (file === "-") return new EndableInput(() => Promise.resolve(process.stdin));
    return isFifo(file) ? new EndableInput(() => openPipe(file)) : null;
  }

  /** What stands in it already is read, and then it ends. */
  end(): void {
    this.last ??= performance.now() + LAST_MS;
    this.onEnd();
  }

  /** The bytes as they come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const stream = await this.inTime(this.open());
    if (stream === null) return;
    const source = stream.iterator({ destroyOnReturn: false });
    try {
      while (this.last === null || performance.now() < this.last) {
        const result = await this.inTime(source.next() as Promise<IteratorResult<Uint8Array>>);
        if (result === null || result.done === true) return;
        this.hasBytes = true;
        yield result.value;
      }
    } finally {
      stream.destroy();
    }
  }

  /** What comes next; null = the end is told, and nothing comes any more. */
  private inTime<Value>(next: Promise<Value>): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      this.onEnd = () => {
        timer ??= setTimeout(() => {
          resolve(null);
        }, SILENCE_MS);
      };
      if (this.last !== null) this.onEnd();
      next.then(resolve, reject).finally(() => {
        clearTimeout(timer);
      });
    });
  }
}

/** Is it a pipe with a name? */
export function isFifo(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFIFO() === true;
}

/**
 * Opens a pipe, whether it has a writer or not: who waits for one inside of open() cannot be stopped, nor end. A socket can be
 * closed while it waits for bytes.
 */
async function openPipe(file: string): Promise<Readable> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  return new Socket({ fd: await promisify(open)(file, flags), readable: true, writable: false });
}
