// What is known of a recording before its events are read: its format, its clock, its kernel, its rules.

import { type Platform } from "../domain/platform/platform.js";

/**
 * The name of a format that recordings come in. ftrace: also what trace-cmd reports. ftrace dump: a dump of the ring in the
 * kernel's log.
 */
export type FormatName =
  "ftrace" | "ftrace dump" | "trace-cmd report -l" | "perf script" | "bpftrace" | "trace.dat";

/** The text in front of each line of a file, which all lines have in the same form. */
export interface LinePrefix {
  /** The last number that `after` went past, if it counts lines; else null. */
  readonly lineNumber: number | null;
  /** The offset after the text in front of the line at [start, end); -1 where the line begins otherwise. */
  after(buffer: Uint8Array, start: number, end: number): number;
}

/** What the rules of a recording were chosen by. `nearest release`: its own release has none. */
export type RulesFrom =
  "option" | "kernel release" | "nearest release" | "probe format" | "unknown";

/** What the user says of the recording; it goes before what the recording says. */
export interface SniffOptions {
  /** `uname -r` of the recorded host. Absent = what the trace says. */
  readonly kernel?: string | undefined;
  /** The rules to read it by, whatever its release. Absent = those of its release. */
  readonly rules?: string | undefined;
  /** The platforms that it may be of. Default: AMD alone. */
  readonly platforms?: readonly Platform[] | undefined;
}

/** By which rules a recording is read and judged. */
export interface Choice {
  /** Id of the platform whose tables it shows. */
  readonly platform: string;
  /** The rules by which it is read and folded; null where nothing tells, or what tells does not agree. */
  readonly rules: string | null;
  /** The rules by which it may be judged, oldest first; none where its release has no rules. */
  readonly rulesAllowed: readonly string[];
  /** Where `rules` comes from. */
  readonly rulesFrom: RulesFrom;
}

/** This much of a file is looked at before the first event is made. */
export const SNIFF_BYTES = 4 * 1024 * 1024;

/** What is known of a recording before it is read. */
export interface Sniffed extends Choice {
  /** The name of its format. */
  readonly format: FormatName;
  /** uname -r of the recorded host; null where the trace does not say. */
  readonly kernel: string | null;
  /** `ticks`: stamps have no decimal point (x86-tsc, counter, uptime). */
  readonly clockUnit: "ns" | "ticks";
  /** Ticks a second of the TSC, where the capture script says that it is the clock; null = it does not. */
  readonly clockHz: number | null;
  /** Do these bytes show the exchange inside of an IRTE write? */
  readonly seesExchanges: boolean;
  /** Is there an event's line among these bytes? */
  readonly hasLines: boolean;
  /** Does ftrace's header stand at its beginning? */
  readonly hasHeader: boolean;
  /** The text in front of each line that is none of the recording's; null = none. */
  readonly prefix: LinePrefix | null;
  /** Events that the ring buffer overwrote before the trace was read, from the header. */
  readonly overwritten: number;
}
