// What stands around the lanes of a picture: what it is of, the times, and the names.

import { columnOf, type Scale } from "../pure/pixels.js";
import { type Scene } from "./scene.js";
import { colour, font, type Surface } from "./surface.js";

/** Pixels for the names left of the lanes. */
export const PICTURE_LEFT = 216;

/** Pixels for the title and the times above them. */
export const PICTURE_TOP = 62;

/** A name left of the lanes. */
export interface PictureName {
  /** The name. */
  readonly text: string;
  /** Its baseline below the top of the lanes, in CSS pixels. */
  readonly y: number;
}

/** What a picture says besides its lanes. */
export interface PictureFrame {
  /** What it is of: the recording, and from when to when. */
  readonly title: string;
  /** The names of the lanes. */
  readonly names: readonly PictureName[];
  /** The time T in words; null = it is not set. */
  readonly t: string | null;
}

/** Room that the last label of the ruler needs, in CSS pixels. */
const LABEL = 96;

/** Draws what stands around the lanes. The surface is the whole picture. */
export function paintFrame(
  surface: Surface,
  scene: Scene,
  { title, names, t }: PictureFrame,
): void {
  const { brush, ratio, width, height } = surface;
  brush.fillStyle = colour(surface, "bg");
  brush.fillRect(0, 0, width, height);
  brush.fillStyle = colour(surface, "text");
  brush.font = font(surface, 12, 600);
  brush.fillText(title, 12 * ratio, 20 * ratio);
  brush.font = font(surface, 11.5, 500);
  for (const { text, y } of names) brush.fillText(text, 12 * ratio, (PICTURE_TOP + y) * ratio);
  paintTimes(surface, scene, t);
}

function paintTimes(surface: Surface, scene: Scene, t: string | null): void {
  const { brush, ratio, width } = surface;
  const left = PICTURE_LEFT * ratio;
  const scale: Scale = { width: width - left, length: Number(scene.view.length) };
  const placeOf = (time: bigint): number => left + columnOf(Number(time - scene.view.start), scale);
  const isIn = (x: number): boolean => x >= left && x <= width;
  brush.font = font(surface, 11);
  brush.fillStyle = colour(surface, "text2");
  for (const { time, text } of scene.ticks) {
    const x = placeOf(time);
    if (isIn(x) && x < width - LABEL * ratio) brush.fillText(text, x, 55 * ratio);
  }
  brush.font = font(surface, 11, 600);
  brush.fillStyle = colour(surface, "accent");
  for (const [name, time, shift] of [
    ["A", scene.a, -11],
    ["B", scene.b, 4],
  ] as const) {
    const x = time === null ? -1 : placeOf(time);
    if (isIn(x)) brush.fillText(name, x + shift * ratio, 40 * ratio);
  }
  const x = scene.t === null ? -1 : placeOf(scene.t);
  brush.fillStyle = colour(surface, "text");
  if (t !== null && isIn(x)) brush.fillText(`T ${t}`, x + 4 * ratio, 40 * ratio);
}
