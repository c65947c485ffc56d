// The port through which the lines of a file are put in the order of time: its runs are found, and merged line by line.

import { type Stamp } from "../domain/values/ids.js";

/** A part of a file: from its first byte to the byte after its last, and the number of its first line. */
export interface Run {
  /** The place of its first byte. */
  readonly start: number;
  /** The place after its last byte. */
  readonly end: number;
  /** The number of its first line. */
  readonly line: number;
}

/** Finds the runs of a file: parts that are in the order of time by themselves. */
export interface RunFinder {
  /** Takes the next bytes of the file. The chunk is not kept. */
  feed(chunk: Buffer): void;
  /**
   * The file has ended. Its runs, in the order of the file: one, if it is in the order of time or has no runs;
   * null = its order cannot be told.
   */
  end(): readonly Run[] | null;
  /** How many entries the file lacks; 0 = some, null = none that is known of. */
  readonly leftOut: number | null;
}

/** Tells what the lines of a run are, one after another. */
export interface LineScanner {
  /** The time stamp of the last line that was an event's. */
  readonly stamp: Stamp;
  /** The same as it stands in that line. */
  readonly stampText: string;
  /** The CPU of that line. */
  readonly cpu: number;
  /**
   * What the line at [start, end) is: an event's, a `head` that belongs to the event below it, or what belongs to the
   * event above it.
   */
  kindOf(buffer: Buffer, start: number, end: number): "event" | "head" | "below";
}

/** Puts the lines of one file in the order of time. */
export interface LineOrder {
  /** Finds the runs of the file. */
  newFinder(): RunFinder;
  /** Goes through the lines of one run. */
  newScanner(): LineScanner;
  /** The line that says that events of a CPU were lost before the next line; null = the format has none. */
  lossLine(cpu: number): string | null;
}
