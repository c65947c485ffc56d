// What the questions about a recording take. Everything may be left out, unless it says otherwise.

import { type CheckId } from "./check/check.js";
import { type AnyText, type Seq } from "./domain/values/ids.js";
import { type RulesId } from "./domain/amd/releases/releases.js";
import { type WindowExplanation } from "./check/explain-window.js";
import { type Asked } from "./check/narrowed.js";
import { type Explanation } from "./check/explanation.js";
import { type AtFilter } from "./query/document/document.js";
import { type FirstSubject } from "./query/first/first.js";
import { type SpanOptions } from "./query/subject/span.js";
import { type When } from "./query/subject/when.js";

/** Which moment is asked about. */
export interface WhenOptions {
  /** The moment. Absent = the end. */
  readonly when?: When | undefined;
}

/** What is asked of a recording's state. */
export interface AtOptions extends AtFilter, WhenOptions {}

/** Which two moments are compared. */
export interface DiffOptions extends AtFilter {
  /** The earlier moment. Absent = the start. */
  readonly from?: When | undefined;
  /** The later moment. Absent = the end. */
  readonly to?: When | undefined;
}

/** Which IRTE is asked about, and as of which moment. */
export interface IrteOptions extends WhenOptions {
  /** The IRTE's name, `SSSS:BB:DD.F/INDEX`. Must be given. */
  readonly irte: string;
}

/** How a question is stopped that is answered in turns with all else. */
export interface StopOptions {
  /** Stops it: it throws ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** What a report must tell to count as a pass, and how its reading is stopped. */
export interface ReportOptions extends StopOptions, Pick<Asked, "minDecided"> {}

/** The options of `at`, and how it is stopped. */
export interface AtAsyncOptions extends AtOptions, StopOptions {}

/** The options of `diff`, and how it is stopped. */
export interface DiffAsyncOptions extends DiffOptions, StopOptions {}

/** The options of `irteBits`, and how it is stopped. */
export interface IrteAsyncOptions extends IrteOptions, StopOptions {}

/** Which event is asked about. */
export interface EventOptions {
  /** Its seq. Must be given. */
  readonly seq: Seq;
}

/** How a recording is checked. */
export interface CheckOptions extends Asked {
  /** The rules profile to judge by. Absent = the recording's own, or all that its release allows. */
  readonly rules?: RulesId | AnyText | undefined;
  /** false: the verdicts are not stored, and those of an earlier check stay. Absent = true. */
  readonly store?: boolean | undefined;
  /**
   * true: a recording that is not imported to its end is judged as far as it is stored, and nothing is stored. What its
   * end tells, such as that lines are left out, is not known then. Absent = such a recording is inconclusive.
   */
  readonly unfinished?: boolean | undefined;
}

/** How a check goes on in turns with all else that the process does. */
export interface RestOptions {
  /**
   * After each turn of 20 ms the check rests for so many times as long, so that an import of the same process goes on: 4
   * leaves it four fifths. A whole number from 0. Absent = 0.
   */
  readonly rest?: number | undefined;
  /** Stops the check: it throws ERR_ABORTED within a tenth of a second. Absent = only `close()` stops it. */
  readonly signal?: AbortSignal | undefined;
}

/** How a recording is checked in turns with all else that the process does. */
export interface CheckAsyncOptions extends CheckOptions, RestOptions {}

/** How a recording that grows is checked. */
export interface GrowingCheckOptions extends Asked {
  /** The rules profile to judge by. Absent = the recording's own, or all that its release allows. */
  readonly rules?: RulesId | AnyText | undefined;
}

/** How a finding is explained. */
export interface ExplainOptions {
  /** The rules that it was found by. Absent = the recording's own, or those that its release allows. */
  readonly rules?: RulesId | AnyText | undefined;
}

/** How a finding is explained with lines of the trace. */
export interface QuoteOptions extends ExplainOptions {
  /**
   * The path of the trace file that lines are quoted from. Absent = the file with the recording's SHA-256 where it was
   * imported from, beside the timeline, or in the current folder.
   */
  readonly trace?: string | undefined;
}

/** Which lines of the trace are read. */
export interface TraceLinesOptions {
  /** The line in the middle, from 1. Must be given. */
  readonly line: number;
  /** So many lines before and after it, up to 1000. Absent = 5. */
  readonly around?: number | undefined;
  /** The path of the trace file. Absent = where `explainQuoted` looks for it. */
  readonly trace?: string | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = nothing does. */
  readonly signal?: AbortSignal | undefined;
}

/** Lines of a trace file as they stand there. */
export interface TraceLines {
  /** The lines, first to last; none where the file was not found or ends before. */
  readonly lines: readonly TraceLine[];
  /** The file that they were read from; null = none. */
  readonly file: string | null;
  /** Why no line can be read, in one sentence; null = they can. */
  readonly problem: string | null;
}

/** A line of a trace file. */
export interface TraceLine {
  /** Its number, from 1. */
  readonly line: number;
  /** Its text. */
  readonly text: string;
}

/** What is looked for: tests of one entity, all of which must hold. One of `irte`, `vcpu` and `vm_id` must be given. */
export interface FirstOptions extends FirstSubject, SpanOptions {
  /** Each as `field=value` or `field!=value`. Must be given. */
  readonly tests: readonly string[];
  /** Not together with `tests`. Always absent. */
  readonly only?: undefined;
}

/** Which finding is looked for. */
export interface FirstFindingOptions extends SpanOptions {
  /** Names of `checkIds()`; one of them must name the finding. Must be given. */
  readonly only: readonly (CheckId | AnyText)[];
  /** Not together with `only`. Always absent. */
  readonly tests?: undefined;
}

/** Where a copy of a timeline ends, and where it is made. */
export interface RewindOptions extends WhenOptions {
  /** The file that is made. Must be given. */
  readonly to: string;
  /**
   * true: the new timeline can be published, as of `import` with the same option; all its recordings have substitutes.
   * Absent = it says what this one says.
   */
  readonly redact?: boolean | undefined;
  /**
   * With `redact`: 16 bytes or more, from which the substitutes follow, as of `import`. Absent = they follow
   * from the file. Throws ERR_USAGE without `redact`, or where it is shorter.
   */
  readonly redactKey?: Uint8Array | undefined;
  /** Stops it: it throws ERR_ABORTED within a tenth of a second, and there is no file. Absent = only `close()` stops it. */
  readonly signal?: AbortSignal | undefined;
}

/** A window of fates, as a document and as lines of text. */
export interface ExplainedWindow {
  /** The document of `explain IRTE@SEQ --json`. */
  readonly explanation: WindowExplanation;
  /** The lines that `explain IRTE@SEQ` prints. */
  readonly text: readonly string[];
}

/** A finding with the events that prove it, as a document, as lines of text, and as a mail to a list. */
export interface ExplainedFinding {
  /** The document of `explain --json`. */
  readonly explanation: Explanation;
  /** The lines that `explain` prints. */
  readonly text: readonly string[];
  /** The lines of a whole mail, as `explain --format mail` prints them. */
  readonly mail: readonly string[];
}
