// Findings as they arise, while a recording grows: it is checked again when something was added, so that each answer is
// that of `check` at that moment. A check of a long recording takes long; so the next one waits four times as long.

import { setTimeout as pause } from "node:timers/promises";
import { type CheckOptions, type CheckReport, type Finding, type Timeline } from "../index.js";

/** The rest after a check, in times of how long it took: the checks take at most a fifth of one CPU. */
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
  let report: CheckReport | null = null;
  let checkedTo: number | null | undefined;
  for (;;) {
    const isLast = end.aborted;
    const recording = timeline.recordings().find((each) => each.id === id);
    const started = performance.now();
    const isComplete = recording?.state === "complete";
    if (recording !== undefined && (recording.last_seq !== checkedTo || isComplete)) {
      report = await recording.checkAsync({ ...asked, store: false, unfinished: true });
      for (const finding of report.findings.filter((each) => !told.has(each.fingerprint))) {
        told.add(finding.fingerprint);
        onFinding(finding, report);
      }
      onReport?.(report);
      checkedTo = recording.last_seq;
    }
    if (isLast || isComplete) return report;
    const took = performance.now() - started;
    await pause(Math.max(REST_MS_MIN, REST * took), undefined, { signal: end }).catch(
      () => undefined,
    );
  }
}

/** Waits for a recording of a timeline with a number above `after`; null = the wait was ended. */
export async function newestRecording(
  timeline: Timeline,
  end: AbortSignal,
  after = 0,
): Promise<number | null> {
  for (;;) {
    const newest = timeline.recordings().at(-1);
    if (newest !== undefined && newest.id > after) return newest.id;
    if (end.aborted) return null;
    await pause(REST_MS_MIN, undefined, { signal: end }).catch(() => undefined);
  }
}
