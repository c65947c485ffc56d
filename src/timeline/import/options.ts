// What the caller of an import says, and what he is told while it runs.

import { type AnyText } from "../../domain/values/ids.js";
import { type RulesId } from "../../domain/amd/releases/releases.js";
import type Database from "better-sqlite3";
import { type Batch } from "../../domain/events/event.js";
import { type Steps } from "../../base/steps.js";
import { type Recording } from "../read/recordings.js";
import { type InputNote } from "../read/notes.js";
import { type SourcePart } from "../read/kept-recordings.js";
import { type AnchorOption } from "./anchor.js";
import { type InputOptions } from "./input.js";
import { type ImportListener } from "./listener.js";

/** How a recording is imported. Everything may be left out. */
export interface ImportOptions {
  /** What is stored as the name of the file. Absent = the file's name without its folder; `-` for a stream or bytes. */
  readonly name?: InputOptions["name"];
  /**
   * Stops the import: within about a tenth of a second it throws ERR_ABORTED, and the recording is no longer there. The
   * rows of a large one are removed from the file afterwards, a few at a time (about a second for a million events):
   * until then only who reads the file without irqtwin finds them. Once the last byte is stored it may be too late: then
   * the import succeeds. Absent = only `close()` stops it.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The kernel release of the recorded host, as `uname -r` prints it. Absent = what the trace says; the release is not
   * known where it says nothing. Throws ERR_KERNEL_UNKNOWN for what is no release.
   */
  readonly kernel?: string | undefined;
  /**
   * A rules profile of RULES_IDS, to be used instead of the one of the kernel release. Absent = that of the release, or
   * what the lines tell of it.
   */
  readonly rules?: RulesId | AnyText | undefined;
  /**
   * The number of a complete recording that this one corrects: it stays, and is no longer current. Absent = none.
   * Throws ERR_NO_RECORDING, and ERR_SUPERSEDES if that one is corrected already or nothing would be corrected.
   */
  readonly supersedes?: number | undefined;
  /**
   * Ticks per second of a counter clock, a whole number from 1: its time stamps are converted to nanoseconds. Absent =
   * what the header of the capture script says of the TSC, else they stay ticks. Throws ERR_USAGE where the clock is no
   * counter.
   */
  readonly clockHz?: number | undefined;
  /** A dump of the remapping table, from which its entries are known. Absent = none but those in the trace's header. */
  readonly anchor?: AnchorOption | undefined;
  /**
   * false = the lines of a stream stay in the order in which they come, and nothing of it is kept to be read again: for
   * one that goes on for hours. Absent = lines that are not in the order of time are put in that order. A file is always
   * put in order.
   */
  readonly sort?: boolean | undefined;
  /**
   * true: names of tasks, VMs and hosts, pids and pointers are stored as substitutes, each as the same one everywhere, and
   * texts and names that are not understood as their kind and length, so that the recording can be published. A stream,
   * whose hash is known only at its end, gets substitutes of its own. Absent = they are stored as they are. Throws
   * ERR_REDACT where the timeline holds the same file, or what it supersedes, the other way.
   */
  readonly redact?: boolean | undefined;
  /**
   * With `redact`: 16 bytes or more, from which the substitutes follow, so that they are the same ones in all recordings that
   * are redacted by it, of whatever format, and in other timelines. Keep it: whoever has it can find the originals of pids. Absent = they follow
   * from the file. Throws ERR_USAGE without `redact`, or where it is shorter.
   */
  readonly redactKey?: Uint8Array | undefined;
  /**
   * The recording is a part of a source that goes on: once all of it is read, this says which part, and it is kept with the
   * recording (`part` of its facts) in the transaction that makes it complete: the `part` of a part of `growing`. Absent = it is all of its
   * source.
   */
  readonly part?: (() => SourcePart) | undefined;
  /**
   * What the caller knows of the input and its bytes do not tell: it is kept with the recording, and `info` tells it, such as the
   * `notes` of `joined`, and `lost before` where a part of `growing` says what was lost. Absent = nothing.
   */
  readonly notes?: readonly InputNote[] | undefined;
  /**
   * On how many threads the import works, from 1. 1 = on the caller's alone. Absent or more = a long recording is stored by a
   * second one while the caller's reads on, which takes 20 MB more; on a machine of one CPU only if it is asked for.
   */
  readonly threads?: number | undefined;
  /**
   * Is called after each chunk of input, and at its end. What it throws is reported as an uncaught error, and the import goes on.
   * Absent = nobody is told.
   */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /**
   * Is called with the events of each batch, in order, once they are committed: 4,096 lines or fewer, because what was
   * read before a pause is committed too. The import waits for it. What it throws is reported as an uncaught error. Of
   * a stream that is read anew (Timeline.live) the events come once more, from the recording's first. Absent = nobody
   * is told.
   */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
}

/** What an import asks of those who judge recordings, and whom it tells what becomes of its own. */
export interface ImportJudge {
  /** Do lines of the recording contradict each other? Asked once all its events are stored. */
  readonly isContradicted?:
    ((sqlite: Database.Database, recording: Recording) => Steps<boolean>) | undefined;
  /** Fires when the timeline is closed, with ERR_CLOSED as its reason: the recording is dropped at once. */
  readonly closed?: AbortSignal | undefined;
  /** Does anyone want `onBatch` to be called now? Absent = it is called, if there is one. */
  readonly isHeard?: (() => boolean) | undefined;
  /** Is told what is committed, and what is rolled back. */
  readonly listener?: ImportListener | undefined;
}

/** How far an import is. */
export interface ImportProgress {
  /**
   * Bytes of the input whose lines are read, as they are stored (so compressed, if the file is). Of xz and zstd, which a
   * program decompresses, the bytes that it was given.
   */
  readonly bytes: number;
  /** Bytes of the whole input; null = not known: standard input, a pipe or a stream. */
  readonly size: number | null;
  /** Lines that are read. */
  readonly lines: number;
  /** Events that are read. */
  readonly events: number;
}
