// What reading a trace gives: batches of events, and an account of every line.

import { type CallReturn, type MarkerText, type TwinEvent } from "../domain/events/event.js";
import { type HeaderLine } from "./header/header-line.js";
import { type Seq, type Stamp } from "../domain/values/ids.js";

/** A line that could not be read. */
export interface RejectedLine {
  /** Its number in the file, from 1. */
  readonly line: number;
  /** Why it could not be read, in words. */
  readonly reason: string;
  /** Its first kilobyte. */
  readonly text: string;
}

/** A span in which events were lost. Half-open: from_seq is the last event that is sure. */
export interface Gap {
  /**
   * start: the recording begins in the middle of a life. lost: `[LOST n EVENTS]`. overwritten: the ring buffer of a CPU
   * begins only here.
   */
  readonly kind: "start" | "lost" | "overwritten";
  /** null = of every CPU. */
  readonly cpu: number | null;
  /** The line of the marker, or of the CPU's first line where there is none; null = at the start of all CPUs. */
  readonly line: number | null;
  /** How many events; null = not known. */
  readonly lost: number | null;
  /** The last event that is sure; null = the gap is at the beginning. */
  readonly from_seq: Seq | null;
  /** The event of its marker. */
  readonly to_seq: Seq;
  /** The time of `from_seq`; null = there is none. */
  readonly from: Stamp | null;
  /** The time of its marker. */
  readonly to: Stamp;
}

/** How the lines of a recording add up: total = the sum of the other five. */
export interface LineCounts {
  /** All lines: the sum of the others. */
  total: number;
  /** Header lines, which begin with `#`, and empty ones. */
  header: number;
  /** Lines that became events. */
  events: number;
  /** Lines whose event carries no state for irqtwin. */
  unused: number;
  /** Lines that should be readable and are not. */
  rejected: number;
  /** Markers of lost events. */
  gaps: number;
}

/** One event name of the trace. */
export interface NameCount {
  /** The name of the event, as the trace has it. */
  readonly name: string;
  /** Is it in the probe table, used or not? */
  readonly known: boolean;
  /** Lines that became events. */
  events: number;
  /** Lines that did not. */
  unused: number;
}

/** What is handed over at once: everything that was read since the batch before, or since its part before. */
export interface ReadBatch {
  /** In order of seq; how many is decided by the lines alone, never by the chunks of input. */
  readonly events: readonly TwinEvent[];
  /** Calls that returned; their entries are events of this batch, or of an earlier one. */
  readonly returns: readonly CallReturn[];
  /** Of the markers among the events. */
  readonly texts: readonly MarkerText[];
  /** The lines that were rejected. */
  readonly rejected: readonly RejectedLine[];
  /** The gaps whose markers were read. */
  readonly gaps: readonly Gap[];
  /** The header lines of the capture script. */
  readonly headers: readonly HeaderLine[];
  /** true: the batch goes on with what is handed over next. */
  readonly isOpen: boolean;
}
