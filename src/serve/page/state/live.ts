// A recording that grows: the page grows with it, unless the reader looks back.

import { computed, effect, signal } from "@preact/signals";
import { facts, findings, lanes, limits, overview, state, timeline, view } from "./data.js";
import { forgetIntervals } from "./lanes.js";
import { go, url } from "./url.js";

/** The recording is being written. */
export const isGrowing = computed(() => facts.value?.state === "importing");

/** T is at the end of a recording that grows. */
export const isLive = computed(() => isGrowing.value && url.value.t === "live");

/** Events that came since the reader looked back. */
export const behind = signal(0);

/** What the server says is wrong with the connection; null = nothing. */
export const isGone = signal(false);

/** Refreshes come at most so often, in milliseconds. */
const EVERY = 500;

let source: EventSource | null = null;
let isComplete = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Listens to the server while the page is open. */
export function followLive(): void {
  effect(() => {
    if (timeline.state.value.value !== null && source === null) listen();
  });
}

/** Back to the end of a recording that grows. */
export function backToNow(): void {
  if (!isGrowing.peek()) return;
  behind.value = 0;
  go({ t: "live" });
  keepUp();
}

function listen(): void {
  source = new EventSource("/api/live");
  source.onopen = () => (isGone.value = false);
  source.onerror = () => (isGone.value = source?.readyState === EventSource.CONNECTING);
  source.onmessage = () => later();
  for (const type of ["began", "events", "removed", "dropped"])
    source.addEventListener(type, later);
  source.addEventListener("complete", () => {
    isComplete = true;
    later();
  });
}

function later(): void {
  timer ??= setTimeout(refresh, EVERY);
}

function refresh(): void {
  timer = undefined;
  const before = facts.peek()?.last_seq ?? 0;
  timeline.again();
  lanes.again();
  overview.again();
  forgetIntervals();
  // What is incomplete cannot be judged: it is judged when it is complete.
  if (isComplete) findings.again();
  if (isComplete) state.again();
  isComplete = false;
  const stop = effect(() => {
    const now = facts.value?.last_seq ?? 0;
    if (now > before && !isLive.peek()) behind.value += now - before;
  });
  stop();
  if (isLive.peek()) keepUp();
}

/** The view ends where the recording ends; its length stays. */
function keepUp(): void {
  state.again();
  const [span, all] = [view.peek(), limits.peek()];
  if (span !== null && all !== null && url.peek().view !== null)
    go({ view: { start: all.end - span.length, length: span.length } }, { replace: true });
}
