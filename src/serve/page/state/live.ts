// A recording that grows: the page grows with it, unless the reader looks back.

import { computed, effect, signal, untracked } from "@preact/signals";
import { reaches, type Limits } from "../pure/pixels.js";
import { type Span, type UrlState } from "../pure/url-state.js";
import { facts, findings, lanes, limits, overview, state, view } from "./data.js";
import { forgetIntervals } from "./lanes.js";
import { remember } from "./moments.js";
import { amend, go, url } from "./url.js";

/** The recording is being written. */
export const isGrowing = computed(() => facts.value?.state === "importing");

/** T is at the end of a recording that grows. */
export const isLive = computed(() => isGrowing.value && url.value.t === "live");

/** Up to where the reader has followed a recording that grows. */
const followed = signal<{ readonly recording: number; readonly seq: number } | null>(null);

/** Events that came since the reader looked back. */
export const behind = computed(() => {
  const { id, last_seq } = facts.value ?? {};
  const to = followed.value;
  return last_seq == null || to?.recording !== id ? 0 : last_seq - (to?.seq ?? last_seq);
});

/** Follows what grows: where T is live, T and the right edge of the view stay at the end. */
export function followGrowth(): void {
  let before = url.peek();
  effect(() => {
    const [now, all] = [url.value, limits.value];
    const was = before;
    before = now;
    if (all !== null) untracked(() => follow(was, now, all));
  });
  effect(countFrom);
}

/** Back to the end of a recording that grows. */
export function backToNow(): void {
  if (isGrowing.peek()) go({ t: "live", ...atEnd() });
}

/** Asks anew for all that grows, in the order in which one depends on the other. */
export function showGrowth(): void {
  lanes.again();
  overview.again();
  findings.again();
  forgetIntervals();
  if (url.peek().t === "live") state.again();
}

/** Asks anew for what is known only of a complete recording. */
export function showComplete(): void {
  findings.again();
  state.again();
}

function follow(was: UrlState, now: UrlState, all: Limits): void {
  const isSame = was.recording === now.recording;
  const wasLive = isSame && was.t === "live";
  if (now.t === "live") {
    const isMoved = wasLive && now.view !== was.view && now.view !== null;
    if (isMoved && !reaches(now.view, all)) lookBack();
    else keepUp();
  } else if (wasLive && now.view === null && isGrowing.peek()) {
    // The whole recording would go on to move under what the reader looks at.
    amend({ view: view.peek() });
  }
}

/** T stays at what was the end when the reader moved the view away from it. */
function lookBack(): void {
  const [document, all, id] = [state.state.peek().value, limits.peek(), url.peek().recording];
  if (all === null || id === null) return;
  if (document?.recording_id !== id) return amend({ t: { time: all.end } });
  remember(id, document.seq, document.time_ns);
  amend({ t: { seq: document.seq } });
}

/** The view ends where the recording ends; its length stays. */
function keepUp(): void {
  const { view: wanted } = atEnd();
  if (wanted !== undefined && wanted.start !== url.peek().view?.start) amend({ view: wanted });
}

/** The view moved to the end; nothing where it shows the whole recording. */
function atEnd(): { readonly view?: Span } {
  const [span, all] = [url.peek().view, limits.peek()];
  if (span === null || all === null) return {};
  return { view: { start: all.end - span.length, length: span.length } };
}

function countFrom(): void {
  const { id, last_seq } = facts.value ?? {};
  if (id === undefined || last_seq == null) return;
  if (isLive.value || followed.peek()?.recording !== id)
    followed.value = { recording: id, seq: last_seq };
}
