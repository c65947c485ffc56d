// What a format is: how its recordings are recognised, read, and put in the order of time. A format is a folder that
// implements this, and a line in formats/registry.ts.

import { type Container } from "./whole-file.js";
import { type LineOrder } from "./line-order.js";
import { type ReadBatch } from "./read-batch.js";
import { type ReadOptions, type RecordingReader } from "./reader.js";
import { type FormatName, type SniffOptions, type Sniffed } from "./sniffed.js";

/** Takes all bytes of a recording, because its first ones do not tell by which rules to read it. */
export interface Evidence {
  /** Takes the next bytes. */
  feed(chunk: Buffer): void;
}

/** One of several files that are made one stream. */
export interface JoinStream {
  /** Its path, for messages. */
  readonly path: string;
  /** Its stream, from the beginning. */
  readonly open: () => AsyncIterable<Buffer>;
}

/** A format that recordings come in. */
export interface SourceFormat {
  /** Its name. */
  readonly name: FormatName;
  /** The file that has to be put in order before it can be read; absent = its bytes are read as they stand. */
  readonly container?: Container | undefined;
  /**
   * Makes one stream of those of several files, in the order of their times. Absent = its files are joined line by line.
   * `aheads`: by how much the clock of each but the first is ahead of the first one's, in nanoseconds or ticks; null = the
   * records that files have in common are to tell it. Throws ERR_JOIN where they are not parts of one trace.
   */
  readonly join?:
    | ((
        streams: readonly JoinStream[],
        aheads: readonly bigint[] | null,
      ) => Promise<{
        /** The paths, in the order of their times. */
        readonly files: readonly string[];
        /** How many records that two files have confirm the differences of the clocks; null = enough to know them by. */
        readonly confirmed: number | null;
        /** The stream. */
        readonly chunks: AsyncIterable<Buffer>;
      }>)
    | undefined;
  /** Are these the first bytes of a recording in this format? */
  isOf(head: Buffer): boolean;
  /**
   * Judges a recording by its first bytes; `evidence`: what all of its bytes tell, where that was asked. Throws
   * ERR_INPUT_EMPTY, ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY, ERR_KERNEL_UNKNOWN or ERR_USAGE.
   */
  sniff(head: Buffer, options: SniffOptions, evidence?: Evidence): Sniffed;
  /** Collects what the bytes of a recording tell of its release; null = the first bytes have told all. */
  newEvidence(sniffed: Sniffed): Evidence | null;
  /** Reads a recording that is known to be `sniffed`; `onBatch` gets each batch as it becomes full. */
  newReader(
    sniffed: Sniffed,
    options: ReadOptions,
    onBatch: (batch: ReadBatch) => void,
  ): RecordingReader;
  /** How the lines of a file that begins with these bytes are put in the order of time. */
  lineOrder(head: Buffer): LineOrder;
}
