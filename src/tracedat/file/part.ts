// Parts of a file that are read into memory at once, with a limit for each.

import { type WholeFile } from "../../source/whole-file.js";
import { Damage } from "./damage.js";

/** Reads so many bytes at an offset. Throws Damage where the file ends before. */
export function readPart(file: WholeFile, offset: number, size: number, what: string): Buffer {
  if (offset + size > file.size)
    throw new Damage(
      offset,
      `${what} would have ${size} bytes, and the file ends after ${Math.max(0, file.size - offset)}`,
    );
  const bytes = Buffer.allocUnsafe(size);
  const read = file.read(bytes, offset);
  if (read < size) throw new Damage(offset + read, `the file ends within ${what}`);
  return bytes;
}

/** Reads at most so many bytes at an offset: as many as the file has. */
export function readUpTo(file: WholeFile, offset: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(size, file.size - offset)));
  return bytes.subarray(0, file.read(bytes, offset));
}
