// What the page opens with where the address says nothing: the first safety finding, framed, with T at it.

import { effect, signal } from "@preact/signals";
import { type ListedFinding, type TimelineAnswer } from "../pure/answers.js";
import { openFinding, openRecording } from "./actions.js";
import { facts, findings, isListed, limits, nameOfRecording, state, timeline } from "./data.js";
import { untilDrawn } from "./drawn.js";
import { say } from "./message.js";
import { searchStart } from "./search-start.js";
import { amend, recordingId, url } from "./url.js";

/** A link was made for another file than the recording of that number here. */
export const isOtherFile = signal(false);

/** The recording for which the opening has been done. */
let opened: number | null = null;

/** So long are findings awaited: those of a large recording that was never checked take a minute and more. */
const PATIENCE_MS = 3000;
const isPatienceOver = signal(false);

/** Chooses a recording and a moment where the address does not. */
export function followStart(): void {
  effect(chooseRecording);
  effect(checkFile);
  effect(waitForFindings);
  effect(chooseMoment);
  effect(nameWindow);
}

/** The window is named after the recording, for whoever has several open. */
function nameWindow(): void {
  const id = facts.value?.id;
  document.title = id === undefined ? "irqtwin" : `${nameOfRecording(id)} · irqtwin`;
}

function chooseRecording(): void {
  const answer = timeline.state.value.value;
  const { recording, hash } = url.value;
  if (answer === null) return;
  if (answer.recordings.length === 0) {
    // What was shown is there no more. A link that names its file may be of one that is yet to be imported.
    if (recording !== null && hash === null) openRecording(null, { replace: true });
    return;
  }
  if (recording !== null && answer.recordings.some(({ id }) => id === recording)) return;
  const byHash = answer.recordings.find((each) => hash !== null && each.sha256?.startsWith(hash));
  if (recording !== null && byHash === undefined) {
    say(`There is no recording ${recording} here`);
  }
  const wanted = byHash?.id ?? startOf(answer);
  if (wanted !== recording) amend({ recording: wanted });
  if (recording === null && hash === null) searchStart(answer.unchecked ?? [], wanted);
}

/** The recording that the server names, else the newest; null = all were dropped. */
function startOf({ start, recordings }: TimelineAnswer): number | null {
  return start?.recording ?? recordings.findLast(isListed)?.id ?? null;
}

/** A link to another file says so rather than show the wrong one. */
function checkFile(): void {
  const known = facts.value;
  const { hash } = url.value;
  if (known?.sha256 == null) return;
  const own = known.sha256.slice(0, 12);
  if (hash === null) amend({ hash: own });
  else if (hash !== own) {
    const right = timeline.state
      .peek()
      .value?.recordings.find(({ sha256 }) => sha256?.startsWith(hash));
    if (right !== undefined) amend({ recording: right.id });
  }
  isOtherFile.value = hash !== null && hash !== own;
}

function waitForFindings(): (() => void) | undefined {
  isPatienceOver.value = false;
  const id = recordingId.value;
  if (id === null) return undefined;
  const left = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A state in the middle is not asked for before the lanes are there.
  void untilDrawn(id, left.signal).then(() => {
    if (!left.signal.aborted) timer = setTimeout(() => (isPatienceOver.value = true), PATIENCE_MS);
  });
  return () => {
    left.abort();
    clearTimeout(timer);
  };
}

function chooseMoment(): void {
  const known = facts.value;
  const { t, view, finding, recording } = url.value;
  // A recording that comes when none is shown may have the number of one that went.
  if (recording === null) opened = null;
  if (known === null || opened === recording) return;
  if (!isLoaded(recording) && !isPatienceOver.value) return;
  opened = recording;
  if (t !== null || state.state.peek().value?.recording_id === recording) return;
  if (known.state === "importing") return amend({ t: "live" });
  // A link that names a window shows it, and not the finding that a recording opens with.
  if (view !== null && finding === null)
    return amend({ t: { time: view.start + view.length / 2n } });
  const report = findings.state.peek().value;
  const own = report !== null && report.recording_id === recording ? report.findings : [];
  const first = firstOf(own, recording);
  if (first !== undefined) openFinding(first, { replace: true, foldOthers: true, keepsTab: true });
  else if (known.last_seq !== null) {
    const middle = Math.floor((known.first_seq + known.last_seq) / 2);
    amend({ t: { seq: middle } });
  }
}

/** The lanes and the findings of the recording are there, or it is known that they do not come. */
function isLoaded(recording: number | null): boolean {
  const report = findings.state.value;
  if (limits.value === null || report.busy) return false;
  if (report.value === null) return report.error !== null;
  return report.value.recording_id === recording;
}

/** The finding to open with: the one of the address, the one that the server names, else the first about safety, else the first. */
function firstOf(
  all: readonly ListedFinding[],
  recording: number | null,
): ListedFinding | undefined {
  const start = timeline.state.peek().value?.start ?? null;
  const named = start?.recording === recording ? start.finding : null;
  return (
    all.find(({ id, place }) => [id, place].includes(url.peek().finding)) ??
    all.find(({ id }) => id === named) ??
    all.find(({ severity, kind }) => severity === "safety" && kind !== "contradiction") ??
    all[0]
  );
}
