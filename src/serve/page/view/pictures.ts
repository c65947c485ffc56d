// What is on the screen as SVG and PNG. Both are painted by the painters of the canvas, in the colours of the theme.

import { paintCounters } from "../paint/counters.js";
import { type Overview } from "../paint/minimap.js";
import {
  paintFrame,
  PICTURE_FOOT,
  PICTURE_LEFT,
  PICTURE_TOP,
  type PictureFrame,
  type Sheet,
} from "../paint/picture.js";
import { paintScene, type Scene } from "../paint/scene.js";
import { SvgBrush } from "../paint/svg.js";
import { plainColours } from "../paint/theme.js";
import { surfaceOf, type Surface } from "../paint/surface.js";
import { exactDuration } from "../pure/clock.js";
import { stuckHeight } from "../pure/layout.js";
import { counters } from "../state/counters.js";
import { clock, facts, gaps, limits, overview } from "../state/data.js";
import { factsNow, verdictNow, worstSign } from "../state/headline.js";
import { bars, density, scroll, size, visible } from "../state/lanes.js";
import { legend } from "../state/legend.js";
import { at, lineOfT } from "../state/line.js";
import { save } from "../state/copy.js";
import { complain } from "../state/message.js";
import { rulerTicks, timeText, timeUnitText } from "../state/readout.js";
import { sceneNow } from "./lanes.js";

/** Saves what is on the screen as SVG. */
export function saveSvg(): void {
  const scene = sceneNow();
  if (scene === null) return complain("There is nothing to draw yet");
  save(fileName("svg"), new Blob([svgOf(scene)], { type: "image/svg+xml" }));
}

/** Saves what is on the screen as PNG, in device pixels. */
export async function savePng(): Promise<void> {
  const scene = sceneNow();
  const canvas = scene === null ? null : canvasOf(scene);
  if (canvas === null) {
    complain("There is nothing to draw yet");
    return;
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob !== null) save(fileName("png"), blob);
}

function svgOf(scene: Scene): string {
  const { width, height } = wholeSize();
  const surface = svgSurface(width, height);
  paintPicture(scene, {
    surface,
    part: (box, paint) => {
      const inner = svgSurface(box.width, box.height);
      paint(inner);
      surface.brush.place(inner.brush, box.x, box.y, box.width, box.height);
    },
  });
  return surface.brush.document(width, height, plainColours.peek());
}

function svgSurface(width: number, height: number): Surface & { readonly brush: SvgBrush } {
  return { brush: new SvgBrush(), ratio: 1, width, height, colours: plainColours.peek() };
}

function canvasOf(scene: Scene): HTMLCanvasElement | null {
  const { width, height } = wholeSize();
  const [ratio, ink] = [density.peek(), plainColours.peek()];
  const whole = document.createElement("canvas");
  const surface = surfaceOf(whole, width, height, ratio, ink);
  if (surface === null) return null;
  paintPicture(scene, {
    surface,
    part: (box, paint) => {
      const part = document.createElement("canvas");
      const inner = surfaceOf(part, box.width, box.height, ratio, ink);
      if (inner === null) return;
      paint(inner);
      whole.getContext("2d")?.drawImage(part, box.x * ratio, box.y * ratio);
    },
  });
  return whole;
}

function wholeSize(): { readonly width: number; readonly height: number } {
  const { width, height } = size.peek();
  return { width: width + PICTURE_LEFT, height: height + PICTURE_TOP + PICTURE_FOOT };
}

function paintPicture(scene: Scene, sheet: Sheet): void {
  const { width, height } = size.peek();
  paintFrame(sheet, scene, frameOf(scene));
  sheet.part({ x: PICTURE_LEFT, y: PICTURE_TOP, width, height }, (surface) => {
    paintScene(surface, scene);
    const answer = counters.state.peek().value;
    if (answer !== null) paintCounters(surface, scene, answer);
  });
}

function frameOf(scene: Scene): PictureFrame {
  const { t, a, b } = scene;
  const { words, kind } = verdictNow();
  const sign = kind === "warm" ? `${worstSign()} ` : "";
  const file = facts.peek()?.file;
  return {
    title: [...(file === undefined ? [] : [file]), ...factsNow()].join("  ·  "),
    verdict: { text: `${sign}${words}`, warm: kind === "warm" },
    moments: momentsText(scene),
    names: namesOfLanes(),
    times: { t: textOf(t), a: textOf(a), b: textOf(b) },
    overview: overviewNow(scene),
    legend: legend.peek(),
  };
}

function textOf(time: bigint | null): string | null {
  return time === null ? null : timeText(time);
}

/** The view, T, A and B in words: they are told though they are out of view. */
function momentsText({ view, t, a, b }: Scene): PictureFrame["moments"] {
  const unit = timeUnitText.peek();
  const line = lineOfT.peek();
  const where = [at.peek(), line === null ? "" : `line ${line}`].filter((part) => part !== "");
  const said = (name: string, time: bigint | null): readonly string[] =>
    time === null ? [] : [`${name} ${timeText(time)} ${unit}`];
  const seen = [
    `view ${timeText(view.start)} – ${timeText(view.start + view.length)} ${unit}`,
    ...said("T", t).map((text) => (where.length === 0 ? text : `${text} (${where.join(", ")})`)),
  ];
  const between = a === null || b === null ? [] : [`A to B ${exactDuration(b - a, clock.peek())}`];
  const marks = [...said("A", a), ...said("B", b), ...between];
  return [seen.join("  ·  "), marks.join("  ·  ")];
}

function namesOfLanes(): PictureFrame["names"] {
  const high = size.peek().height;
  return (
    visible
      .peek()
      .map(({ lane, group, top, height, stuck }) => ({
        text: lane === null ? (group?.name ?? "") : lane.name,
        y: top - (stuck ? 0 : scroll.peek()) + Math.min(height, 24) / 2 + 4,
        stuck,
      }))
      // What is scrolled below the lanes that stay has no name, nor has what begins at the lower edge.
      .filter(({ y, stuck }) => stuck || (y > stuckHeight(visible.peek()) + 8 && y < high))
  );
}

function overviewNow({ view, t }: Scene): Overview | null {
  const all = limits.peek();
  if (all === null) return null;
  const whole = { start: all.start, length: all.end - all.start };
  return {
    ...{ limits: all, answer: overview.state.peek().value, bars: bars.peek(), gaps: gaps.peek() },
    ...{ view, t, ticks: rulerTicks(whole, size.peek().width, 120) },
  };
}

function fileName(end: string): string {
  return `${(facts.peek()?.file ?? "irqtwin").replace(/\.(?:txt|gz)/g, "")}.${end}`;
}
