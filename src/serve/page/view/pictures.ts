// What is on the screen as SVG and PNG. Both are painted by the painters of the canvas.

import { paintScene } from "../paint/scene.js";
import { SvgBrush } from "../paint/svg.js";
import { colours } from "../paint/theme.js";
import { type Surface } from "../paint/surface.js";
import { density, rows, size, visible } from "../state/lanes.js";
import { facts } from "../state/data.js";
import { save } from "../state/copy.js";
import { say } from "../state/message.js";
import { contractName } from "./gutter.js";
import { sceneNow } from "./lanes.js";

/** Pixels for the names in a picture. */
const NAMES = 216;

/** Saves the lanes in sight as SVG. */
export function saveSvg(): void {
  const svg = picture();
  if (svg === null) return say("There is nothing to draw yet");
  save(fileName("svg"), new Blob([svg], { type: "image/svg+xml" }));
}

/** Saves the lanes in sight as PNG, in device pixels. */
export async function savePng(): Promise<void> {
  const canvas = document.querySelector<HTMLCanvasElement>(".lane-canvas");
  const made = document.createElement("canvas");
  const pen = made.getContext("2d");
  if (canvas === null || pen === null) {
    say("There is nothing to draw yet");
    return;
  }
  const ratio = density.peek();
  made.width = canvas.width + NAMES * ratio;
  made.height = canvas.height;
  pen.fillStyle = colours.peek()["bg"] ?? "white";
  pen.fillRect(0, 0, made.width, made.height);
  pen.drawImage(canvas, NAMES * ratio, 0);
  pen.fillStyle = colours.peek()["text"] ?? "black";
  pen.font = `500 ${11.5 * ratio}px sans-serif`;
  for (const { text, y } of names()) pen.fillText(text, 12 * ratio, y * ratio);
  const blob = await new Promise<Blob | null>((done) => made.toBlob(done, "image/png"));
  if (blob !== null) save(fileName("png"), blob);
}

function picture(): string | null {
  const scene = sceneNow();
  if (scene === null) return null;
  const { width, height } = size.peek();
  const brush = new SvgBrush();
  const surface: Surface = { brush, ratio: 1, width, height, colours: colours.peek() };
  paintScene(surface, scene);
  const ink = colours.peek();
  return brush.document(width + NAMES, height, NAMES, ink, names());
}

function names(): readonly { readonly text: string; readonly y: number }[] {
  const top = rows.peek().length === 0 ? 0 : (sceneNow()?.scroll ?? 0);
  return visible.peek().map(({ lane, group, top: y, height }) => ({
    text: lane === null ? (group?.name ?? "") : contractName(lane),
    y: y - top + Math.min(height, 24) / 2 + 4,
  }));
}

function fileName(end: string): string {
  return `${(facts.peek()?.file ?? "irqtwin").replace(/\.(?:txt|gz)/g, "")}.${end}`;
}
