// An input once more, in the order of time. Its runs are found in one pass and merged in a second one.

import { closeSync, openSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { formatOf } from "../../formats/registry.js";
import { SNIFF_BYTES } from "../../source/sniffed.js";
import { ScratchFile } from "../store/scratch-file.js";
import { abortable } from "./chunks.js";
import { chunksOf, type Input } from "./input.js";
import { LineNumbers } from "./line-numbers.js";
import { merged } from "./merge.js";

/** An input that is read once more. */
export interface Reread {
  /** The bytes, in the order of time as far as there is one. */
  readonly chunks: AsyncIterable<Buffer>;
  /** If the lines come in another order than the file's: their numbers in the file, and what the file lacks. */
  readonly sorted: {
    /** The number that each line has in the file. */
    readonly numbers: LineNumbers;
    /** How many entries the file lacks; null = none that is known of. */
    readonly leftOut: number | null;
  } | null;
  /** Closes what it is read from. */
  close(): void;
}

/** Reads an input again; `kept`: its bytes, if it comes only once. In the file's order if it has no other. */
export async function inOrder(
  input: Input,
  kept: ScratchFile | null,
  signal?: AbortSignal,
): Promise<Reread> {
  const again = (): AsyncIterable<Buffer> =>
    kept === null ? (input.again?.() ?? nothing()) : abortable(chunksOf(kept.fd), signal);
  const head = await headOf(again());
  const order = formatOf(head).lineOrder(head);
  const finder = order.newFinder();
  for await (const chunk of again()) finder.feed(chunk);
  const runs = finder.end();
  if (runs === null || runs.length < 2)
    return { chunks: again(), sorted: null, close: () => undefined };
  const { fd, close } = await openForRuns(input, kept);
  const numbers = new LineNumbers();
  return {
    chunks: inTurns(merged(fd, runs, numbers, order)),
    sorted: { numbers, leftOut: finder.leftOut },
    close,
  };
}

async function headOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const head: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    head.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= SNIFF_BYTES) break;
  }
  return Buffer.concat(head);
}

/** A file that can be read at any place: the input itself, if it is a plain file. */
async function openForRuns(
  { path, again }: Input,
  kept: ScratchFile | null,
): Promise<{ readonly fd: number; readonly close: () => void }> {
  if (kept !== null) return { fd: kept.fd, close: () => undefined };
  if (path !== null) {
    const fd = openSync(path, "r");
    return {
      fd,
      close: () => {
        closeSync(fd);
      },
    };
  }
  const copy = ScratchFile.open();
  for await (const chunk of again?.() ?? nothing()) copy.append(chunk);
  return {
    fd: copy.fd,
    close: () => {
      copy.close();
    },
  };
}

/** Timers, and whoever follows the import, get their turn between two chunks. */
async function* inTurns(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    await setImmediate();
    yield chunk;
  }
}

async function* nothing(): AsyncGenerator<Buffer> {
  // An input that comes only once and was not kept has nothing to give.
}
