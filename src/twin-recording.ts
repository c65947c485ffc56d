// One recording of an open timeline: what is known of it, and everything that can be asked of it, with option objects.

import type Database from "better-sqlite3";
import { eitherOf } from "./base/abort.js";
import { TwinError } from "./base/errors.js";
import { atOnce, type Steps } from "./base/steps.js";
import { askedReport } from "./check/kept-report.js";
import { type Finding } from "./check/describe-finding.js";
import { withRawLines } from "./check/explanation.js";
import { narrowed, refuseUnknown } from "./check/narrowed.js";
import { type CheckReport } from "./check/report.js";
import { type TwinState } from "./domain/fold/state.js";
import { requireRead } from "./platforms/registry.js";
import { hostStateOf, type HostStateOptions } from "./query/carry/host-state.js";
import { type AtDocument } from "./query/document/document.js";
import { firstEventThat, type FirstAnswer } from "./query/first/first-event.js";
import { parseTest, type Test } from "./query/first/predicate.js";
import { type LogEntry, type LogOptions } from "./query/log/log.js";
import { logPage, type LogPage, type LogPageOptions } from "./query/log/log-page.js";
import { logPages } from "./query/log/log-pages.js";
import { audit, type Audit, type AuditOptions } from "./query/sql/writes.js";
import { countersOf, type Counters, type CountersOptions } from "./query/lanes/counters.js";
import { type FindingSpan } from "./query/lanes/finding-spans.js";
import {
  laneIntervals,
  type LaneIntervals,
  type LaneIntervalsOptions,
} from "./query/lanes/intervals.js";
import { type Lanes, type LanesOptions } from "./query/lanes/lane.js";
import { lanesOf } from "./query/lanes/lane-list.js";
import { findingSpansOf, reportOf } from "./query/lanes/lane-store.js";
import { captureOf, type CaptureDocument } from "./query/info/capture.js";
import { laneStep, type LaneStep, type LaneStepOptions } from "./query/lanes/lane-step.js";
import {
  lastChanges,
  type LaneChange,
  type LastChangesOptions,
} from "./query/lanes/last-changes.js";
import { overviewOf, type Overview, type OverviewOptions } from "./query/lanes/overview.js";
import { at } from "./query/state/at.js";
import { blame, changesAt, type FieldBlame, type FieldChange } from "./query/state/changes.js";
import { contradiction, type DiffDocument } from "./query/state/diff.js";
import { differences } from "./query/state/differences.js";
import { frameAt } from "./query/state/frame.js";
import { irteAt } from "./query/state/frame-irte.js";
import { irteBits, type IrteBitsDocument } from "./query/state/irte-bits.js";
import { type Frame, type FrameIrte } from "./query/state/frame-document.js";
import { spanOf } from "./query/subject/span.js";
import { momentDocument, type MomentDocument } from "./query/subject/moment-document.js";
import { resolveWhen, type Moment, type When } from "./query/subject/when.js";
import { foundLines } from "./timeline/import/found-lines.js";
import { rawLines } from "./timeline/import/raw-lines.js";
import { Connection } from "./timeline/open/connection.js";
import { factsOf, type RecordingFacts } from "./timeline/read/recording-facts.js";
import { type Recording } from "./timeline/read/recordings.js";
import { stateAt } from "./timeline/read/state-at.js";
import { type Redaction } from "./timeline/redact/redaction.js";
import { redactionsOf } from "./timeline/rewind/redactions.js";
import { redactedDocument } from "./query/state/redacted-document.js";
import { rewind, type RewindResult } from "./timeline/rewind/rewind.js";
import { explainWindow, windowText, type WindowOptions } from "./check/explain-window.js";
import { explainFinding, explainReported, firstFinding, told } from "./twin-findings.js";
import { asked, askedFinding } from "./twin-asked.js";
import {
  type AtAsyncOptions,
  type AtOptions,
  type CheckAsyncOptions,
  type CheckOptions,
  type DiffAsyncOptions,
  type DiffOptions,
  type EventOptions,
  type ExplainOptions,
  type ExplainedFinding,
  type ExplainedWindow,
  type FirstFindingOptions,
  type FirstOptions,
  type IrteAsyncOptions,
  type IrteOptions,
  type QuoteOptions,
  type RewindOptions,
  type StopOptions,
  type WhenOptions,
} from "./twin-options.js";

/** A recording has all that `RecordingFacts` says. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type -- the constructor copies every field.
export interface RecordingView extends RecordingFacts {}

/** Makes a view of a recording of an open timeline. */
export let viewOf: (db: Connection, recording: Recording) => RecordingView;

/**
 * A recording of an open timeline: its facts are fields, as they were when the view was made, and its questions take
 * option objects. JSON and `structuredClone` have its fields. Every question throws ERR_CLOSED once
 * the timeline is closed, ERR_NO_RECORDING if the recording was rolled back, ERR_PLATFORM_UNKNOWN if its platform is
 * only recognised, and what stands at the question.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- see above.
export class RecordingView {
  static {
    viewOf = (db, recording) => new RecordingView(db, recording);
  }

  readonly #db: Connection;

  private constructor(db: Connection, recording: Recording) {
    this.#db = db;
    Object.assign(this, factsOf(recording));
  }

  /**
   * The state at a moment as the document of `at --json`. A name that is not seen by then is listed in `unknown`.
   * Throws ERR_WHEN, and ERR_NAME for a name that nothing in the recording has.
   */
  at(options: AtOptions = {}): AtDocument {
    const { when = "end", ...filter } = asked("at", options);
    return this.#read((sqlite, recording) => atOnce(at(sqlite, recording, when, filter)));
  }

  /** The same as `at`, in turns with all else that the process does: of a long recording it takes a while. */
  async atAsync(options: AtAsyncOptions = {}): Promise<AtDocument> {
    const { when = "end", signal, ...filter } = asked("atAsync", options);
    return this.#inTurns(
      (sqlite, recording) => steady(recording, at(sqlite, recording, when, filter)),
      signal,
    );
  }

  /** What differs between two moments, field by field. Throws ERR_WHEN and ERR_NAME. */
  diff(options: DiffOptions = {}): DiffDocument {
    const wanted = asked("diff", options);
    return this.#read((sqlite, recording) => atOnce(differences(sqlite, recording, wanted)));
  }

  /** The same as `diff`, in turns with all else that the process does. */
  async diffAsync(options: DiffAsyncOptions = {}): Promise<DiffDocument> {
    const { signal, ...wanted } = asked("diffAsync", options);
    return this.#inTurns(
      (sqlite, recording) => steady(recording, differences(sqlite, recording, wanted)),
      signal,
    );
  }

  /** The folded state at a moment, with row numbers for VMs and vCPUs. Throws ERR_WHEN. */
  stateAt(options: WhenOptions = {}): TwinState {
    const { when = "end" } = asked("stateAt", options);
    return this.#readMoment(when, (sqlite, recording, { seq }) => stateAt(sqlite, recording, seq));
  }

  /**
   * What is known of the host at the end, as JSON that `import` takes as an anchor: a recording that goes on where this one
   * ends begins with it. null = nothing is known, or the platform has no such dump.
   */
  hostState(options: HostStateOptions = {}): string | null {
    const given = asked("hostState", options);
    return this.#read((sqlite, recording) => hostStateOf(sqlite, recording, given));
  }

  /**
   * What the as-of views say of a moment, without the folded state's other parts: the fastest way there. Like the views
   * it does not know which values became unknown when events were lost; `at` does. Throws ERR_WHEN.
   */
  frameAt(options: WhenOptions = {}): Frame {
    const { when = "end" } = asked("frameAt", options);
    return this.#readMoment(when, (_sqlite, ...moment) =>
      frameAt((question) => this.#db.read(question), ...moment),
    );
  }

  /** One IRTE at a moment as the frame has it; null = not seen until then. Throws ERR_WHEN and ERR_NAME. */
  irteAt(options: IrteOptions): FrameIrte | null {
    const { irte, when = "end" } = asked("irteAt", options);
    return this.#readMoment(when, (...moment) => irteAt(...moment, irte));
  }

  /**
   * Events, newest first; oldest first with `reverse`. They are read in pages, so that any other question works while
   * they are iterated. Throws ERR_WHEN, and ERR_NAME for a name that nothing has.
   */
  log(options: LogOptions = {}): IterableIterator<LogEntry> {
    asked("log", options);
    const [recording, span] = this.#read((sqlite, found) => {
      return [found, spanOf(sqlite, found, options)];
    });
    return logPages((question) => this.#db.read(question), recording, { ...options, ...span });
  }

  /** For each field of an IRTE the change that set it, as of a moment. Throws ERR_WHEN and ERR_NAME. */
  blame(options: IrteOptions): readonly FieldBlame[] {
    const { irte, when = "end" } = asked("blame", options);
    return this.#readMoment(when, (sqlite, recording, { seq }) =>
      blame(sqlite, recording, irte, seq),
    );
  }

  /** The fields that an IRTE write changed; none for any other event. Throws ERR_WHEN if it is another recording's. */
  changesAt(options: EventOptions): readonly FieldChange[] {
    const { seq } = asked("changesAt", options);
    return this.#readMoment({ seq }, (sqlite) => changesAt(sqlite, seq));
  }

  /**
   * Compares every IRTE write with what its kernel's rules demand, or those of another profile. The verdicts are kept
   * where the timeline can be written, unless `store` is false; `not_stored` says why they are not. Throws ERR_NAME for
   * rules or names that there are not, ERR_USAGE for what is no percentage.
   */
  check(options: CheckOptions = {}): CheckReport {
    asked("check", options);
    return this.#db.readRecording(this.id, (sqlite, recording) => {
      refuseUnknown(options);
      return narrowed(atOnce(askedReport(sqlite, recording, options)), options);
    });
  }

  /**
   * The same as `check`, in turns with all else that the process does. `signal` stops it within about a tenth of a
   * second: then it throws ERR_ABORTED, and the verdicts that are stored stay those of the check before.
   */
  async checkAsync(options: CheckAsyncOptions = {}): Promise<CheckReport> {
    const { signal, rest, ...wanted } = asked("checkAsync", options);
    const steps = (sqlite: Database.Database, recording: Recording): Steps<CheckReport> => {
      refuseUnknown(wanted);
      return askedReport(sqlite, recording, wanted);
    };
    return narrowed(await this.#db.readInTurns(this.id, steps, signal, rest), wanted);
  }

  /**
   * A finding with the events that prove it: one of a report of this recording, which is not checked again, or by its
   * number in `check` under the same rules. Throws ERR_NAME.
   */
  explain(finding: Finding | string, options: ExplainOptions = {}): ExplainedFinding {
    const { rules } = asked("explain", options);
    const told = askedFinding(finding);
    return this.#db.readRecording(this.id, (sqlite, recording) =>
      typeof told === "string"
        ? explainFinding(sqlite, recording, told, rules)
        : explainReported(sqlite, recording, told, rules),
    );
  }

  /**
   * The same as `explain`, with the lines of its events as the trace file has them. The file is the one with the
   * recording's SHA-256 where it was imported from, beside the timeline or in the current folder, or `trace`. Throws
   * ERR_NAME.
   */
  async explainQuoted(
    finding: Finding | string,
    options: QuoteOptions = {},
  ): Promise<ExplainedFinding> {
    const { rules, trace } = asked("explainQuoted", options);
    const { explanation } = this.explain(finding, { rules });
    const numbers = explanation.events.map(({ line }) => line);
    try {
      const recording = this.#db.readRecording(this.id, (_sqlite, found) => found);
      const raw = await rawLines(this.#db.file, recording, numbers, trace);
      return told(withRawLines(explanation, raw), recording);
    } catch (error) {
      throw this.#db.errorOf(error);
    }
  }

  /**
   * The window in which the fate of an IRTE's interrupts stayed the same, by an event in it: what opened and closed it,
   * which rule the bits were written by, and what the kernel should have done. Throws ERR_NAME.
   */
  explainWindow(options: WindowOptions): ExplainedWindow {
    const wanted = asked("explainWindow", options);
    return this.#db.readRecording(this.id, (sqlite, recording) => {
      const explanation = explainWindow(sqlite, recording, wanted);
      return { explanation, text: windowText(explanation, recording) };
    });
  }

  /**
   * The first event of a span after which all tests of one entity hold, or the first finding of `check` in it that one
   * of the names in `only` names. Throws ERR_USAGE, ERR_WHEN and ERR_NAME.
   */
  first(options: FirstOptions | FirstFindingOptions): FirstAnswer {
    const { only, tests, since, until, ...subject } = asked("first", options);
    if ((only === undefined) === (tests === undefined))
      throw new TwinError("ERR_USAGE", "first needs one of `tests` and `only`");
    const subjects = Object.values(subject).filter((each) => each !== undefined);
    if (tests !== undefined && (tests.length === 0 || subjects.length !== 1))
      throw new TwinError(
        "ERR_USAGE",
        "first needs a test, and one of `irte`, `vcpu` and `vm_id` that it is about",
      );
    return this.#db.readRecording(this.id, (sqlite, recording) => {
      if (only !== undefined) return firstFinding(sqlite, recording, only, { since, until });
      requireRead(recording);
      return firstEventThat(sqlite, recording, tests.map(testOf), subject, { since, until });
    });
  }

  /** IRTE writes counted by task, cause, device, IRTE, vCPU or interval. Throws ERR_USAGE and ERR_WHEN. */
  audit(options: AuditOptions = {}): Audit {
    asked("audit", options);
    return this.#read((sqlite, recording) => audit(sqlite, recording, options));
  }

  /**
   * Rows of the list of events that a filter leaves, by their place in it; oldest first. In turns. Throws as `log` does,
   * ERR_USAGE, and with `grep` ERR_NO_SUCH_FILE where the trace itself is not found: the file with the recording's SHA-256,
   * where it was imported from, beside the timeline or in the current folder.
   */
  async logPage(options: LogPageOptions = {}): Promise<LogPage> {
    const { signal, grep, ...wanted } = asked("logPage", options);
    const by =
      grep === undefined || grep === ""
        ? null
        : { grep, lines: await this.#linesWith(grep, signal) };
    return this.#inTurns((sqlite, recording) => logPage(sqlite, recording, wanted, by), signal);
  }

  /** The lines of the trace that have a text in them. Throws ERR_NO_SUCH_FILE where the trace is not found. */
  async #linesWith(text: string, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const where = this.#read((sqlite, recording) => ({ sqlite, recording, file: this.#db.file }));
    const stop = eitherOf(this.#db.closed, signal);
    const { lines, problem } = await foundLines(where, text, { signal: stop });
    if (problem === null) return lines;
    const what = `the lines of ${where.recording.file} cannot be searched`;
    throw new TwinError("ERR_NO_SUCH_FILE", `${what}: ${problem}`);
  }

  /** The report of the last check, where it stored one of this version; else of a new check. In turns. */
  async report(options: StopOptions = {}): Promise<CheckReport> {
    return this.#inTurns(reportOf, asked("report", options).signal);
  }

  /** What can be drawn of the recording over the time, in groups. In turns with all else that the process does. */
  async lanes(options: LanesOptions = {}): Promise<Lanes> {
    const { signal, ...wanted } = asked("lanes", options);
    return this.#inTurns((sqlite, recording) => lanesOf(sqlite, recording, wanted), signal);
  }

  /**
   * What lanes show in a window: at most about one row for each column and lane, and nothing wrong, unknown or found
   * that is not seen. In turns. What was read is kept, so that the next window costs its columns. Throws ERR_NAME for a
   * lane that is none, ERR_USAGE for a window that is none.
   */
  async laneIntervals(options: LaneIntervalsOptions): Promise<LaneIntervals> {
    const { signal, ...wanted } = asked("laneIntervals", options);
    return this.#inTurns((sqlite, recording) => laneIntervals(sqlite, recording, wanted), signal);
  }

  /** What is counted over the time, in columns. In turns. Throws ERR_USAGE for a window that is none. */
  async counters(options: CountersOptions = {}): Promise<Counters> {
    const { signal, ...wanted } = asked("counters", options);
    return this.#inTurns((sqlite, recording) => countersOf(sqlite, recording, wanted), signal);
  }

  /** The next or the previous change of a lane; null = there is none. In turns. Throws ERR_NAME. */
  async laneStep(options: LaneStepOptions): Promise<LaneStep | null> {
    const { signal, ...wanted } = asked("laneStep", options);
    return this.#inTurns((sqlite, recording) => laneStep(sqlite, recording, wanted), signal);
  }

  /**
   * When each lane of a CPU, a vCPU or an IRTE changed last up to a moment. In turns. Throws ERR_WHEN.
   */
  async lastChanges(options: LastChangesOptions = {}): Promise<readonly LaneChange[]> {
    const { signal, when = "end" } = asked("lastChanges", options);
    return this.#inTurns((sqlite, recording) => lastChanges(sqlite, recording, when), signal);
  }

  /** The bits of an IRTE at a moment, field by field. Throws ERR_WHEN and ERR_NAME. */
  irteBits(options: IrteOptions): IrteBitsDocument {
    const { irte, when = "end" } = asked("irteBits", options);
    return this.#readMoment(when, (...moment) => atOnce(irteBits(...moment, irte)));
  }

  /** The same as `irteBits`, in turns with all else that the process does. */
  async irteBitsAsync(options: IrteAsyncOptions): Promise<IrteBitsDocument> {
    const { irte, when = "end", signal } = asked("irteBitsAsync", options);
    return this.#inTurns((sqlite, recording) => {
      const moment = resolveWhen(sqlite, recording, when);
      return steady(recording, irteBits(sqlite, recording, moment, irte));
    }, signal);
  }

  /** What its header says of a recording, without all else that `info` counts. */
  capture(): CaptureDocument {
    return this.#db.readRecording(this.id, (sqlite, recording) => ({
      recording_id: recording.id,
      capture: captureOf(sqlite, recording),
    }));
  }

  /** What a WHEN means: the last event that counts, and the time. Throws ERR_WHEN. */
  moment(options: WhenOptions = {}): MomentDocument {
    const { when = "end" } = asked("moment", options);
    return this.#readMoment(when, momentDocument);
  }

  /** How dense the events are, and where findings and gaps are. In turns. Throws ERR_USAGE. */
  async overview(options: OverviewOptions = {}): Promise<Overview> {
    const { signal, ...wanted } = asked("overview", options);
    return this.#inTurns((sqlite, recording) => overviewOf(sqlite, recording, wanted), signal);
  }

  /** From when to when what each finding says was so, in the order of the findings. In turns. */
  async findingSpans(options: StopOptions = {}): Promise<readonly FindingSpan[]> {
    return this.#inTurns(findingSpansOf, asked("findingSpans", options).signal);
  }

  /**
   * Makes a timeline that ends at a moment of this recording. This one is only read. Throws ERR_EXISTS if the file is
   * there already, ERR_REWIND if the state at its end is not the one at that moment, ERR_WHEN. `signal` stops it within
   * about a tenth of a second: then it throws ERR_ABORTED, and nothing of the file stays.
   */
  async rewind(options: RewindOptions): Promise<RewindResult> {
    const { to, when = "end", redact = false, signal } = asked("rewind", options);
    try {
      const plan = this.#readMoment(when, (sqlite, recording, moment) => {
        return {
          cut: { recording, ...moment },
          redactions: redact ? redactionsOf(sqlite) : null,
        };
      });
      const { recording } = plan.cut;
      const redaction = plan.redactions?.get(recording.id) ?? null;
      const compare = (made: Database.Database): Steps<string | null> =>
        this.#compareAt(when, new RecordingView(new Connection(to, made), recording), redaction);
      return await rewind(this.#db.file, to, plan, compare, eitherOf(this.#db.closed, signal));
    } catch (error) {
      throw this.#db.errorOf(error);
    }
  }

  /** Reads the recording as it stands now. Throws ERR_PLATFORM_UNKNOWN if its platform is only recognised. */
  #read<Result>(question: (sqlite: Database.Database, recording: Recording) => Result): Result {
    return this.#db.readRecording(this.id, (sqlite, recording) => {
      requireRead(recording);
      return question(sqlite, recording);
    });
  }

  /** Reads the recording as it stands now, in turns. */
  #inTurns<Result>(
    question: (sqlite: Database.Database, recording: Recording) => Steps<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const steps = (sqlite: Database.Database, recording: Recording): Steps<Result> => {
      requireRead(recording);
      return question(sqlite, recording);
    };
    return this.#db.readInTurns(this.id, steps, signal);
  }

  /** Reads the recording at a moment, all of it as of one commit. */
  #readMoment<Result>(
    when: When,
    question: (sqlite: Database.Database, recording: Recording, moment: Moment) => Result,
  ): Result {
    return this.#db.inOneRead(() =>
      this.#read((sqlite, recording) =>
        question(sqlite, recording, resolveWhen(sqlite, recording, when)),
      ),
    );
  }

  /** What differs between the state at a moment and the one at the end of a copy; null = nothing. */
  *#compareAt(when: When, copy: RecordingView, redaction: Redaction | null): Steps<string | null> {
    const own = this.#trustedAt(when);
    yield;
    const told = redaction === null ? own : redactedDocument(own, redaction);
    return contradiction(told, copy.#trustedAt("end"));
  }

  /** The state at a moment as the events tell it, whatever there is to doubt in the recording. */
  #trustedAt(when: When): AtDocument {
    return this.#read((sqlite, recording) => atOnce(at(sqlite, recording, when, {}, [])));
  }
}

/** What grows is read as of one commit, so at once. */
function* steady<Result>({ state }: Recording, steps: Steps<Result>): Steps<Result> {
  return state === "complete" ? yield* steps : atOnce(steps);
}

function testOf(text: string): Test {
  const test = parseTest(text);
  if (test !== null) return test;
  throw new TwinError("ERR_USAGE", `${text} is no test: write field=value or field!=value`);
}
