// A file without a name: nothing of it stays behind a process that dies.

import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeScratchFolder, removeFolder } from "./scratch-folder.js";

/** Read at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** Bytes that are kept on the disk for as long as the process needs them. */
export class ScratchFile {
  /** The open file, for reading at any place. */
  readonly fd: number;
  /** How many bytes it has. */
  size = 0;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Makes one in the folder for temporary files. Throws what the file system says. */
  static open(): ScratchFile {
    const folder = makeScratchFolder();
    try {
      return new ScratchFile(openSync(join(folder, "input"), "wx+"));
    } finally {
      removeFolder(folder);
    }
  }

  /** Writes bytes behind those that are there. Throws what the file system says. */
  append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;)
      at += writeSync(this.fd, bytes, at, bytes.length - at, this.size + at);
    this.size += bytes.length;
  }

  /** Its bytes from the beginning, each chunk until the next is asked for. Throws what the file system says. */
  *chunks(): Generator<Buffer> {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, this.size));
    for (let at = 0; at < this.size;) {
      const read = readSync(this.fd, chunk, 0, Math.min(chunk.length, this.size - at), at);
      if (read === 0)
        throw new Error("a file without a name is shorter than what was written to it");
      yield chunk.subarray(0, read);
      at += read;
    }
  }

  /** Its bytes are gone. */
  close(): void {
    closeSync(this.fd);
  }
}
