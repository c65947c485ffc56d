// The names that a log's older files get beside it: `trace.txt.1`, `trace.txt-20261127.gz`, as logrotate gives them; and their
// bytes, compressed or not.

import { createReadStream, createWriteStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { TwinError } from "../../base/errors.js";
import { makeScratchFolder, removeFolder } from "../store/scratch-folder.js";
import { decompressed, decompressorOf, MAGIC_BYTES_MAX } from "./decompress.js";

/** A file that had the log's name, or is a copy of one that was cut off then. */
export interface RotatedFile {
  /** Its path now. */
  readonly path: string;
  /** What tells it from other files, whatever it is called. */
  readonly id: string;
  /** Bytes, as they are stored. */
  readonly size: number;
  /** Does its name say that it is compressed? */
  readonly isPacked: boolean;
}

/** An older file whose bytes can be read at any place. */
export interface OpenedFile {
  /** The path of the file, or of a temporary one with the bytes that were compressed. */
  readonly path: string;
  /** What tells the file at that path from others. */
  readonly id: string;
  /** Bytes of the file at that path. */
  readonly size: number;
  /** Removes a temporary file. */
  readonly close: () => void;
}

interface Dated extends RotatedFile {
  /** When it was written last. */
  readonly written: bigint;
}

/** A number, and no date, behind the name. */
const NUMBER = /\.(\d{1,4})$/;
/** How the names of compressed files end: those that can be read, and those that cannot. */
const PACKED = /\.(?:gz|xz|zst|bz2|lz4)$/;
/** What is behind the log's name, without the end of a compressed file's. */
const SUFFIX = /^[.-]\d[\d.-]*$/;

/** What tells a file from all others while it is there. */
export function idOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

/** The older files of a log, oldest first. While one is being compressed, it stands there as it was. */
export async function rotatedOf(path: string): Promise<readonly RotatedFile[]> {
  const name = basename(path);
  const folder = dirname(path);
  const names = await readdir(folder).catch((): string[] => []);
  const older = names.filter((each) => {
    const plain = each.replace(PACKED, "");
    const isOwn = plain.startsWith(name) && SUFFIX.test(plain.slice(name.length));
    return isOwn && (plain === each || !names.includes(plain));
  });
  const found: Dated[] = [];
  for (const each of older) {
    const at = join(folder, each);
    // It may be renamed once more meanwhile, and stands in the next list then.
    const is = await stat(at, { bigint: true }).catch(() => null);
    if (is?.isFile() === true)
      found.push({
        ...{ path: at, id: idOf(is), size: Number(is.size), written: is.mtimeNs },
        isPacked: PACKED.test(each),
      });
  }
  return found.sort(byAge);
}

/**
 * Opens an older file; null = it has another name by now. Throws ERR_INPUT_DAMAGED and ERR_INPUT_UNREADABLE where it is
 * compressed and cannot be decompressed.
 */
export async function openRotated(file: RotatedFile): Promise<OpenedFile | null> {
  const handle = await open(file.path).catch(() => null);
  try {
    if (handle === null || idOf(await handle.stat({ bigint: true })) !== file.id) return null;
    if (!file.isPacked) return { ...file, close: () => undefined };
    const head = Buffer.alloc(MAGIC_BYTES_MAX);
    const { bytesRead } = await handle.read(head, 0, MAGIC_BYTES_MAX, 0);
    refuseForeign(file, head.subarray(0, bytesRead));
    return await unpackedCopy(file);
  } finally {
    await handle?.close();
  }
}

function refuseForeign({ path }: RotatedFile, head: Buffer): void {
  if (decompressorOf(head) !== undefined) return;
  throw new TwinError(
    "ERR_INPUT_UNREADABLE",
    `${basename(path)} is not gzip, xz or zstd data: decompress it to read it`,
  );
}

async function unpackedCopy({ path }: RotatedFile): Promise<OpenedFile> {
  const folder = makeScratchFolder();
  const close = (): void => {
    removeFolder(folder);
  };
  try {
    const copy = join(folder, basename(path).replace(PACKED, ""));
    const taken = { bytes: 0, used: null };
    const bytes = decompressed(basename(path), createReadStream(path), taken);
    await pipeline(bytes, createWriteStream(copy));
    const is = await stat(copy, { bigint: true });
    return { path: copy, id: idOf(is), size: Number(is.size), close };
  } catch (error) {
    close();
    throw TwinError.from(error);
  }
}

/** The higher number is the older file, though it may have been written last; dates rise. */
function byAge(a: Dated, b: Dated): number {
  const [one, other] = [numberOf(a.path), numberOf(b.path)];
  if (one !== null && other !== null) return other - one;
  return Number(a.written - b.written) || (a.path < b.path ? -1 : 1);
}

function numberOf(path: string): number | null {
  const [, digits] = NUMBER.exec(path.replace(PACKED, "")) ?? [];
  return digits === undefined ? null : Number(digits);
}
