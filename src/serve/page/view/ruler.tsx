// The ruler: round times, and the chips of T, A and B. A drag on it moves T.

import { type JSX } from "preact";
import { useRef } from "preact/hooks";
import { count, exactDuration } from "../pure/clock.js";
import { offsetOf } from "../pure/pixels.js";
import { isFree, tickWidth, type Extent } from "../pure/ruler.js";
import { setT, stepTo } from "../state/actions.js";
import { clock, facts, gaps, limits, state, view } from "../state/data.js";
import { isLive } from "../state/live.js";
import { a, b, t } from "../state/moments.js";
import { copyTime, copyUnitText, rulerTicks, timeText, timeUnitText } from "../state/readout.js";
import { bound, type Keys } from "../state/key-tables.js";
import { go, url } from "../state/url.js";
import { useSize } from "../paint/use-canvas.js";

/** The ruler. */
export function Ruler(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const span = view.value;
  const { width } = size.value;
  const x = (time: bigint): number =>
    span === null ? -1 : (Number(time - span.start) / Number(span.length)) * width;
  const taken = takenBy(x, width);
  const ticks = span === null || width === 0 ? [] : rulerTicks(span, width, rulerDistance());
  return (
    <div
      ref={box}
      class="ruler"
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={1000000}
      aria-valuenow={placeOfT()}
      aria-valuetext={textOfT()}
      onPointerDown={scrub}
      onKeyDown={keys}
    >
      {ticks.map(({ time, text }) => (
        <span
          key={String(time)}
          class={`ruler-tick ${isFree(x(time), tickWidth(text), width, taken) ? "" : "under"}`}
          style={{ left: `${x(time)}px` }}
        >
          {text}
        </span>
      ))}
      {gaps.value.map((gap, place) => (
        <span
          key={place}
          class="ruler-gap"
          style={{ left: `${Math.max(0, x(gap.from))}px` }}
          hidden={x(gap.to) < 0 || x(gap.from) > width}
        >
          lost {gap.lost === null ? "events" : `${count(gap.lost)} events`}
          {gap.cpu === null ? "" : `, CPU ${gap.cpu}`}
        </span>
      ))}
      <Chips x={x} width={width} />
      {isLive.value && <span class="live">● live</span>}
    </div>
  );
}

function rulerDistance(): number {
  return timeUnitText.value === "ticks" ? 128 : 92;
}

/** Pixels on both sides that the chip of A or B may take. */
const MARK = 22;

/** About how wide the chip of T is: its name, its time in a bold face, and its distance from A in a small one. */
function chipWidth(): number {
  const time = t.value === null ? "" : timeText(t.value.time);
  const distance = distanceFromA();
  const small = distance === null ? 0 : 8 + tickWidth(distance) * 0.95;
  return 36 + tickWidth(time) * 1.1 + small;
}

/** Does the chip of T stand at the left of its line, where the ruler ends at the right? */
function isFlipped(x: number, width: number): boolean {
  return x > width - chipWidth();
}

/** What the chips of T, A and B take of the ruler. */
function takenBy(x: (time: bigint) => number, width: number): readonly Extent[] {
  const taken: Extent[] = [];
  if (t.value !== null) {
    const at = x(t.value.time);
    taken.push(isFlipped(at, width) ? [at - chipWidth(), at] : [at, at + chipWidth()]);
  }
  for (const moment of [a.value, b.value]) {
    if (moment === null) continue;
    const at = x(moment.time);
    taken.push([at - MARK, at + MARK]);
  }
  return taken;
}

function Chips({
  x,
  width,
}: {
  readonly x: (time: bigint) => number;
  readonly width: number;
}): JSX.Element {
  const places = { t: t.value, a: a.value, b: b.value };
  const shown = (time: bigint): boolean => x(time) >= -1 && x(time) <= width + 1;
  const isSwapped = places.a !== null && places.b !== null && places.b.time < places.a.time;
  return (
    <>
      {places.a !== null && shown(places.a.time) && (
        <span
          class={`mark ${isSwapped ? "right" : "left"}`}
          style={{ left: `${x(places.a.time)}px` }}
        >
          A
        </span>
      )}
      {places.b !== null && shown(places.b.time) && (
        <span
          class={`mark ${isSwapped ? "left" : "right"}`}
          style={{ left: `${x(places.b.time)}px` }}
        >
          B
        </span>
      )}
      {places.t !== null && shown(places.t.time) && (
        <span
          class={`t-chip ${isFlipped(x(places.t.time), width) ? "flip" : ""}`}
          style={{ left: `${x(places.t.time)}px` }}
        >
          T&ensp;{timeText(places.t.time)}
          {distanceFromA() !== null && <small>&ensp;{distanceFromA()}</small>}
        </span>
      )}
    </>
  );
}

/** `12.345 ms after A`; null = A is not set, or is T, or times count from it anyway. */
export function distanceFromA(): string | null {
  const [moment, from] = [t.value, a.value];
  if (moment === null || from === null || url.value.zone === "a" || moment.time === from.time)
    return null;
  const by = moment.time - from.time;
  return `${exactDuration(by < 0n ? -by : by, clock.value)} ${by < 0n ? "before" : "after"} A`;
}

function placeOfT(): number {
  const [moment, all] = [t.value, limits.value];
  if (moment === null || all === null) return 0;
  return Math.round((Number(moment.time - all.start) / Number(all.end - all.start)) * 1e6);
}

/** T in words: `15.749 621 s, @913`. */
export function textOfT(): string {
  const moment = t.value;
  if (moment === null) return "not set";
  const seq = moment.seq === null ? "" : `, @${moment.seq}`;
  return `${copyTime(moment.time)} ${copyUnitText.value}${seq}`;
}

/** Follows a pointer along an element that shows the view, and sets T. */
export function scrub(event: PointerEvent): void {
  const target = event.currentTarget as HTMLElement;
  const span = view.peek();
  if (span === null || event.button !== 0) return;
  target.setPointerCapture(event.pointerId);
  const box = target.getBoundingClientRect();
  const scale = { width: box.width, length: Number(span.length) };
  const set = (x: number, replace: boolean): void => {
    const time =
      span.start + BigInt(offsetOf(Math.min(box.width, Math.max(0, x - box.left)), scale));
    if (event.shiftKey && replace) go({ b: { time } }, { replace });
    else if (event.shiftKey) go({ a: { time }, b: { time } });
    else setT({ time: inRecording(time) }, { replace });
  };
  set(event.clientX, false);
  const move = ({ clientX }: PointerEvent): void => set(clientX, true);
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), {
    once: true,
  });
}

/** A time inside the recording. */
export function inRecording(time: bigint): bigint {
  const all = limits.peek();
  if (all === null) return time;
  if (time < all.start) return all.start;
  return time > all.end ? all.end : time;
}

/** The keys of the ruler. */
export const RULER_KEYS: readonly Keys[] = [
  {
    does: "event before T, behind it",
    acts: { ArrowLeft: () => stepEvent(-1), ArrowRight: () => stepEvent(1) },
  },
  {
    does: "previous, next change of the selection",
    acts: {
      "Shift+ArrowLeft": () => void stepTo("change", "previous"),
      "Shift+ArrowRight": () => void stepTo("change", "next"),
    },
  },
  {
    does: "first event, last event",
    acts: { Home: () => toEnd("first_seq"), End: () => toEnd("last_seq") },
  },
];

const keys = bound(RULER_KEYS);

function toEnd(which: "first_seq" | "last_seq"): void {
  const known = facts.peek();
  const seq = known?.last_seq == null ? null : known[which];
  if (seq !== null) setT({ seq });
}

/** T to the event before or after it. */
export function stepEvent(step: 1 | -1): void {
  const known = facts.peek();
  const seq = state.state.peek().value?.seq;
  if (known?.last_seq == null || seq === undefined) return;
  const at = url.peek().t;
  const isBetween = at !== null && at !== "live" && "time" in at;
  const next = isBetween && step === -1 ? seq : seq + step;
  setT({ seq: Math.min(known.last_seq, Math.max(known.first_seq, next)) });
}
