// The whole recording above the lanes: a click or a drag moves the view.

import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { duration } from "../pure/clock.js";
import { offsetOf, type Limits } from "../pure/pixels.js";
import { pan, show, showAll, zoom } from "../state/actions.js";
import { clock, gaps, limits, overview, overviewColumns, view } from "../state/data.js";
import { bound, type Keys } from "../state/key-tables.js";
import { bars } from "../state/lanes.js";
import { t } from "../state/moments.js";
import { playing, startPlay } from "../state/play.js";
import { rulerTicks, timeText, timeUnitText } from "../state/readout.js";
import { paintMinimap } from "../paint/minimap.js";
import { clearCanvas, surfaceOf } from "../paint/surface.js";
import { colours } from "../paint/theme.js";
import { usePainted, useSize } from "../paint/use-canvas.js";

/** The minimap with its caption. */
export function Minimap(): JSX.Element {
  const all = limits.value;
  return (
    <section class="minimap" aria-label="Whole recording">
      <div class="minimap-caption">
        <button class="plain whole" title="Show the whole recording (0)" onClick={showAll}>
          Whole recording
        </button>
        {all !== null && (
          <p class="quiet" title={wholeText(all)}>
            {shareText(all)}
          </p>
        )}
        <div class="play" role="group" aria-label="Play">
          <PlayButton name="Rewind" direction={-1} path="M11 1.5v11L3.5 7z" />
          <PlayButton name="Play" direction={1} path="M3 1.5v11L10.5 7z" />
        </div>
      </div>
      <MinimapCanvas />
    </section>
  );
}

function wholeText({ start, end }: Limits): string {
  const [from, to] = [timeText(start, 3), timeText(end, 3)];
  return `The whole recording: ${from} to ${to} ${timeUnitText.value}`;
}

/** How much of the recording is in view: `86.1 ms of 3.21 s`. */
function shareText({ start, end }: Limits): string {
  const whole = duration(end - start, clock.value);
  const span = view.value;
  if (span === null || span.length >= end - start) return whole;
  return `${duration(span.length, clock.value).replace(/ ticks$/, "")} of ${whole}`;
}

function PlayButton({
  name,
  direction,
  path,
}: {
  readonly name: string;
  readonly direction: 1 | -1;
  readonly path: string;
}): JSX.Element {
  const isOn = playing.value === direction;
  return (
    <button
      class="plain play-button"
      aria-label={name}
      aria-pressed={isOn}
      title={`${name} (${direction === 1 ? "p" : "r"})`}
      onClick={() => startPlay(direction)}
    >
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        {isOn ? (
          <path d="M3 2h3v10H3zM8 2h3v10H8z" fill="currentColor" />
        ) : (
          <path d={path} fill="currentColor" />
        )}
      </svg>
    </button>
  );
}

function MinimapCanvas(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  useEffect(() => {
    if (size.value.width > 0)
      overviewColumns.value = Math.max(50, Math.floor(size.value.width / 3));
  }, [size.value.width]);
  usePainted(() => {
    const [all, span] = [limits.value, view.value];
    const { width, height, ratio } = size.value;
    const ink = colours.value;
    const [answer, known, moment] = [overview.state.value.value, bars.value, t.value];
    const lost = gaps.value;
    const whole = all === null ? null : { start: all.start, length: all.end - all.start };
    const ticks = whole === null ? [] : rulerTicks(whole, width, 120);
    return () => {
      if (canvas.current === null) return;
      if (all === null || span === null) return clearCanvas(canvas.current);
      const surface = surfaceOf(canvas.current, width, height, ratio, ink);
      if (surface === null) return;
      paintMinimap(surface, {
        ...{
          limits: all,
          answer,
          bars: known,
          gaps: lost,
          view: span,
          t: moment?.time ?? null,
          ticks,
        },
      });
    };
  });
  return (
    <div
      ref={box}
      class="minimap-box"
      role="slider"
      tabIndex={0}
      aria-label="Overview"
      aria-valuemin={0}
      aria-valuemax={1000}
      aria-valuenow={placeNow()}
      aria-valuetext={viewText()}
      onPointerDown={drag}
      onKeyDown={keys}
      onWheel={wheel}
    >
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

function placeNow(): number {
  const [all, span] = [limits.value, view.value];
  if (all === null || span === null) return 0;
  return Math.round((Number(span.start - all.start) / Number(all.end - all.start)) * 1000);
}

function viewText(): string {
  const span = view.value;
  if (span === null) return "nothing";
  return `${duration(span.length, clock.value)} from ${timeText(span.start)} ${timeUnitText.value}`;
}

function drag(event: PointerEvent): void {
  const target = event.currentTarget as HTMLElement;
  const [all, span] = [limits.peek(), view.peek()];
  if (all === null || span === null) return;
  target.setPointerCapture(event.pointerId);
  const box = target.getBoundingClientRect();
  const scale = { width: box.width, length: Number(all.end - all.start) };
  const timeAt = (x: number): bigint => all.start + BigInt(offsetOf(x - box.left, scale));
  const first = timeAt(event.clientX);
  const inside = first >= span.start && first <= span.start + span.length;
  const grip = inside ? first - span.start : span.length / 2n;
  const isWhole = span.length >= all.end - all.start;
  const select = event.shiftKey || isWhole;
  const move = ({ clientX }: PointerEvent): void => {
    const time = timeAt(clientX);
    if (!select) show({ start: time - grip, length: span.length }, { replace: true });
    else if (time !== first) {
      const [start, end] = time < first ? [time, first] : [first, time];
      show({ start, length: end - start }, { replace: true });
    }
  };
  if (!select) show({ start: first - grip, length: span.length });
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), {
    once: true,
  });
}

/** The keys of the overview. */
export const OVERVIEW_KEYS: readonly Keys[] = [
  {
    does: "pan by 10 %, to the begin, to the end",
    acts: {
      ...{ ArrowLeft: () => pan(-0.1), ArrowRight: () => pan(0.1) },
      ...{ Home: () => pan(-1e6), End: () => pan(1e6) },
    },
  },
  {
    does: "zoom in, out",
    acts: { ArrowUp: () => zoom(0.8, 0.5), ArrowDown: () => zoom(1.25, 0.5) },
  },
];

const keys = bound(OVERVIEW_KEYS);

function wheel(event: WheelEvent): void {
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.25 : 0.8, 0.5);
}
