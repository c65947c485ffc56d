// How a program prints the events of the kernel as lines: what is an event's line, and what stands between them.

import { type FormatName, type LinePrefix } from "../../source/sniffed.js";
import { type Line } from "./line.js";

/** A marker in the text: events of one CPU were lost before the next line. */
export interface LossMarker {
  /** `lost`: `[LOST n EVENTS]`; `overwritten`: the CPU's ring begins only here. */
  readonly kind: "lost" | "overwritten";
  /** The CPU. */
  readonly cpu: number;
  /** How many; null where the kernel does not know. */
  readonly count: number | null;
  /** The marker's own line; without a marker the CPU's first line. */
  readonly line: number;
}

/** A marker as a text has it: some do not say of which CPU events were lost, so they may be of any (null). */
export interface TextMarker extends Omit<LossMarker, "cpu"> {
  /** The CPU; null = the text does not say which. */
  readonly cpu: number | null;
}

/** The text of a line, where the line holds it in another form. */
export interface Unwrapped {
  /** The bytes that it is in. */
  readonly buffer: Buffer;
  /** Where it begins. */
  readonly start: number;
  /** The offset after it. */
  readonly end: number;
}

/**
 * Whose a line is by what stands in front of it. `own`: the recording's. `odd`: it can be none of the recording's, or is
 * damaged. `over`: the recording has ended above it.
 */
export type LineSort = "own" | "odd" | "over";

/** Follows what stands in front of the lines of a text, and tells where a recording ends before its text does. */
export interface FrontWatch {
  /** An event's line was read. */
  noteEntry(): void;
  /** Takes the line that begins at `front`, with its text at [start, end). */
  follow(buffer: Buffer, front: number, start: number, end: number): LineSort;
}

/** The layout of a text. */
export interface TextLayout {
  /** The name of its format. */
  readonly name: FormatName;
  /** Makes what takes an event's line apart. */
  readonly newLine: () => Line;
  /** The text in front of each line of a file that begins so. Absent = what has the same form on all lines. */
  readonly prefixOf?: (head: Buffer) => LinePrefix | null;
  /** Makes what tells where the recording ends before the text does. Absent = it does not. */
  readonly newWatch?: () => FrontWatch;
  /** The text that a line holds in another form. Absent = lines are their own text. */
  readonly unwrap?: (buffer: Buffer, start: number, end: number) => Unwrapped;
  /**
   * The buffers of the CPUs are read in turn, again and again: how many runs a file may have whose lines are put in order.
   * Absent = they are not, and a file has as many runs as a host has CPUs. 0 = lines are never put in another order.
   */
  readonly runsMax?: number;
  /** Is it a header line, a comment or an empty line? */
  readonly isHeader: (buffer: Buffer, start: number, end: number) => boolean;
  /** Does it stand above the event's line to which it belongs? */
  readonly isHeadLine: (buffer: Buffer, start: number, end: number) => boolean;
  /** The marker of lost events that a text is; null = it is none. `line`: the number of its line. */
  readonly lossMarker: (text: string, line: number) => TextMarker | null;
  /**
   * Under which name a line is counted that is neither an event's nor a header's; null = it is no line of this layout.
   * `line` could not take it apart.
   */
  readonly besideName: (buffer: Buffer, start: number, end: number, line: Line) => string | null;
  /** Why the line that `line` could not take apart is none of an event, in words. */
  readonly whyNoLine: (line: Line) => string;
  /** The release of the kernel, as the first bytes of the text say it; null = they do not. */
  readonly releaseIn: (text: string) => string | null;
  /** What stands in the header of a text that is not cut off at its start; null = no header tells that. */
  readonly wholeHeader: RegExp | null;
}
