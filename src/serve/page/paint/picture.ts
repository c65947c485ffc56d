// A picture of what is on the screen, for a mail: what it is of, what was found, the whole recording with the view in
// it, the times, T, A and B with theirs, the lanes with their names, and what colours mean.

import { columnOf, type Scale } from "../pure/pixels.js";
import { paintBar } from "./bar.js";
import { paintMinimap, type Overview } from "./minimap.js";
import { paintOf, type Paint } from "./paints.js";
import { type Scene } from "./scene.js";
import { colour, font, type Surface } from "./surface.js";

/** Pixels for the names left of the lanes. */
export const PICTURE_LEFT = 216;

/** Where the parts of a picture begin, in CSS pixels from its top. */
const TITLE = 20;
const VERDICT = 38;
const MOMENTS = [56, 73] as const;
const MINIMAP = 82;
const MINIMAP_HIGH = 56;
const A = 154;
const B = 169;
const T = 184;
const TICKS = 200;

/** Pixels above the lanes. */
export const PICTURE_TOP = 208;
/** Pixels below the lanes. */
export const PICTURE_FOOT = 30;

/** A name left of the lanes. */
export interface PictureName {
  /** The name. */
  readonly text: string;
  /** Its baseline below the top of the lanes, in CSS pixels. */
  readonly y: number;
}

/** What a picture says besides its lanes. */
export interface PictureFrame {
  /** What it is of: the file, its kernel and what is known of it. */
  readonly title: string;
  /** What was found. */
  readonly verdict: {
    /** In words. */
    readonly text: string;
    /** Is something wrong? */
    readonly warm: boolean;
  };
  /** The view and T in words; A and B. */
  readonly moments: readonly [view: string, marks: string];
  /** The names of the lanes. */
  readonly names: readonly PictureName[];
  /** The times of T, A and B in words; null = not set. */
  readonly times: Readonly<Record<"t" | "a" | "b", string | null>>;
  /** The whole recording; null = not known yet. */
  readonly overview: Overview | null;
  /** What colours mean: names of swatches, each with its words. */
  readonly legend: readonly (readonly [swatch: string, text: string])[];
}

/** Where a part of a picture stands, in CSS pixels. */
export interface PictureBox {
  /** Its left edge. */
  readonly x: number;
  /** Its upper edge. */
  readonly y: number;
  /** Its width. */
  readonly width: number;
  /** Its height. */
  readonly height: number;
}

/** A sheet that a picture is painted on. */
export interface Sheet {
  /** The whole of it. */
  readonly surface: Surface;
  /** Paints a part that is cut at its edges. */
  readonly part: (box: PictureBox, paint: (surface: Surface) => void) => void;
}

/** Room that the last label of the ruler needs, in CSS pixels. */
const LABEL = 96;

/** Paints all but the lanes. */
export function paintFrame(sheet: Sheet, scene: Scene, frame: PictureFrame): void {
  const { surface } = sheet;
  const { brush, ratio, width, height } = surface;
  brush.fillStyle = colour(surface, "bg");
  brush.fillRect(0, 0, width, height);
  const text = (said: string, y: number, token: string, weight: number): void => {
    brush.font = font(surface, 12, weight);
    brush.fillStyle = colour(surface, token);
    brush.fillText(said, 12 * ratio, y * ratio);
  };
  text(frame.title, TITLE, "text", 600);
  text(frame.verdict.text, VERDICT, frame.verdict.warm ? "bad" : "text2", 600);
  for (const [line, y] of MOMENTS.entries()) text(frame.moments[line] ?? "", y, "text2", 400);
  paintOverview(sheet, frame);
  paintTimes(surface, scene, frame);
  brush.fillStyle = colour(surface, "text");
  brush.font = font(surface, 11.5, 500);
  for (const { text: name, y } of frame.names)
    brush.fillText(name, 12 * ratio, (PICTURE_TOP + y) * ratio);
  paintLegend(surface, frame.legend);
}

function paintOverview({ surface, part }: Sheet, { overview }: PictureFrame): void {
  const { brush, ratio, width } = surface;
  brush.font = font(surface, 11.5, 500);
  brush.fillStyle = colour(surface, "text2");
  brush.fillText("Whole recording", 12 * ratio, (MINIMAP + 24) * ratio);
  if (overview === null) return;
  const box = { x: PICTURE_LEFT, y: MINIMAP, height: MINIMAP_HIGH };
  part({ ...box, width: width / ratio - PICTURE_LEFT }, (own) => paintMinimap(own, overview));
}

/** The ruler of the lanes: its ticks, and T, A and B where they are in view. */
function paintTimes(surface: Surface, scene: Scene, { times }: PictureFrame): void {
  const { brush, ratio, width } = surface;
  const left = PICTURE_LEFT * ratio;
  const scale: Scale = { width: width - left, length: Number(scene.view.length) };
  const placeOf = (time: bigint): number => left + columnOf(Number(time - scene.view.start), scale);
  brush.font = font(surface, 11);
  brush.fillStyle = colour(surface, "text2");
  for (const { time, text } of scene.ticks) {
    const x = placeOf(time);
    if (x >= left && x < width - LABEL * ratio) brush.fillText(text, x, TICKS * ratio);
  }
  brush.font = font(surface, 11, 600);
  for (const [name, y, token, side] of MARKS) {
    const [time, said] = [scene[name], times[name]];
    const x = time === null ? -1 : placeOf(time);
    if (said === null || x < left || x > width) continue;
    const text = `${name.toUpperCase()} ${said}`;
    brush.fillStyle = colour(surface, token);
    brush.fillText(text, besideOf(surface, { x, side, text, left }), y * ratio);
    brush.fillRect(
      x,
      (y - 9) * ratio,
      Math.max(1, Math.round(ratio)),
      (PICTURE_TOP - y + 9) * ratio,
    );
  }
}

/** Each mark has a line of its own, so that none lies over another. */
const MARKS = [
  ["a", A, "accent", "left"],
  ["b", B, "accent", "right"],
  ["t", T, "text", "right"],
] as const;

interface Beside {
  readonly x: number;
  readonly side: "left" | "right";
  readonly text: string;
  /** Where the lanes begin. */
  readonly left: number;
}

/** Where a text begins that stands at one side of a line, or at the other where there is no room. */
function besideOf({ brush, ratio, width }: Surface, { x, side, text, left }: Beside): number {
  const long = brush.measureText(text).width + 5 * ratio;
  const isLeft = side === "left" ? x - long >= left : x + long > width;
  return isLeft ? x - long : x + 5 * ratio;
}

/** Height of a swatch in CSS pixels. */
const SWATCH = 9;

function paintLegend(surface: Surface, legend: PictureFrame["legend"]): void {
  const { brush, ratio, height } = surface;
  const middle = height - (PICTURE_FOOT / 2) * ratio;
  let x = 12 * ratio;
  for (const [swatch, text] of legend) {
    const box = { left: Math.round(x), right: Math.round(x + 16 * ratio), middle, unit: 1 };
    paintBar(surface, swatchPaint(swatch), box, swatch === "predicted");
    brush.font = font(surface, 11);
    brush.fillStyle = colour(surface, "text2");
    brush.fillText(text, x + 22 * ratio, middle + 4 * ratio);
    x += 22 * ratio + brush.measureText(text).width + 16 * ratio;
  }
}

function swatchPaint(swatch: string): Paint {
  const isFate = swatch === "misdirected";
  const name = swatch === "predicted" ? "run" : swatch;
  return { ...paintOf(isFate ? "fate" : "entry", name), height: SWATCH };
}
