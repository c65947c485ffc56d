// What is wrong in a recording, and since when.

import type Database from "better-sqlite3";
import { TwinError } from "../base/errors.js";
import { atOnce, type Steps } from "../base/steps.js";
import { askedReport } from "../check/kept-report.js";
import { type Finding } from "../check/describe-finding.js";
import { withRawLines } from "../check/explanation.js";
import { narrowed, refuseUnknown } from "../check/narrowed.js";
import { type CheckReport } from "../check/report.js";
import { requireRead } from "../platforms/registry.js";
import { firstEventThat, type FirstAnswer } from "../query/first/first-event.js";
import { parseTest, type Test } from "../query/first/predicate.js";
import { type FindingSpan } from "../query/lanes/finding-spans.js";
import { findingSpansOf, reportOf } from "../query/lanes/lane-store.js";
import { rawLines } from "../timeline/import/raw-lines.js";
import { type Recording } from "../timeline/read/recordings.js";
import { explainWindow, windowText, type WindowOptions } from "../check/explain-window.js";
import { explainFinding, explainReported, firstFinding, told } from "../twin-findings.js";
import { asked, askedFinding } from "../twin-asked.js";
import {
  type CheckAsyncOptions,
  type CheckOptions,
  type ExplainOptions,
  type ExplainedFinding,
  type ExplainedWindow,
  type FirstFindingOptions,
  type FirstOptions,
  type GrowingCheckOptions,
  type QuoteOptions,
  type ReportOptions,
  type StopOptions,
  type TraceLines,
  type TraceLinesOptions,
} from "../twin-options.js";
import { accessOf } from "./access.js";
import { growingCheckOf, type GrowingCheck } from "./growing.js";
import { RecordingHistory } from "./history.js";

/**
 * What is wrong in a recording, why, and since when. `RecordingView` is what a user of the library has.
 *
 * @internal
 */
export abstract class RecordingFindings extends RecordingHistory {
  /**
   * Compares every IRTE write with what its kernel's rules demand, or those of another profile. The verdicts are kept
   * where the timeline can be written, unless `store` is false; `not_stored` says why they are not. Throws ERR_NAME for
   * rules or names that there are not, ERR_USAGE for what is no percentage.
   */
  check(options: CheckOptions = {}): CheckReport {
    asked("check", options);
    return accessOf(this).raw((sqlite, recording) => {
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
    return narrowed(await accessOf(this).rawInTurns(steps, signal, rest), wanted);
  }

  /**
   * A check of this recording that goes on as the recording grows, so that its reports together cost about as much as one
   * check of the whole: `report()` judges what came since the last one. Throws ERR_NAME for rules or names that there are
   * not, ERR_USAGE for what is no percentage.
   */
  growingCheck(options: GrowingCheckOptions = {}): GrowingCheck {
    const access = accessOf(this);
    return access.raw(() => growingCheckOf(access, asked("growingCheck", options)));
  }

  /**
   * A finding with the events that prove it: one of a report of this recording, which is not checked again, or by its
   * number in `check` under the same rules. Throws ERR_NAME.
   */
  explain(finding: Finding | string, options: ExplainOptions = {}): ExplainedFinding {
    const { rules } = asked("explain", options);
    const told = askedFinding(finding);
    return accessOf(this).raw((sqlite, recording) =>
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
      const recording = accessOf(this).raw((_sqlite, found) => found);
      const raw = await rawLines(accessOf(this).db.file, recording, numbers, { trace });
      return told(withRawLines(explanation, raw), recording);
    } catch (error) {
      throw accessOf(this).db.errorOf(error);
    }
  }

  /**
   * A line of the trace file and those around it, as they stand there, events or not. The file is the one that
   * `explainQuoted` quotes; where it is not found, there are no lines and `problem` says why. Throws ERR_USAGE for what is
   * no number of a line, ERR_ABORTED.
   */
  async traceLines(options: TraceLinesOptions): Promise<TraceLines> {
    const { line, around = LINES_AROUND, trace, signal } = asked("traceLines", options);
    const numbers = lineNumbers(line, around);
    try {
      const recording = accessOf(this).raw((_sqlite, found) => found);
      const options = { trace, signal };
      const read = await rawLines(accessOf(this).db.file, recording, numbers, options);
      const lines = numbers.flatMap((number) => {
        const text = read.text.get(number);
        return text === undefined ? [] : [{ line: number, text }];
      });
      return { lines, file: read.file, problem: read.problem };
    } catch (error) {
      throw accessOf(this).db.errorOf(error);
    }
  }

  /**
   * The window in which the fate of an IRTE's interrupts stayed the same, by an event in it: what opened and closed it,
   * which rule the bits were written by, and what the kernel should have done. Throws ERR_NAME.
   */
  explainWindow(options: WindowOptions): ExplainedWindow {
    const wanted = asked("explainWindow", options);
    return accessOf(this).raw((sqlite, recording) => {
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
    return accessOf(this).raw((sqlite, recording) => {
      if (only !== undefined) return firstFinding(sqlite, recording, only, { since, until });
      requireRead(recording);
      return firstEventThat(sqlite, recording, tests.map(testOf), subject, { since, until });
    });
  }

  /**
   * The report of the last check, where it stored one of this version; else of a new check. In turns. Throws ERR_USAGE
   * for what is no percentage.
   */
  async report(options: ReportOptions = {}): Promise<CheckReport> {
    const { signal, minDecided } = asked("report", options);
    refuseUnknown({ minDecided });
    return narrowed(await accessOf(this).inTurns(reportOf, signal), { minDecided });
  }

  /** From when to when what each finding says was so, in the order of the findings. In turns. */
  async findingSpans(options: StopOptions = {}): Promise<readonly FindingSpan[]> {
    return accessOf(this).inTurns(findingSpansOf, asked("findingSpans", options).signal);
  }
}

/** Lines around a line where a question does not say how many, and at most. */
const LINES_AROUND = 5;
const LINES_AROUND_MAX = 1000;

/** The numbers of a line and of those around it. Throws ERR_USAGE. */
function lineNumbers(line: number, around: number): readonly number[] {
  if (!Number.isSafeInteger(line) || line < 1)
    throw new TwinError("ERR_USAGE", `line ${line} is no line: lines count from 1`);
  if (!Number.isSafeInteger(around) || around < 0 || around > LINES_AROUND_MAX)
    throw new TwinError("ERR_USAGE", `around takes 0 to ${LINES_AROUND_MAX} lines, not ${around}`);
  const first = Math.max(1, line - around);
  return Array.from({ length: line + around - first + 1 }, (_, place) => first + place);
}

function testOf(text: string): Test {
  const test = parseTest(text);
  if (test !== null) return test;
  throw new TwinError("ERR_USAGE", `${text} is no test: write field=value or field!=value`);
}
