// Play and rewind: T moves, five seconds for the view. With reduced motion it steps from event to event.

import { signal } from "@preact/signals";
import { stepTo } from "./actions.js";
import { limits, view } from "./data.js";
import { t } from "./moments.js";
import { go } from "./url.js";

/** 1 = plays, -1 = rewinds, 0 = stands. */
export const playing = signal<-1 | 0 | 1>(0);

/** How many times as fast as five seconds for the view. */
export const speed = signal(1);

const SECONDS = 5;
const STEP_EVERY = 800;

let frame = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Starts in a direction, or stops what plays in it. */
export function startPlay(direction: -1 | 1): void {
  const isOn = playing.peek() === direction;
  stopPlay();
  if (isOn) return;
  playing.value = direction;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    timer = setInterval(
      () => void stepTo("event", direction === 1 ? "next" : "previous"),
      STEP_EVERY,
    );
  } else frame = requestAnimationFrame((now) => run(now, now));
}

/** Stops. */
export function stopPlay(): void {
  playing.value = 0;
  cancelAnimationFrame(frame);
  clearInterval(timer);
}

/** Plays faster or slower. */
export function faster(factor: number): void {
  speed.value = Math.min(64, Math.max(1 / 64, speed.peek() * factor));
}

function run(before: number, now: number): void {
  const [span, all, moment] = [view.peek(), limits.peek(), t.peek()];
  if (playing.peek() === 0 || span === null || all === null) return stopPlay();
  const part = ((now - before) / 1000 / SECONDS) * speed.peek() * playing.peek();
  const step = BigInt(Math.round(Number(span.length) * part));
  const from = moment?.time ?? span.start;
  const time = from + step;
  const isOver = time < all.start || time > all.end;
  const shown = time < all.start ? all.start : time > all.end ? all.end : time;
  const leaves = shown < span.start || shown > span.start + span.length;
  const start = shown - (playing.peek() === 1 ? span.length / 10n : (span.length * 9n) / 10n);
  go(
    { t: { time: shown }, ...(leaves ? { view: { start, length: span.length } } : {}) },
    { series: "play" },
  );
  if (isOver) stopPlay();
  else frame = requestAnimationFrame((next) => run(now, next));
}
