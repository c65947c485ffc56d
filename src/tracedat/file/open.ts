// Opens a trace.dat: its first bytes, and then all but the trace data.
// Source: trace-cmd.dat.v6.5.txt and trace-cmd.dat.v7.5.txt of trace-cmd.

import { TwinError } from "../../base/errors.js";
import { type WholeFile } from "../../source/whole-file.js";
import { decompressorOf, type Decompressor, unknownAlgorithm } from "./compression.js";
import { type Contents } from "./contents.js";
import { Damage } from "./damage.js";
import { MAGIC } from "./magic.js";
import { readUpTo } from "./part.js";
import { readVersion6 } from "./version6.js";
import { readVersion7 } from "./version7.js";
import { Words } from "./words.js";

/** Magic, version, endianness, size of a long, size of a page, compression, first options. */
const HEAD_BYTES = 256;

/** The smallest page of an architecture that Linux runs on, and the largest sub-buffer that is read. */
const PAGE_BYTES_MIN = 4096;
const PAGE_BYTES_MAX = 1024 * 1024;

/** A file with what decompresses its parts. */
export interface Opened extends Contents {
  /** null = nothing in it is compressed. */
  readonly decompressor: Decompressor | null;
}

/** Reads all but the trace data. Throws ERR_INPUT_DAMAGED or ERR_FORMAT_UNKNOWN. */
export function openTraceDat(file: WholeFile): Opened {
  try {
    return opened(file);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw new TwinError("ERR_INPUT_DAMAGED", `this trace.dat is damaged or cut ${error.message}`, {
      cause: error,
    });
  }
}

function opened(file: WholeFile): Opened {
  const words = new Words(readUpTo(file, 0, HEAD_BYTES), 0);
  words.skip(MAGIC.length, "the magic bytes");
  const version = versionIn(words);
  refuseForeign(words.take(2, "the byte order"), words.offset);
  const pageSize = pageSizeIn(words);
  if (version === 6) {
    const contents = readVersion6(file, {
      version,
      pageSize,
      compression: "none",
      end: words.offset,
    });
    return { ...checked(contents, words.offset), decompressor: null };
  }
  const { offset } = words;
  const compression = words.text("the name of the compression");
  words.text("the version of the compression");
  const decompressor = compression === "none" ? null : decompressorOf(compression);
  if (decompressor === null && compression !== "none")
    throw new TwinError("ERR_FORMAT_UNKNOWN", unknownAlgorithm(compression, offset));
  const first = words.size("the place of the first options");
  const head = { version, pageSize, compression, end: words.offset };
  return { ...checked(readVersion7(file, head, first, decompressor), offset), decompressor };
}

function versionIn(words: Words): number {
  const version = words.text("the version");
  if (version === "6" || version === "7") return Number(version);
  throw new TwinError(
    "ERR_FORMAT_UNKNOWN",
    `this is a trace.dat of version ${JSON.stringify(version.slice(0, 20))}, and 6 and 7 are read: ` +
      "run `trace-cmd report FILE` and import what it prints",
  );
}

function refuseForeign(bytes: Buffer, offset: number): void {
  if (bytes[0] === 1)
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "this is a trace.dat of a big-endian machine, which is not read: run `trace-cmd report FILE` and import what it prints",
    );
  if (bytes[0] !== 0) throw new Damage(offset - 2, `the byte order is ${bytes[0] ?? 0}`);
}

function pageSizeIn(words: Words): number {
  const { offset } = words;
  return pageSizeOf(words.u32("the size of a page"), offset);
}

function pageSizeOf(size: number, offset: number): number {
  if (size < PAGE_BYTES_MIN || size > PAGE_BYTES_MAX || (size & (size - 1)) !== 0)
    throw new Damage(offset, `a page would have ${size} bytes`);
  return size;
}

function checked(contents: Contents, offset: number): Contents {
  for (const { pageSize } of contents.buffers) pageSizeOf(pageSize, offset);
  return contents;
}
