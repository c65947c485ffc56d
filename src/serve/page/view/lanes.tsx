// The lanes: names at the left, one canvas for what happened. The names are the table that screen readers read.

import { type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { url } from "../state/url.js";
import { rulerTicks } from "../state/readout.js";
import { clock, findingId, gaps, lanes, limits, view } from "../state/data.js";
import { bars, density, intervals, scroll, size, totalHeight, visible } from "../state/lanes.js";
import { a, b, t } from "../state/moments.js";
import { isWrongAtT } from "../state/verdict.js";
import { clearCanvas, surfaceOf } from "../paint/surface.js";
import { colours } from "../paint/theme.js";
import { paintScene, type Scene } from "../paint/scene.js";
import { CounterLanes } from "./counters.js";
import { followSelection } from "./follow-selection.js";
import { Gutter } from "./gutter.js";
import { hits, hover, leave, pointerDown, wheel, zoomTo } from "./lane-pointer.js";
import { usePainted, useSize } from "../paint/use-canvas.js";

/** The lanes, which scroll up and down. */
export function Lanes(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const column = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const outer = useSize(box);
  const inner = useSize(column);
  useEffect(() => {
    size.value = { width: inner.value.width, height: outer.value.height };
    density.value = outer.value.ratio;
  }, [inner.value.width, outer.value.height, outer.value.ratio]);
  useEffect(() => (box.current === null ? undefined : followSelection(box.current)), []);
  useEffect(() => {
    const element = canvas.current;
    element?.addEventListener("wheel", wheel, { passive: false });
    return () => element?.removeEventListener("wheel", wheel);
  }, []);
  usePainted(() => {
    const scene = sceneNow();
    const { width, height } = size.value;
    const [ratio, ink] = [density.value, colours.value];
    return () => {
      if (canvas.current === null) return;
      if (scene === null) {
        hits.value = [];
        clearCanvas(canvas.current);
        return;
      }
      const surface = surfaceOf(canvas.current, width, height, ratio, ink);
      if (surface !== null) hits.value = paintScene(surface, scene);
    };
  });
  return (
    <div
      ref={box}
      class="lanes"
      tabIndex={-1}
      onScroll={(event) => (scroll.value = event.currentTarget.scrollTop)}
    >
      <div
        class="lanes-body"
        style={{ height: `${Math.max(totalHeight.value, size.value.height)}px` }}
      >
        <Gutter />
        <div ref={column} class="lanes-column">
          <canvas
            ref={canvas}
            class="lane-canvas"
            aria-hidden="true"
            style={{ width: `${size.value.width}px`, height: `${size.value.height}px` }}
            onPointerDown={pointerDown}
            onPointerMove={hover}
            onPointerLeave={leave}
            onDblClick={zoomTo}
          />
          <CounterLanes />
        </div>
      </div>
    </div>
  );
}

/** What is to be seen on the lanes now; null = nothing is known yet. It reads signals. */
export function sceneNow(): Scene | null {
  const [span, all, answer] = [view.value, limits.value, lanes.state.value.value];
  if (span === null || all === null || answer === null) return null;
  const zone = clock.value;
  const distance = zone.unit === "ticks" && zone.hz === null ? 128 : 92;
  return {
    ...{ view: span, end: all.end, rows: visible.value, scroll: scroll.value },
    ...{
      kinds: answer.table.kinds,
      intervals: intervals.value,
      states: answer.states,
      bars: bars.value,
    },
    ...{ gaps: gaps.value, clock: zone, finding: findingId.value },
    ticks: size.value.width === 0 ? [] : rulerTicks(span, size.value.width, distance),
    ...{ t: t.value?.time ?? null, a: a.value?.time ?? null, b: b.value?.time ?? null },
    ...{ selected: url.value.subject?.name ?? null, isWrong: isWrongAtT.value },
  };
}
