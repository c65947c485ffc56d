// What is on the screen as SVG and PNG. Both are painted by the painters of the canvas, in the colours of the theme.

import { paintCounters } from "../paint/counters.js";
import { paintFrame, PICTURE_LEFT, PICTURE_TOP, type PictureFrame } from "../paint/picture.js";
import { paintScene, type Scene } from "../paint/scene.js";
import { SvgBrush } from "../paint/svg.js";
import { plainColours } from "../paint/theme.js";
import { surfaceOf, type Surface } from "../paint/surface.js";
import { stuckHeight } from "../pure/layout.js";
import { counters } from "../state/counters.js";
import { density, scroll, size, visible } from "../state/lanes.js";
import { facts } from "../state/data.js";
import { save } from "../state/copy.js";
import { complain } from "../state/message.js";
import { timeText, timeUnitText } from "../state/readout.js";
import { sceneNow } from "./lanes.js";

/** Saves the lanes in sight as SVG. */
export function saveSvg(): void {
  const scene = sceneNow();
  if (scene === null) return complain("There is nothing to draw yet");
  save(fileName("svg"), new Blob([svgOf(scene)], { type: "image/svg+xml" }));
}

/** Saves the lanes in sight as PNG, in device pixels. */
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
  const lanes = svgSurface(size.peek().width, size.peek().height);
  paintScene(lanes, scene);
  paintCountersOf(lanes, scene);
  const whole = svgSurface(lanes.width + PICTURE_LEFT, lanes.height + PICTURE_TOP);
  paintFrame(whole, scene, frameOf(scene));
  whole.brush.place(lanes.brush, PICTURE_LEFT, PICTURE_TOP, lanes.width, lanes.height);
  return whole.brush.document(whole.width, whole.height, plainColours.peek());
}

function svgSurface(width: number, height: number): Surface & { readonly brush: SvgBrush } {
  return { brush: new SvgBrush(), ratio: 1, width, height, colours: plainColours.peek() };
}

function canvasOf(scene: Scene): HTMLCanvasElement | null {
  const { width, height } = size.peek();
  const [ratio, ink] = [density.peek(), plainColours.peek()];
  const [lanes, whole] = [document.createElement("canvas"), document.createElement("canvas")];
  const inner = surfaceOf(lanes, width, height, ratio, ink);
  const outer = surfaceOf(whole, width + PICTURE_LEFT, height + PICTURE_TOP, ratio, ink);
  if (inner === null || outer === null) return null;
  paintScene(inner, scene);
  paintCountersOf(inner, scene);
  paintFrame(outer, scene, frameOf(scene));
  whole.getContext("2d")?.drawImage(lanes, PICTURE_LEFT * ratio, PICTURE_TOP * ratio);
  return whole;
}

function paintCountersOf(surface: Surface, scene: Scene): void {
  const answer = counters.state.peek().value;
  if (answer !== null) paintCounters(surface, scene, answer);
}

function frameOf({ view, t }: Scene): PictureFrame {
  const { file, kernel } = facts.peek() ?? {};
  const span = `${timeText(view.start)} – ${timeText(view.start + view.length)} ${timeUnitText.peek()}`;
  return {
    title: [file, kernel == null ? null : `kernel ${kernel}`, span]
      .filter((part) => part != null)
      .join("  ·  "),
    names: visible
      .peek()
      .map(({ lane, group, top, height, stuck }) => ({
        text: lane === null ? (group?.name ?? "") : lane.name,
        y: top - (stuck ? 0 : scroll.peek()) + Math.min(height, 24) / 2 + 4,
        stuck,
      }))
      // What is scrolled below the lanes that stay has no name.
      .filter(({ y, stuck }) => stuck || y > stuckHeight(visible.peek()) + 8),
    t: t === null ? null : timeText(t),
  };
}

function fileName(end: string): string {
  return `${(facts.peek()?.file ?? "irqtwin").replace(/\.(?:txt|gz)/g, "")}.${end}`;
}
