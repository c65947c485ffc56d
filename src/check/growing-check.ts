// The check of a recording that grows: it goes on where it was, so that all of its reports together cost about as much as
// one check of the whole.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { type TwinEvent } from "../domain/events/event.js";
import { differentProfiles } from "../domain/platform/different-profiles.js";
import { ownRules } from "../domain/platform/read-by.js";
import { type Seq } from "../domain/values/ids.js";
import { platformOf } from "../platforms/registry.js";
import { doubtsOf } from "../timeline/read/doubts.js";
import { eventsBetween } from "../timeline/read/events.js";
import { oneVmOf } from "../timeline/read/one-vm.js";
import { type Recording } from "../timeline/read/recordings.js";
import { refuseUnknownRules } from "./check.js";
import { JudgeFacts } from "./judge-facts.js";
import { judgedRecording, RecordingJudge, type JudgedRecording } from "./judge-recording.js";
import { reportOf } from "./make-report.js";
import { unjudged, type CheckReport } from "./report.js";
import { whyUnjudged } from "./why-unjudged.js";

/** A recording of so many events is judged anew sooner than anybody sees. */
const EVENTS_FEW = 16_384;
/** A longer one is not judged anew before it is so many times as long as it was then: all checks together cost 5 of the last. */
const GROWTH = 1.25;

/** A report of a recording that grows, and up to where it counts. */
export interface ReportSoFar {
  /** What `check` says of the recording up to that event. */
  readonly report: CheckReport;
  /** The last event that counts; null = none does. */
  readonly judged_to: Seq | null;
}

/** The check of one recording while it grows. */
export class GrowingJudge {
  /** How many events were judged for all reports, those that were judged anew among them. */
  eventsJudged = 0;
  private readonly rules: string | undefined;
  private run: Run | null = null;
  private last: ReportSoFar | null = null;

  /** `rules`: other rules than the recording's own. Throws ERR_NAME for rules that no platform has. */
  constructor(rules?: string) {
    if (rules !== undefined) refuseUnknownRules(rules);
    this.rules = rules;
  }

  /** The report of the recording as it stands. It may be stopped, and asked for again meanwhile. */
  *report(sqlite: Database.Database, recording: Recording): Steps<ReportSoFar> {
    const profiles = this.rules === undefined ? recording.rulesAllowed : [this.rules];
    const judged = judgedRecording(sqlite, recording, platformOf(recording));
    const reason = whyUnjudged(judged, profiles, true);
    if (reason !== null) {
      const doubts = doubtsOf(sqlite, recording);
      return { report: unjudged(recording.id, profiles, { reason, doubts }), judged_to: null };
    }
    const run = this.runOn(judged, profiles);
    if (run === null && this.last !== null) return this.last;
    const goes = run ?? this.begin(judged, profiles);
    yield* goes.goOn(judged, () => this.eventsJudged++);
    const made = yield* goes.report(judged);
    this.last = made;
    return made;
  }

  /** The check that goes on, or begins anew; null = it has to begin anew, and not yet. */
  private runOn(judged: JudgedRecording, profiles: readonly string[]): Run | null {
    const { run } = this;
    if (run?.isOf(judged, profiles) !== true) return this.begin(judged, profiles);
    const isDue = run.isDue(judged);
    if (isDue && run.isOtherMode(judged)) return this.begin(judged, profiles);
    if (run.takes(judged)) return run;
    return isDue ? this.begin(judged, profiles) : null;
  }

  private begin(judged: JudgedRecording, profiles: readonly string[]): Run {
    this.run = new Run(judged, profiles);
    return this.run;
  }
}

/** A check from the first event on, by facts that have not changed since. */
class Run {
  private readonly profiles: readonly string[];
  private readonly facts: JudgeFacts;
  private readonly judges: readonly RecordingJudge[];
  /** Judges by the recording's own rules, where others were asked for. */
  private readonly own: RecordingJudge | null;
  private last: TwinEvent | null = null;
  /** How many events the recording had when it was looked at as a whole. */
  private lookedAt: number;

  constructor(judged: JudgedRecording, profiles: readonly string[]) {
    const { recording, platform } = judged;
    this.profiles = profiles;
    this.facts = new JudgeFacts(judged);
    this.judges = differentProfiles(platform, profiles).map(
      (profile) => new RecordingJudge(judged, this.facts, profile),
    );
    const own = ownRules(recording);
    const isOther = own !== null && profiles.length === 1 && profiles[0] !== own;
    this.own = isOther ? new RecordingJudge(judged, this.facts, own) : null;
    this.lookedAt = lengthOf(recording);
  }

  /** Is it of these rules and of this recording? One that is rolled back may begin anew with the same number. */
  isOf({ sqlite }: JudgedRecording, profiles: readonly string[]): boolean {
    if (profiles.join() !== this.profiles.join()) return false;
    const { last } = this;
    if (last === null) return true;
    const [stored] = eventsBetween(sqlite, last.seq, last.seq);
    return (
      stored?.line === last.line &&
      stored.kind === last.kind &&
      stored.billions === last.billions &&
      stored.rest === last.rest
    );
  }

  /** May the recording be looked at as a whole? Each time it has to have grown by a share. */
  isDue({ recording }: JudgedRecording): boolean {
    const length = lengthOf(recording);
    return length <= EVENTS_FEW || length >= this.lookedAt * GROWTH;
  }

  /** Is the destination mode of the host another one than it seemed to be? */
  isOtherMode(judged: JudgedRecording): boolean {
    this.lookedAt = lengthOf(judged.recording);
    return this.facts.isOtherMode(judged);
  }

  /** Takes what the recording tells by now; false = what was judged counts no more. */
  takes(judged: JudgedRecording): boolean {
    const gaps = this.facts.grown(judged, this.judgedTo);
    if (gaps === null) return false;
    for (const judge of this.all) judge.lost(gaps);
    return true;
  }

  *goOn(judged: JudgedRecording, onEvent: () => void): Steps<void> {
    for (const judge of this.all)
      yield* judge.goOn(judged, (event) => {
        if (this.last === null || this.last.seq < event.seq) this.last = event;
        onEvent();
      });
  }

  *report(judged: JudgedRecording): Steps<ReportSoFar> {
    const { sqlite, recording } = judged;
    const judged_to = this.judgedTo;
    const isCounted = this.judges.length > 1 || oneVmOf(sqlite, recording) !== null;
    const judgements = this.judges.map((judge) => judge.judgementSoFar(isCounted));
    const doubts = doubtsOf(sqlite, recording);
    const { own, profiles } = this;
    const made = yield* reportOf(judged, {
      ...{ profiles, judgements, doubts },
      *ownVerdicts() {
        yield;
        return own?.verdicts ?? [];
      },
    });
    return { report: made.report, judged_to };
  }

  private get all(): readonly RecordingJudge[] {
    return this.own === null ? this.judges : [...this.judges, this.own];
  }

  /** The last event that all have judged; null = none is. */
  private get judgedTo(): Seq | null {
    const ends = this.all.map((judge) => judge.judgedTo);
    return ends.some((end) => end === null) ? null : Math.min(...ends.map((end) => end ?? 0));
  }
}

function lengthOf({ firstSeq, lastSeq }: Recording): number {
  return lastSeq === null ? 0 : lastSeq - firstSeq + 1;
}
