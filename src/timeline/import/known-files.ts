// Which of the older files of a log were read, whatever they are called now: a file keeps its number when it is renamed, and
// a copy of it, compressed or not, has the same bytes before the place up to which it was read.

import { open } from "node:fs/promises";
import { openRotated, rotatedOf, type OpenedFile, type RotatedFile } from "./rotated.js";

/** A place in a file. */
export interface FilePlace {
  /** Bytes before it. */
  readonly position: number;
  /** The last of these bytes. */
  readonly tail: Buffer;
}

/** By so many bytes before a place a file is known again. */
export const TAIL_BYTES = 64;
/** Lines of a header are shorter. */
const LINE_BYTES_MAX = 4096;
const LINE_FEED = 10;
const COMMENT = 0x23;

/** The files that are read, or were there before. */
export class KnownFiles {
  private readonly ids = new Set<string>();
  private readonly places: FilePlace[] = [];

  /** Is it one of them? */
  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** It is one of them from now on. */
  add(id: string): void {
    this.ids.add(id);
  }

  /** A file was read up to a place: copies of it are known too. */
  addRead(id: string, place: FilePlace): void {
    this.ids.add(id);
    if (place.tail.length > 0) this.places.push(place);
  }

  /** A file that is there, and is not read. */
  async addWhole({ id, path, size, isPacked }: RotatedFile): Promise<void> {
    this.add(id);
    if (isPacked) return;
    const tail = await bytesBefore(path, size).catch(() => null);
    if (tail !== null) this.addRead(id, { position: size, tail });
  }

  /** Are these the bytes of one of them? */
  async isCopy({ path }: OpenedFile): Promise<boolean> {
    for (const place of this.places) if (await hasPlace(path, place)) return true;
    return false;
  }

  /** The older file of a log that is a copy of it up to a place, opened; it is known then. null = there is none. */
  async copyOf(log: string, place: FilePlace): Promise<OpenedFile | null> {
    if (place.tail.length === 0) return null;
    for (const file of await rotatedOf(log)) {
      if (this.has(file.id) || (!file.isPacked && file.size < place.position)) continue;
      const opened = await openRotated(file).catch(() => null);
      if (opened === null) continue;
      if (await hasPlace(opened.path, place)) {
        this.addRead(file.id, place);
        return opened;
      }
      opened.close();
    }
    return null;
  }
}

/** Has a file these bytes before a place? Files that have the same header do not tell by it which of them they are. */
async function hasPlace(path: string, { position, tail }: FilePlace): Promise<boolean> {
  const bytes = await bytesBefore(path, position, LINE_BYTES_MAX);
  if (bytes.length < tail.length || !bytes.subarray(-tail.length).equals(tail)) return false;
  return bytes[bytes.lastIndexOf(LINE_FEED, -2) + 1] !== COMMENT;
}

/** The bytes of a file before a place; fewer where the file is shorter. */
async function bytesBefore(path: string, to: number, length = TAIL_BYTES): Promise<Buffer> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(Math.min(to, length));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, to - bytes.length);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
