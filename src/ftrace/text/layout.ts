// How a program prints the events of the kernel as lines: what is an event's line, and what stands between them.

import { type FormatName } from "../../source/sniffed.js";
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

/** The layout of a text. */
export interface TextLayout {
  /** The name of its format. */
  readonly name: FormatName;
  /** Makes what takes an event's line apart. */
  readonly newLine: () => Line;
  /** Is it a header line, a comment or an empty line? */
  readonly isHeader: (buffer: Buffer, start: number, end: number) => boolean;
  /** Does it stand above the event's line to which it belongs? */
  readonly isHeadLine: (buffer: Buffer, start: number, end: number) => boolean;
  /** The marker of lost events that a text is; null = it is none. `line`: the number of its line. */
  readonly lossMarker: (text: string, line: number) => LossMarker | null;
  /** Under which name a line is counted that is neither an event's nor a header's; null = it is no line of this layout. */
  readonly besideName: (buffer: Buffer, start: number, end: number) => string | null;
  /** Why the line that `line` could not take apart is none of an event, in words. */
  readonly whyNoLine: (line: Line) => string;
  /** The release of the kernel, as the header of the text says it. */
  readonly release: RegExp;
  /** What stands in the header of a text that is not cut off at its start; null = no header tells that. */
  readonly wholeHeader: RegExp | null;
}
