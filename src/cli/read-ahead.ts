// A source that is read though nobody takes what it gives: a pipe whose writer must not wait, or loses what it cannot write.

/** So many bytes are read ahead; then the source waits. */
const BYTES_MAX = 64 * 1024 * 1024;

/** What a source gives, read as it comes, and at most `bytesMax` bytes ahead of its reader. */
export async function* readAhead(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number = BYTES_MAX,
): AsyncGenerator<Uint8Array> {
  const ahead = new Ahead(bytesMax);
  const pumped = ahead.pump(source);
  // What it throws is thrown where its end is taken.
  pumped.catch(() => undefined);
  try {
    for (;;) {
      const chunk = await ahead.take();
      if (chunk === null) break;
      yield chunk;
    }
  } finally {
    ahead.close();
  }
  await pumped;
}

class Ahead {
  private readonly bytesMax: number;
  private readonly chunks: Uint8Array[] = [];
  private bytes = 0;
  private isOver = false;
  private isClosed = false;
  private changes: Promise<void> | null = null;
  private wake: () => void = () => undefined;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Reads the source to its end. */
  async pump(source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        this.chunks.push(chunk);
        this.bytes += chunk.length;
        this.change();
        while (this.bytes > this.bytesMax && !this.isClosed) await this.changed();
        if (this.isClosed) return;
      }
    } finally {
      this.isOver = true;
      this.change();
    }
  }

  /** The next bytes; null = the source is over. */
  async take(): Promise<Uint8Array | null> {
    while (this.chunks.length === 0 && !this.isOver) await this.changed();
    const chunk = this.chunks.shift() ?? null;
    this.bytes -= chunk?.length ?? 0;
    this.change();
    return chunk;
  }

  /** Nothing is taken any more. */
  close(): void {
    this.isClosed = true;
    this.change();
  }

  /** Either side waits for the other one, and looks again at each change. */
  private changed(): Promise<void> {
    this.changes ??= new Promise((resolve) => (this.wake = resolve));
    return this.changes;
  }

  private change(): void {
    this.changes = null;
    this.wake();
  }
}
