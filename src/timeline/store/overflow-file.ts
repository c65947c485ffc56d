// Blocks of packs that are too long to stay in memory, in a file without a name.

import { readSync } from "node:fs";
import { BLOCK_BYTES, type Overflow } from "../../domain/values/varint-lists.js";
import { ScratchFile } from "./scratch-file.js";

/** Takes blocks of one recording, as long as there is room for temporary files. Close it when done. */
export class OverflowFile implements Overflow {
  private file: ScratchFile | null = null;
  private isClosed = false;

  put(block: Uint8Array): boolean {
    if (this.isClosed) return false;
    try {
      this.file ??= ScratchFile.open();
      this.file.append(Buffer.from(block.buffer, block.byteOffset, block.length));
      return true;
    } catch {
      // No room: what is there stays, and what comes stays in memory.
      return false;
    }
  }

  read(place: number, into: Uint8Array): void {
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
