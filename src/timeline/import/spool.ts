// Standard input, kept in a file while it is read: what cannot be asked for twice may have to be read again in
// another order.

import { ScratchFile } from "../store/scratch-file.js";

/** Keeps the bytes of an input that comes only once. */
export class Spool {
  private readonly source: AsyncIterator<Buffer>;
  private file: ScratchFile | null;

  /** `source`: the input. */
  constructor(source: AsyncIterable<Buffer>) {
    this.source = source[Symbol.asyncIterator]();
    this.file = openScratch();
  }

  /** The file of all bytes so far; null = there is no room for it. */
  get kept(): ScratchFile | null {
    return this.file;
  }

  /** The bytes as they come. Whoever stops reading can still ask for the rest. */
  async *chunks(): AsyncGenerator<Buffer> {
    for (let next = await this.next(); next !== null; next = await this.next()) yield next;
  }

  /** Reads the rest into the file. */
  async keepRest(): Promise<void> {
    while ((await this.next()) !== null);
  }

  /** Closes the file, and gives up the input. One that waits for bytes ends when they come: no one waits for that. */
  close(): void {
    this.dropFile();
    this.source.return?.().catch(() => undefined);
  }

  private async next(): Promise<Buffer | null> {
    const result = await this.source.next();
    if (result.done === true) return null;
    this.keep(result.value);
    return result.value;
  }

  private keep(bytes: Buffer): void {
    try {
      this.file?.append(bytes);
    } catch {
      // No room for it: the input is read in its own order, and the check says so.
      this.dropFile();
    }
  }

  private dropFile(): void {
    this.file?.close();
    this.file = null;
  }
}

function openScratch(): ScratchFile | null {
  try {
    return ScratchFile.open();
  } catch {
    return null;
  }
}
