// Whom an import tells what becomes of its recording, and how: after the commit, and without being harmed by it.

import { type ErrorCode } from "../../base/errors.js";
import { type TwinState } from "../../domain/fold/state.js";

/**
 * Why what was stored of a recording was removed. order: its lines are read anew, in the order of time. sniffed: it is
 * read anew, because later lines tell more of its kernel. known: the timeline holds it already. Else the code of the
 * error with which the import failed.
 */
export type RolledBackWhy = "order" | "sniffed" | "known" | ErrorCode;

/** A part of a recording that is committed. */
export interface CommittedPart {
  /** Its first event; null = it has none. */
  readonly first_seq: number | null;
  /** Its last event; null = it has none. */
  readonly last_seq: number | null;
  /** The folded state after its last event; null = nobody listened when it was folded: it can be read from the file. */
  readonly state: TwinState | null;
}

/** Is told of each thing once it is committed, in order. */
export interface ImportListener {
  /** Is the state of each part asked for? A copy of it costs as much as it holds. */
  isHeard(): boolean;
  /** A recording begins, with this state. */
  began(recording: number, state: TwinState): void;
  /** A part of the recording is committed. */
  committed(recording: number, part: CommittedPart): void;
  /** The recording is complete. */
  completed(recording: number): void;
  /** What was stored of the recording is removed. */
  rolledBack(recording: number, why: RolledBackWhy): void;
}

/**
 * Calls a function of the caller. What it throws is the caller's mistake and none of the import's: it is reported as an
 * uncaught error in a turn of its own, as RxJS reports it.
 */
export function tell(call: () => void): void {
  try {
    call();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
