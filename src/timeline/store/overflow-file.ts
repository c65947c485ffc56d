// Blocks of packs that are too long to stay in memory, in a file without a name.

import { readSync } from "node:fs";
import { BLOCK_BYTES, type Overflow } from "../../domain/values/varint-lists.js";
import { ScratchFile } from "./scratch-file.js";

/** Blocks that are written at a time. */
const PENDING_BLOCKS = 64;

/** Takes blocks of one recording, as long as there is room for temporary files. Close it when done. */
export class OverflowFile implements Overflow {
  private file: ScratchFile | null = null;
  private isClosed = false;
  /** Blocks in the file. */
  private written = 0;
  /** Those behind them. */
  private readonly pending = Buffer.alloc(PENDING_BLOCKS * BLOCK_BYTES);
  private pendingBlocks = 0;

  put(block: Uint8Array): boolean {
    if (this.isClosed || (this.pendingBlocks === PENDING_BLOCKS && !this.write())) return false;
    this.pending.set(block, this.pendingBlocks++ * BLOCK_BYTES);
    return true;
  }

  /** Writes the blocks that are pending. false = there is no room: they stay, and what comes is not taken. */
  private write(): boolean {
    try {
      this.file ??= ScratchFile.open();
      this.file.append(this.pending);
    } catch {
      return false;
    }
    this.written += this.pendingBlocks;
    this.pendingBlocks = 0;
    return true;
  }

  read(place: number, into: Uint8Array): void {
    const ahead = place - this.written;
    if (ahead >= 0 && ahead < this.pendingBlocks && !this.isClosed)
      into.set(this.pending.subarray(ahead * BLOCK_BYTES).subarray(0, into.length));
    else this.readFile(place, into);
  }

  private readFile(place: number, into: Uint8Array): void {
    if (this.file === null) throw new RangeError(`no block ${place}`);
    for (let at = 0; at < into.length;) {
      const from = place * BLOCK_BYTES + at;
      const count = readSync(this.file.fd, into, at, into.length - at, from);
      if (count === 0) throw new RangeError(`no block ${place}`);
      at += count;
    }
  }

  /** Its blocks are gone. */
  close(): void {
    this.isClosed = true;
    this.file?.close();
    this.file = null;
  }
}
