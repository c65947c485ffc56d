// Files whose bytes have to be put in order before they can be read, such as trace.dat: they are read at any place. What
// comes only once, or compressed, is kept in a temporary file first.

import { closeSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { TwinError } from "../../base/errors.js";
import { CONTAINERS } from "../../formats/registry.js";
import { withoutColours } from "../../source/escape-filter.js";
import { type Container, type WholeFile } from "../../source/whole-file.js";
import { ScratchFile } from "../store/scratch-file.js";

const MAGIC_BYTES = Math.max(...CONTAINERS.map(({ magicBytes }) => magicBytes));

/** What puts an open file in order; undefined = its bytes are read as they stand. */
export function containerAt(fd: number): Container | undefined {
  const head = Buffer.alloc(MAGIC_BYTES);
  return containerOf(head.subarray(0, readSync(fd, head, 0, MAGIC_BYTES, 0)));
}

function containerOf(head: Buffer): Container | undefined {
  return CONTAINERS.find((container) => container.isOf(head));
}

/** The stream of a file; `note` is told how many bytes of it were read. */
export async function* unpackedFile(
  path: string,
  container: Container,
  size: number,
  note: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const fd = openSync(path, "r");
  try {
    yield* inTurns(container.unpack(fileOf(fd, size, note)));
  } finally {
    closeSync(fd);
  }
}

/**
 * The bytes of a source as they are read: the stream of a file that has to be put in order, the text of anything else
 * without the colours of a terminal and the hole that it may begin with. `onColours` is told at its end of how many lines these were taken out.
 */
export async function* unpacked(
  source: AsyncIterable<Buffer>,
  onColours: (lines: number) => void,
): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const head = await headOf(iterator);
    const container = head === null ? undefined : containerOf(head);
    if (head !== null && container !== undefined) yield* spooled(head, iterator, container);
    else if (head !== null) yield* withoutColours(begunWith(head, iterator), onColours);
  } finally {
    await iterator.return?.();
  }
}

async function* begunWith(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* spooled(
  head: Buffer,
  rest: AsyncIterator<Buffer>,
  container: Container,
): AsyncGenerator<Buffer> {
  const file = kept(() => ScratchFile.open());
  try {
    kept(() => {
      file.append(head);
    });
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      const { value } = next;
      kept(() => {
        file.append(value);
      });
    }
    yield* inTurns(container.unpack(fileOf(file.fd, file.size, () => undefined)));
  } finally {
    file.close();
  }
}

function kept<Value>(keep: () => Value): Value {
  try {
    return keep();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TwinError(
      "ERR_INPUT_UNREADABLE",
      `a trace.dat that comes through a pipe or compressed is kept in a temporary file, which failed (${reason}): ` +
        "import the file itself, decompressed, or set TMPDIR to a folder with room",
      { cause: error },
    );
  }
}

/** Enough bytes to tell by, though a pipe may give them one by one; null = the source is empty. */
async function headOf(source: AsyncIterator<Buffer>): Promise<Buffer | null> {
  let head: Buffer | null = null;
  while (head === null || couldBeMagic(head)) {
    const next = await source.next();
    if (next.done === true) break;
    const bytes: Buffer = head === null ? behindHole(next.value) : next.value;
    if (bytes.length > 0) head = head === null ? bytes : Buffer.concat([head, bytes]);
  }
  return head;
}

/** Does a text begin with a hole: its file was cut off under a writer that goes on at its old place? */
export function beginsWithHole(bytes: Uint8Array): boolean {
  return bytes[0] === 0;
}

/** What stands behind the hole that a text begins with. */
function behindHole(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 0) at++;
  return bytes.subarray(at);
}

/** Could more bytes make this the beginning of a file that has to be put in order? */
function couldBeMagic(head: Buffer): boolean {
  return CONTAINERS.some((each) => head.length < each.magicBytes && each.isBegunBy(head));
}

function fileOf(fd: number, size: number, note: (bytes: number) => void): WholeFile {
  return {
    size,
    read: (into, position) => {
      let read = 0;
      while (read < into.length) {
        const bytes = readSync(fd, into, read, into.length - read, position + read);
        if (bytes === 0) break;
        read += bytes;
      }
      note(read);
      return read;
    },
  };
}

/** Timers, and whoever follows the import, get their turn between two chunks. */
async function* inTurns(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    await setImmediate();
    if (chunk.length > 0) yield chunk;
  }
}
