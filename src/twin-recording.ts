// One recording of an open timeline: what is known of it, and everything that can be asked of it, with option objects.

import { TwinError } from "./base/errors.js";
import { type Finding } from "./check/describe-finding.js";
import { type Asked } from "./check/narrowed.js";
import { type CheckReport } from "./check/report.js";
import { type AtDocument, type AtFilter } from "./query/document/document.js";
import { type FirstAnswer } from "./query/first/first-event.js";
import { type FirstSubject } from "./query/first/first.js";
import { parseTest, type Test } from "./query/first/predicate.js";
import { type LogEntry, type LogOptions } from "./query/log/log.js";
import {
  type Audit,
  type AuditOptions,
  type WriteCount,
  type WriteGroup,
} from "./query/sql/writes.js";
import { type FieldBlame } from "./query/state/changes.js";
import { type DiffDocument } from "./query/state/diff.js";
import { type SpanOptions } from "./query/subject/span.js";
import { type When } from "./query/subject/when.js";
import { type Recording } from "./timeline/read/recordings.js";
import { type CheckOptions, type ExplainedFinding } from "./twin-findings.js";

/**
 * What a view asks of its timeline: methods of Timeline. Timeline.recording() makes views; nobody else needs to.
 * @internal
 */
export interface AskedTimeline {
  /** As Timeline has it. */
  at(when: When, filter: AtFilter, recording: number): AtDocument;
  /** As Timeline has it. */
  diff(from: When, to: When, filter: AtFilter, recording: number): DiffDocument;
  /** As Timeline has it. */
  log(options: LogOptions): IterableIterator<LogEntry>;
  /** As Timeline has it. */
  blame(irte: string, when: When, recording: number): readonly FieldBlame[];
  /** As Timeline has it. */
  check(options: CheckOptions): CheckReport;
  /** As Timeline has it. */
  explain(
    finding: Finding | string,
    rules: string | undefined,
    recording: number,
  ): ExplainedFinding;
  /** As Timeline has it. */
  first(tests: readonly Test[], subject: FirstSubject, options: SpanOptions): FirstAnswer;
  /** As Timeline has it. */
  firstFinding(only: readonly string[], options: SpanOptions): FirstAnswer;
  /** As Timeline has it. */
  audit(by: WriteGroup, options: AuditOptions): Audit;
}

/** A part of the recording that the view is of. */
export type Span = Omit<SpanOptions, "recording">;

/** What is asked of a recording's state. */
export interface AtOptions extends AtFilter {
  /** The moment. Absent = the end. */
  readonly when?: When | undefined;
}

/** Which two moments are compared. */
export interface DiffOptions extends AtFilter {
  /** The earlier moment. Absent = the start. */
  readonly from?: When | undefined;
  /** The later moment. Absent = the end. */
  readonly to?: When | undefined;
}

/** Whose fields are blamed. */
export interface BlameOptions {
  /** The IRTE's name. */
  readonly irte: string;
  /** The moment. Absent = the end. */
  readonly when?: When | undefined;
}

/** What is looked for: tests of one entity, all of which must hold. */
export interface FirstOptions extends FirstSubject, Span {
  /** Each as `field=value` or `field!=value`. */
  readonly tests: readonly string[];
}

/** Which finding is looked for. */
export interface FirstFindingOptions extends Span {
  /** Names of `checkIds()`; one must name it. */
  readonly only: readonly string[];
}

/** What writes are counted by. */
export interface CountOptions extends Omit<AuditOptions, "recording"> {
  /** What they are counted by. Absent = by cause. */
  readonly by?: WriteGroup | undefined;
}

/** Counted writes as data. */
export interface CountedWrites {
  /** The statement; it runs in any SQLite client. */
  readonly sql: string;
  /** Its rows. */
  readonly rows: readonly WriteCount[];
}

/** A recording has all that `Recording` says. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- the constructor copies every field.
export interface RecordingView extends Recording {}

/**
 * A recording of an open timeline: its facts are fields, and its questions take option objects. In JSON its times are
 * text; `structuredClone` keeps its fields.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above.
export class RecordingView {
  readonly #timeline: AskedTimeline;

  /**
   * `timeline`: the one that has the recording. Use Timeline.recording().
   * @internal
   */
  constructor(timeline: AskedTimeline, recording: Recording) {
    this.#timeline = timeline;
    Object.assign(this, recording);
  }

  /** The state at a moment. Throws ERR_WHEN and ERR_NAME. */
  at({ when = "end", ...filter }: AtOptions = {}): AtDocument {
    return this.#timeline.at(when, filter, this.id);
  }

  /** What differs between two moments, field by field. Throws ERR_WHEN and ERR_NAME. */
  diff({ from = "start", to = "end", ...filter }: DiffOptions = {}): DiffDocument {
    return this.#timeline.diff(from, to, filter, this.id);
  }

  /** Events, newest first; oldest first with `reverse`. Throws ERR_WHEN and ERR_NAME. */
  log(options: Omit<LogOptions, "recording"> = {}): IterableIterator<LogEntry> {
    return this.#timeline.log({ ...options, recording: this.id });
  }

  /** For each field of an IRTE the change that set it. Throws ERR_WHEN and ERR_NAME. */
  blame({ irte, when = "end" }: BlameOptions): readonly FieldBlame[] {
    return this.#timeline.blame(irte, when, this.id);
  }

  /** Compares every IRTE write with the rules. Throws ERR_NAME and ERR_USAGE. */
  check(options: Asked & Omit<CheckOptions, "recording"> = {}): CheckReport {
    return this.#timeline.check({ ...options, recording: this.id });
  }

  /** A finding of a report, or its number, with the events that prove it. Throws ERR_NAME. */
  explain(finding: Finding | string, options: Pick<CheckOptions, "rules"> = {}): ExplainedFinding {
    return this.#timeline.explain(finding, options.rules, this.id);
  }

  /** The first event after which all tests hold. Throws ERR_USAGE, ERR_WHEN and ERR_NAME. */
  firstThat({ tests, since, until, ...subject }: FirstOptions): FirstAnswer {
    const span = { since, until, recording: this.id };
    return this.#timeline.first(tests.map(testOf), subject, span);
  }

  /** The first finding of `check` that one of the names names. Throws ERR_WHEN and ERR_NAME. */
  firstFinding({ only, since, until }: FirstFindingOptions): FirstAnswer {
    return this.#timeline.firstFinding(only, { since, until, recording: this.id });
  }

  /** IRTE writes, counted. Throws ERR_USAGE and ERR_WHEN. */
  audit({ by = "cause", ...options }: CountOptions = {}): CountedWrites {
    const { sql, rows } = this.#timeline.audit(by, { ...options, recording: this.id });
    return { sql, rows: rows() };
  }

  /** What JSON has of it: the fields, with times as text. */
  toJSON(): Readonly<Record<string, unknown>> {
    const values = Object.entries(this as Readonly<Record<string, unknown>>);
    return Object.fromEntries(
      values.map(([name, value]) => [name, typeof value === "bigint" ? String(value) : value]),
    );
  }
}

function testOf(text: string): Test {
  const test = parseTest(text);
  if (test !== null) return test;
  throw new TwinError("ERR_USAGE", `${text} is no test: write field=value or field!=value`);
}
