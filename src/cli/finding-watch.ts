// Findings as they arise, while a recording grows: what was added is checked, and the whole once it is complete. A check
// rests four times as long as it works, in short turns, so that the import that runs in the same process falls behind by
// no more than a turn.

import { setTimeout as pause } from "node:timers/promises";
import { TwinError } from "../base/errors.js";
import {
  type CheckOptions,
  type CheckReport,
  type Finding,
  type GrowingCheck,
  type GrowingCheckOptions,
  type Timeline,
} from "../index.js";

/** The rest after each turn of a check, in times of how long it took: the checks take at most a fifth of one CPU. */
const REST = 4;
const REST_MS_MIN = 1000;

/** What is told of a recording. */
export interface FindingWatchOptions {
  /** What `check` is asked. */
  readonly asked: CheckOptions;
  /** Ends the watch, after a last check. */
  readonly end: AbortSignal;
  /** Is told each finding once, in the order in which they were found. */
  readonly onFinding: (finding: Finding, report: CheckReport) => void;
  /** Is told each report. Absent = nobody is. */
  readonly onReport?: (report: CheckReport) => void;
}

/** Watches a recording until the watch is ended, or the recording is complete and checked. Returns the last report. */
export async function watchFindings(
  timeline: Timeline,
  id: number,
  { asked, end, onFinding, onReport }: FindingWatchOptions,
): Promise<CheckReport | null> {
  const told = new Set<string>();
  let growing: GrowingCheck | null = null;
  let report: CheckReport | null = null;
  let checkedTo: number | null | undefined;
  for (;;) {
    const isLast = end.aborted;
    const recording = timeline.recordings().find((each) => each.id === id);
    const isComplete = recording?.state === "complete";
    if (recording !== undefined && (recording.last_seq !== checkedTo || isComplete)) {
      growing ??= recording.growingCheck(wantedOf(asked));
      const made = await checked(growing, isLast ? null : end);
      // The watch was ended: the last check does not rest.
      if (made === null) continue;
      report = made;
      for (const finding of report.findings.filter((each) => !told.has(each.fingerprint))) {
        told.add(finding.fingerprint);
        onFinding(finding, report);
      }
      onReport?.(report);
      checkedTo = recording.last_seq;
    }
    if (isLast || isComplete) return report;
    await pause(REST_MS_MIN, undefined, { signal: end }).catch(() => undefined);
  }
}

/** What a growing check is asked: it stores nothing, and takes what is unfinished. */
function wantedOf({
  rules,
  only,
  except,
  baseline,
  minDecided,
}: CheckOptions): GrowingCheckOptions {
  return { rules, only, except, baseline, minDecided };
}

/** The report of a recording as it stands; `end` stops it (null = nothing does, and it does not rest). null = it was. */
async function checked(
  growing: GrowingCheck,
  end: AbortSignal | null,
): Promise<CheckReport | null> {
  if (end === null) return growing.report();
  try {
    return await growing.report({ rest: REST, signal: end });
  } catch (error) {
    if (end.aborted && error instanceof TwinError && error.code === "ERR_ABORTED") return null;
    throw error;
  }
}

/** Waits for the first recording of a timeline; the newest one, or null = the wait was ended. */
export async function newestRecording(
  timeline: Timeline,
  end: AbortSignal,
): Promise<number | null> {
  for (;;) {
    const newest = timeline.recordings().at(-1);
    if (newest !== undefined) return newest.id;
    if (end.aborted) return null;
    await pause(REST_MS_MIN, undefined, { signal: end }).catch(() => undefined);
  }
}

/**
 * Waits for the recording that the next import of this process begins, or takes up: one that was killed left its number.
 * null = the wait was ended. From then on it hears nothing: a listener makes an import copy its state for each batch.
 */
export async function nextBegun(timeline: Timeline, end: AbortSignal): Promise<number | null> {
  const over = new AbortController();
  const begun = new Promise<number | null>((resolve) => {
    const live = timeline.live().subscribe((update) => {
      if (update.kind === "began") resolve(update.recording_id);
    });
    over.signal.addEventListener("abort", () => {
      live.unsubscribe();
    });
    const stop = (): void => {
      resolve(null);
    };
    if (end.aborted) stop();
    else end.addEventListener("abort", stop, { once: true, signal: over.signal });
  });
  return begun.finally(() => {
    over.abort();
  });
}
