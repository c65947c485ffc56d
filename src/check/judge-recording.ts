// Runs the checker over a recording of the timeline.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { type TwinEvent } from "../domain/events/event.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Seq } from "../domain/values/ids.js";
import { Directory } from "../timeline/read/directory.js";
import { eventsBetween, returnsBetween } from "../timeline/read/events.js";
import { type Recording } from "../timeline/read/recordings.js";
import { type Judgement } from "./agreed.js";
import { Checker, type Found } from "./checker.js";
import { contradictionOf, findingOf } from "./findings.js";
import { type GapSpan } from "./gaps.js";
import { JudgeFacts } from "./judge-facts.js";
import { type WriteDecision } from "./ledger.js";

/** A recording that is judged: where it stands, and who is in it. */
export interface JudgedRecording {
  /** The timeline. */
  readonly sqlite: Database.Database;
  /** The recording. */
  readonly recording: Recording;
  /** Its platform. */
  readonly platform: Platform;
  /** The names of its VMs and vCPUs. */
  readonly who: Directory;
}

/** What was decided about a write: its event, the rule that it was judged by, and the verdict. */
export type WriteVerdict = readonly [seq: number, rule: string | null, verdict: WriteDecision];

/** Events that are read at a time: few enough that they are garbage before the collector has moved them. */
const PAGE_EVENTS = 2048;
/** Events between two steps: the first of a process, whose code is not compiled yet, take several times as long as later ones. */
const EVENTS_PER_STEP = 256;

/** Judges a recording by one rules profile, as far as it is stored, and goes on where it was when it has grown. */
export class RecordingJudge {
  /** The verdicts about writes so far. */
  readonly verdicts: WriteVerdict[] = [];
  /** The rules. */
  readonly profile: string;
  private readonly checker: Checker;
  private next: Seq;

  /** By what the recording tells besides its events. */
  constructor(
    { recording, platform }: Pick<JudgedRecording, "recording" | "platform">,
    facts: JudgeFacts,
    profile: string,
  ) {
    const { names, host, gaps } = facts;
    this.profile = profile;
    this.next = recording.firstSeq;
    this.checker = new Checker({
      ...{ platform, profile, names, host, gaps },
      sees: (name) => facts.seen.has(name),
      isOwn: recording.rulesAllowed.includes(profile),
      onVerdict: ({ seq }, verdict, rule) => this.verdicts.push([seq, rule, verdict]),
    });
  }

  /** The last event that is judged; null = none is. */
  get judgedTo(): Seq | null {
    return this.checker.judgedTo;
  }

  /**
   * Judges what is stored and was not judged yet. It can be left at each step, and several can take turns. `onEvent` is told
   * each event.
   */
  *goOn({ sqlite, recording }: JudgedRecording, onEvent?: (event: TwinEvent) => void): Steps<void> {
    const { checker } = this;
    const last = recording.lastSeq ?? recording.firstSeq - 1;
    checker.returnedLate((seq) => returnsBetween(sqlite, seq, seq)[0] ?? null);
    // Events that wait for the exchange of a write were given to the checker, and may have returned since.
    if (checker.judgedTo !== null)
      checker.returned(returnsBetween(sqlite, checker.judgedTo + 1, this.next - 1));
    while (this.next <= last) {
      const to = Math.min(last, this.next + PAGE_EVENTS - 1);
      checker.returned(returnsBetween(sqlite, this.next, to));
      for (const event of eventsBetween(sqlite, this.next, to)) {
        // Another one has judged it while this one waited for its turn.
        if (event.seq < this.next) continue;
        this.next = event.seq + 1;
        checker.step(event);
        onEvent?.(event);
        if (event.seq % EVENTS_PER_STEP === 0) yield;
      }
      yield;
    }
  }

  /** Takes gaps that were not known before, all of which begin behind the events that were judged. */
  lost(gaps: readonly GapSpan[]): void {
    this.checker.lost(gaps);
  }

  /** What was found in a recording that ends here. */
  judgement(): Judgement {
    this.checker.finish();
    return judgementOf(this.profile, this.verdicts, this.checker.found, this.checker);
  }

  /** What was found so far: the recording goes on. `isCounted`: the verdicts are asked for. */
  judgementSoFar(isCounted: boolean): Judgement {
    const verdicts: WriteVerdict[] = isCounted ? [...this.verdicts] : [];
    const found = this.checker.foundSoFar(({ seq }, verdict, rule) => {
      if (isCounted) verdicts.push([seq, rule, verdict]);
    });
    return judgementOf(this.profile, verdicts, found, this.checker);
  }
}

/** Judges a recording by one rules profile. */
export function* judgeRecording(
  judged: JudgedRecording,
  profile: string,
  facts = new JudgeFacts(judged),
): Steps<Judgement> {
  const judge = new RecordingJudge(judged, facts, profile);
  yield;
  yield* judge.goOn(judged);
  return judge.judgement();
}

function judgementOf(
  profile: string,
  verdicts: readonly WriteVerdict[],
  { counts, invariants, findings, violations, contradictions }: Found,
  { dumps }: Pick<Checker, "dumps">,
): Judgement {
  const found = [
    ...findings,
    ...violations.map(findingOf),
    ...contradictions.map(contradictionOf),
  ].sort((a, b) => a.seq - b.seq);
  return { profile, counts, verdicts, invariants, found, dumps };
}

/** A recording, ready to be judged. */
export function judgedRecording(
  sqlite: Database.Database,
  recording: Recording,
  platform: Platform,
): JudgedRecording {
  return { sqlite, recording, platform, who: new Directory(sqlite, recording) };
}
