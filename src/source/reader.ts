// The port through which recordings are read: batches of events, an account of every line, and who is who.

import { type Stamp } from "../domain/values/ids.js";
import { type TableDump } from "./header/irqtbl.js";
import { type LineCounts, type NameCount } from "./read-batch.js";
import { type ChangedRows, type FirstIds } from "./rows.js";
import { type LinePrefix } from "./sniffed.js";

/** A batch is this many events or rejected lines, if nothing else is asked for. */
export const BATCH_ROWS = 4096;

/** What the clock is, as far as it is known before the first line. */
export interface ClockOptions {
  /** Must the stamps be those of a counter clock (true) or seconds (false)? null = as the first line's. */
  readonly isCounter: boolean | null;
  /** Ticks per second: stamps of a counter clock become nanoseconds. Default: they stay ticks. */
  readonly clockHz?: number | undefined;
}

/** How a recording is read. */
export interface ReadOptions extends ClockOptions {
  /** Whose functions call whom, and how a GA tag is read: a profile, or several (domain/platform/read-by.ts); null = not known. */
  readonly rules: string | null;
  /**
   * The text begins with ftrace's header, so it is not cut off at its start. Default: true. Without it a task may be
   * in a function whose entry is not here.
   */
  readonly hasHeader?: boolean | undefined;
  /**
   * The ring buffer was overwritten, as the header says: a CPU may have done more before its first line. Absent =
   * false.
   */
  readonly isOverwritten?: boolean | undefined;
  /** The seq and the row numbers that the reader begins with. */
  readonly first: FirstIds & {
    /** The seq of the first event. */
    readonly seq: number;
  };
  /**
   * Events and rejected lines of a batch. Default: BATCH_ROWS. What the reader hands out does not depend on
   * it, but an import that goes on must cut the batches of the import that died.
   */
  readonly batchRows?: number | undefined;
  /**
   * The numbers that the lines have in the file, one after another, if they are handed over in another order than
   * the file's. Default: 1, 2, 3 and so on.
   */
  readonly lineNumbers?: (() => number) | undefined;
  /** A dump of the table that is imported beside the trace. Default: none. */
  readonly dump?: TableDump | null | undefined;
  /** The text in front of each line. Default: none. */
  readonly prefix?: LinePrefix | null | undefined;
  /**
   * Is called at a line from which the order of the file seems not to be that of time. Absent = nobody is told.
   */
  readonly onDisorder?: (() => void) | undefined;
}

/** What is told of the time stamps of a recording. */
export interface ClockAccount {
  /** Lines whose time is before that of the line above. */
  readonly anomalies: number;
  /** The number of the first of them; null = none. */
  readonly firstAnomaly: number | null;
  /** The time stamp of the first line; null while there is none. */
  readonly first: Stamp | null;
  /** The time stamp of the last line; 0 while there is none. */
  readonly last: Stamp;
}

/** Reads the bytes of one recording. The batches go to the function that it was made with. */
export interface RecordingReader {
  /** How many lines were read, and how many of each sort. */
  readonly counts: LineCounts;
  /** The names of events that stood in the recording. */
  readonly names: {
    /** Every name that stood in it, by name. */
    counts(): readonly NameCount[];
  };
  /** The time stamps of the lines so far. */
  readonly clock: ClockAccount;
  /** Who is new, or better known, since the lists were last emptied. */
  readonly changed: ChangedRows;
  /** What the recording lacks. */
  readonly completeness: {
    /** Does a header, or the capture script, say how many entries there are? */
    readonly isCounted: boolean;
    /** How many tasks print the name; not counted below a header that counts the entries. */
    tasksThatPrint(name: string): number;
  };
  /** How many entries the lines so far lack; 0 = some, null = none that is known of. */
  readonly leftOut: number | null;
  /** Do the lines themselves show that others are missing? */
  readonly isPart: boolean;
  /** How many lines began with a byte order mark, which is no part of them. */
  readonly byteOrderMarks: number;
  /** Takes the next bytes; whole lines are read, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void;
  /** Hands out what was read of a batch that is not full yet. Where batches end does not depend on it. */
  flushPart(): void;
  /** The bytes have ended: what waits is handed out. */
  end(): void;
}
