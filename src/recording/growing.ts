// The check of a recording that grows, as a user of the library has it.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { checkSteps } from "../check/check.js";
import { GrowingJudge, type ReportSoFar } from "../check/growing-check.js";
import { narrowed, refuseUnknown, type Asked } from "../check/narrowed.js";
import { type CheckReport } from "../check/report.js";
import { type Seq } from "../domain/values/ids.js";
import { boundsOf, spanWith, type FindingSpan } from "../query/lanes/finding-spans.js";
import { timeOf } from "../timeline/read/events.js";
import { type Recording } from "../timeline/read/recordings.js";
import { asked } from "../twin-asked.js";
import { type GrowingCheckOptions, type RestOptions } from "../twin-options.js";
import { type Access } from "./access.js";

/** What `check` says of a recording that grows. */
export interface GrowingReport extends CheckReport {
  /**
   * false: the recording is still being imported. Then the verdict and the findings are those so far. More events can put
   * findings between others, which gives those other numbers, or take findings back; `seq` and `fingerprint` of a
   * finding stay.
   */
  readonly is_final: boolean;
  /**
   * The last event that counts; null = none does. Some events less than are stored: a write may wait for its exchange, or
   * what came last changes what was judged, and a long recording is judged anew only once it has grown by a quarter.
   */
  readonly judged_to: Seq | null;
  /** How many events were judged for this report and those before it, events that were judged anew among them. */
  readonly events_judged: number;
  /** From when to when the events that prove each finding are, in the order of the findings. */
  readonly spans: readonly FindingSpan[];
}

/** Makes the check of a recording. */
export let growingCheckOf: (access: Access, options: GrowingCheckOptions) => GrowingCheck;

/**
 * The check of a recording that grows, whichever process imports it. It judges only what came since the last report, and
 * keeps in memory what it needs for that, as long as there is a reference to it. Nothing is stored.
 */
export class GrowingCheck {
  readonly #access: Access;
  readonly #asked: Asked;
  readonly #rules: string | undefined;
  readonly #judge: GrowingJudge;

  private constructor(access: Access, { rules, ...narrowing }: GrowingCheckOptions) {
    refuseUnknown(narrowing);
    this.#access = access;
    this.#asked = narrowing;
    this.#rules = rules;
    this.#judge = new GrowingJudge(rules);
  }

  static {
    growingCheckOf = (access, options) => new GrowingCheck(access, options);
  }

  /**
   * The report of the recording as it stands, in turns with all else that the process does. Of a complete recording it is that
   * of a new check. When `signal` fires it throws ERR_ABORTED; the next report goes on where this one was. Throws
   * ERR_NO_RECORDING once the recording was rolled back.
   */
  async report(options: RestOptions = {}): Promise<GrowingReport> {
    const { signal, rest } = asked("growingReport", options);
    return this.#access.rawInTurns(
      (sqlite, recording) => this.#steps(sqlite, recording),
      signal,
      rest,
    );
  }

  *#steps(sqlite: Database.Database, recording: Recording): Steps<GrowingReport> {
    const is_final = recording.state === "complete";
    const made = is_final
      ? yield* this.#whole(sqlite, recording)
      : yield* this.#judge.report(sqlite, recording);
    const report = narrowed(made.report, this.#asked);
    const times = { get: (seq: Seq) => String(timeOf(sqlite, seq)) };
    const spans = report.findings.map((each) => spanWith(each, boundsOf(each, null), times));
    const { judged_to } = made;
    return { ...report, is_final, judged_to, events_judged: this.#judge.eventsJudged, spans };
  }

  *#whole(sqlite: Database.Database, recording: Recording): Steps<ReportSoFar> {
    const report = yield* checkSteps(sqlite, recording, { rules: this.#rules, store: false });
    return { report, judged_to: recording.lastSeq };
  }
}
