// A file without a name: nothing of it stays behind a process that dies.

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeScratchFolder, removeFolder } from "./scratch-folder.js";

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

  /** Its bytes are gone. */
  close(): void {
    closeSync(this.fd);
  }
}
