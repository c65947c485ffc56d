// What the caller of an import says, and what he is told while it runs.

import type Database from "better-sqlite3";
import { type Batch } from "../../domain/events/event.js";
import { type Recording } from "../read/recordings.js";
import { type AnchorOption } from "./anchor.js";

/** How a recording is imported. Everything may be left out. */
export interface ImportOptions {
  /** The kernel release of the recorded host (`uname -r`), if the trace does not say it. */
  readonly kernel?: string | undefined;
  /** A rules profile, to be used instead of the one of the kernel release. */
  readonly rules?: string | undefined;
  /** The recording that this one corrects: it stays, and is no longer current. */
  readonly supersedes?: number | undefined;
  /** Ticks per second of a counter clock: its time stamps are converted to nanoseconds. */
  readonly clockHz?: number | undefined;
  /** A dump of the remapping table, from which its entries are known. */
  readonly anchor?: AnchorOption | undefined;
  /** Is called after each chunk of input. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Is called with each batch, in order, once it is committed. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  /** Does anyone want `onBatch` to be called now? Batches that no one wants are not kept until their commit. */
  readonly isHeard?: (() => boolean) | undefined;
}

/** What an import asks of those who judge recordings. */
export interface ImportJudge {
  /** Do lines of the recording contradict each other? Asked once all its events are stored. */
  readonly isContradicted?:
    ((sqlite: Database.Database, recording: Recording) => boolean) | undefined;
}

/** How far an import is. */
export interface ImportProgress {
  /** Bytes of the input that are read, as they are stored (so compressed, if the file is). */
  readonly bytes: number;
  /** Bytes of the whole input; null for standard input. */
  readonly size: number | null;
  /** Lines and events that are read. */
  readonly lines: number;
  readonly events: number;
}
