// The names that a log's older files get beside it: `trace.txt.1`, `trace.txt-20261127`, as logrotate gives them.

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file that had the log's name, or is a copy of one that was cut off then. */
export interface RotatedFile {
  /** Its path now. */
  readonly path: string;
  /** What tells it from other files, whatever it is called. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
}

interface Dated extends RotatedFile {
  /** When it was written last. */
  readonly written: bigint;
}

/** A number, and no date, behind the name. */
const NUMBER = /\.(\d{1,4})$/;
/** What is behind the log's name; a compressed file ends in letters, and is none of these. */
const SUFFIX = /^[.-]\d[\d.-]*$/;

/** What tells a file from all others while it is there. */
export function idOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

/** The older files of a log that are not compressed, oldest first. */
export async function rotatedOf(path: string): Promise<readonly RotatedFile[]> {
  const name = basename(path);
  const folder = dirname(path);
  const names = await readdir(folder).catch((): string[] => []);
  const older = names.filter(
    (each) => each.startsWith(name) && SUFFIX.test(each.slice(name.length)),
  );
  const found: Dated[] = [];
  for (const each of older) {
    const at = join(folder, each);
    // It may be renamed once more meanwhile, and stands in the next list then.
    const is = await stat(at, { bigint: true }).catch(() => null);
    if (is?.isFile() === true)
      found.push({ path: at, id: idOf(is), size: Number(is.size), written: is.mtimeNs });
  }
  return found.sort(byAge);
}

/** The higher number is the older file, though it may have been written last; dates rise. */
function byAge(a: Dated, b: Dated): number {
  const [one, other] = [numberOf(a.path), numberOf(b.path)];
  if (one !== null && other !== null) return other - one;
  return Number(a.written - b.written) || (a.path < b.path ? -1 : 1);
}

function numberOf(path: string): number | null {
  const [, digits] = NUMBER.exec(path) ?? [];
  return digits === undefined ? null : Number(digits);
}
