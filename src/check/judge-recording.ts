// Runs the checker over a recording of the timeline.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { type HostFacts, type NamesOf, type Platform } from "../domain/platform/platform.js";
import { Directory } from "../timeline/read/directory.js";
import { eventsBetween, returnsBetween } from "../timeline/read/events.js";
import { gaps } from "../timeline/read/gaps.js";
import { type Recording } from "../timeline/read/recordings.js";
import { all, q } from "../timeline/store/sql.js";
import { Checker } from "./checker.js";
import { type GapSpan } from "./gaps.js";
import { type Verdict } from "./ledger.js";

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
export type WriteVerdict = readonly [seq: number, rule: string | null, verdict: Verdict];

/** Events that are read at a time: few enough that they are garbage before the collector has moved them. */
const PAGE_EVENTS = 2048;
/** Events between two steps: the first of a process, whose code is not compiled yet, take several times as long as later ones. */
const EVENTS_PER_STEP = 256;

/** What was decided about a recording by one rules profile. */
export interface Judged {
  /** The checker after the last event, with counts and findings. */
  readonly checker: Checker;
  /** The verdicts about writes, in the order in which they were decided. */
  readonly verdicts: readonly WriteVerdict[];
}

/** Judges a recording by one rules profile. */
export function* judgeRecording(judged: JudgedRecording, profile: string): Steps<Judged> {
  const { sqlite, recording, platform, who } = judged;
  const verdicts: WriteVerdict[] = [];
  const checker = new Checker({
    platform,
    profile,
    sees: (name) => who.names.has(name),
    host: hostOf(judged),
    names: namesIn(who),
    gaps: [...lostAtStart(recording), ...gaps(sqlite, recording)],
    isOwn: recording.rulesAllowed.includes(profile),
    onVerdict: ({ seq }, verdict, rule) => verdicts.push([seq, rule, verdict]),
  });
  yield;
  const last = recording.lastSeq ?? recording.firstSeq - 1;
  for (let from = recording.firstSeq; from <= last; from += PAGE_EVENTS) {
    const to = Math.min(last, from + PAGE_EVENTS - 1);
    checker.returned(returnsBetween(sqlite, from, to));
    for (const event of eventsBetween(sqlite, from, to)) {
      checker.step(event);
      if (event.seq % EVENTS_PER_STEP === 0) yield;
    }
    yield;
  }
  checker.finish();
  return { checker, verdicts };
}

/** The gap at the beginning of a recording that is still being imported: it is stored at the end. */
function lostAtStart({ state, overwritten, firstSeq }: Recording): readonly GapSpan[] {
  return state === "importing" && overwritten > 0 ? [{ from: null, to: firstSeq }] : [];
}

/** A recording, ready to be judged. */
export function judgedRecording(
  sqlite: Database.Database,
  recording: Recording,
  platform: Platform,
): JudgedRecording {
  return { sqlite, recording, platform, who: new Directory(sqlite, recording) };
}

function namesIn(who: Directory): NamesOf {
  return (vcpu) => {
    const row = who.vcpu(vcpu);
    if (row === null) return undefined;
    const { vcpu_id, vcpu_idx } = row;
    return { vm_id: who.vm(row.vm)?.vm_id ?? null, vcpu_id, vcpu_idx };
  };
}

function hostOf({ sqlite, recording, platform }: JudgedRecording): HostFacts {
  const rows = all(
    sqlite,
    q.selectFrom("host_cpu").select(["cpu", "apic_id"]).where("recording_id", "=", recording.id),
  );
  return {
    apicOfCpu: new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id])),
    logical:
      platform.sql.logical === null ? null : isLogical(sqlite, recording, platform.sql.logical),
  };
}

/** What most of the entries show that tell; null where none does. */
function isLogical(sqlite: Database.Database, recording: Recording, shows: string): boolean | null {
  const logical = sqlite
    .prepare<[number], number>(
      `SELECT ${shows} AS logical FROM irte_interval WHERE recording_id = ? AND ${shows} IS NOT NULL
      GROUP BY logical ORDER BY count(*) DESC LIMIT 1`,
    )
    .pluck()
    .get(recording.id);
  return logical === undefined ? null : logical === 1;
}
