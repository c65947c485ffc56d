// One interval: its form, its edge, its pattern.

import { type Edges } from "../pure/pixels.js";
import { isForced } from "./forced.js";
import { type Paint } from "./paints.js";
import { colour, type Surface } from "./surface.js";

/** Where an interval is drawn, in device pixels. */
export interface Box extends Edges {
  /** The middle of the lane. */
  readonly middle: number;
  /** The height of a full strip, where heights are shares of one; else 1. */
  readonly unit: number;
}

/** Draws an interval. Bars end where the surface ends, so that no edge is drawn at the screen's. */
export function paintBar(surface: Surface, paint: Paint, box: Box, isPredicted: boolean): void {
  switch (paint.form) {
    case "nothing":
      return;
    case "line":
      paintLine(surface, paint, box);
      return;
    case "dots":
      paintDots(surface, paint, box);
      return;
    case "dashed":
      paintDashed(surface, paint, box);
      return;
    case "hatch":
      paintHatch(surface, paint, box);
      return;
    case "bar":
      paintSolid(surface, paint, box, isPredicted);
  }
}

/** The top and the height of a paint in device pixels. */
export function extent(surface: Surface, paint: Paint, box: Box): { top: number; height: number } {
  const wanted = paint.height * box.unit * surface.ratio;
  const height = Math.max(1, Math.round(wanted));
  return { top: Math.round(box.middle - height / 2), height };
}

function paintSolid(surface: Surface, paint: Paint, box: Box, isPredicted: boolean): void {
  const { brush, ratio, width } = surface;
  const { top, height } = extent(surface, paint, box);
  const left = Math.max(box.left, -8);
  const right = Math.min(box.right, width + 8);
  const w = right - left;
  const edge = paint.edge === null ? null : colour(surface, paint.edge);
  const isNarrow = w < 3 * ratio;
  const isMarked = isForced(surface.colours);
  const narrow = isMarked ? colour(surface, "text") : edge;
  brush.fillStyle = isNarrow && narrow !== null ? narrow : colour(surface, paint.fill);
  if (isPredicted && !isNarrow) brush.fillStyle = colour(surface, "bg");
  brush.fillRect(left, top, w, height);
  if (paint.pattern !== null) paintPattern(surface, paint, { left, right, top, height });
  if (isNarrow) return;
  const line = isPredicted ? 1.25 * ratio : Math.max(1, Math.round(ratio));
  const ink = edge ?? (isPredicted ? colour(surface, paint.fill) : null);
  const area = { left, right, top, height };
  if (isMarked) paintMarked(surface, paint, area, isPredicted);
  else if (ink !== null) strokeInside(surface, ink, line, area);
  cutCorners(surface, area);
}

interface Rectangle extends Edges {
  readonly top: number;
  readonly height: number;
}

function strokeInside(
  { brush }: Surface,
  ink: string,
  line: number,
  { left, right, top, height }: Rectangle,
): void {
  brush.strokeStyle = ink;
  brush.lineWidth = line;
  brush.strokeRect(left + line / 2, top + line / 2, right - left - line, height - line);
}

/** A radius of about 1.5 pixels: the four corner pixels go. */
function cutCorners(surface: Surface, { left, right, top, height }: Rectangle): void {
  const { brush, ratio } = surface;
  const dot = Math.max(1, Math.round(ratio * 0.75));
  if (height < 6 * ratio || right - left < 5 * ratio) return;
  brush.fillStyle = colour(surface, "bg");
  for (const x of [left, right - dot])
    for (const y of [top, top + height - dot]) brush.fillRect(x, y, dot, dot);
}

function paintLine(surface: Surface, paint: Paint, box: Box): void {
  const { brush, width } = surface;
  const { top, height } = extent(surface, paint, box);
  const left = Math.max(box.left, 0);
  brush.fillStyle = colour(surface, paint.fill);
  brush.fillRect(left, top, Math.min(box.right, width) - left, height);
}

function paintDots(surface: Surface, paint: Paint, box: Box): void {
  const { brush, ratio, width } = surface;
  const dot = Math.max(1, Math.round(ratio));
  const pitch = Math.round(4 * ratio);
  brush.fillStyle = colour(surface, paint.fill);
  const first = Math.ceil(Math.max(box.left, 0) / pitch) * pitch;
  const top = Math.round(box.middle - dot / 2);
  for (let x = first; x < Math.min(box.right, width); x += pitch) brush.fillRect(x, top, dot, dot);
}

function paintDashed(surface: Surface, paint: Paint, box: Box): void {
  const { brush, ratio, width } = surface;
  const { top, height } = extent(surface, paint, box);
  const left = Math.max(box.left, -4);
  const right = Math.min(box.right, width + 4);
  const line = Math.max(1, Math.round(ratio));
  if (right - left < 3 * ratio) {
    brush.fillStyle = colour(surface, paint.fill);
    brush.fillRect(left, top, right - left, height);
    return;
  }
  brush.save();
  brush.setLineDash([3 * ratio, 2 * ratio]);
  strokeInside(surface, colour(surface, paint.fill), line, { left, right, top, height });
  brush.restore();
}

function paintHatch(surface: Surface, paint: Paint, box: Box): void {
  const { brush, ratio, width } = surface;
  const { top, height } = extent(surface, paint, box);
  const left = Math.max(box.left, -4);
  const right = Math.min(box.right, width + 4);
  brush.fillStyle = colour(surface, paint.fill);
  brush.fillRect(left, top, right - left, height);
  brush.hatch(left, top, right - left, height);
  if (right - left < 4 * ratio) return;
  strokeInside(surface, colour(surface, "control"), Math.max(1, Math.round(ratio)), {
    ...{ left, right, top, height },
  });
}

function paintPattern(surface: Surface, paint: Paint, area: Rectangle): void {
  const { brush, ratio } = surface;
  const { left, right, top, height } = area;
  brush.save();
  brush.clipTo(left, top, right - left, height);
  brush.strokeStyle = colour(surface, paint.edge ?? "bg");
  brush.lineWidth = Math.max(1, ratio);
  brush.beginPath();
  const pitch = Math.round(5 * ratio);
  const first = Math.floor(left / pitch) * pitch;
  for (let x = first; x < right + height; x += pitch) patternStep(brush, paint.pattern, x, area);
  brush.stroke();
  brush.restore();
}

function patternStep(
  brush: Surface["brush"],
  pattern: Paint["pattern"],
  x: number,
  { top, height }: Rectangle,
): void {
  if (pattern === "vertical") {
    brush.moveTo(x + 0.5, top);
    brush.lineTo(x + 0.5, top + height);
  } else if (pattern === "diagonal") {
    brush.moveTo(x - height, top + height);
    brush.lineTo(x, top);
  } else if (pattern === "zigzag") {
    brush.moveTo(x, top + 3);
    brush.lineTo(x + 2, top);
    brush.lineTo(x + 4, top + 3);
  } else {
    brush.moveTo(x, top + height / 2);
    brush.lineTo(x + 1, top + height / 2);
  }
}

/** A bar in the system's colours: its edge, dashed where it is predicted, and its mark. */
function paintMarked(surface: Surface, paint: Paint, area: Rectangle, isPredicted: boolean): void {
  const { brush, ratio } = surface;
  const line = Math.max(1, Math.round(ratio));
  const ink = colour(surface, paint.edge === "wait-edge" ? "wait-edge" : "text");
  brush.save();
  if (isPredicted) brush.setLineDash([3 * ratio, 2 * ratio]);
  strokeInside(surface, ink, line, area);
  brush.restore();
  if (!isPredicted) MARKS[paint.mark ?? "none"](surface, area, line);
}

type PaintMark = (surface: Surface, area: Rectangle, line: number) => void;

const MARKS: Readonly<Record<NonNullable<Paint["mark"]> | "none", PaintMark>> = {
  none: () => undefined,
  double: (surface, { left, right, top, height }, line) => {
    const inner = {
      ...{ left: left + 2 * line, right: right - 2 * line },
      ...{ top: top + 2 * line, height: height - 4 * line },
    };
    if (inner.right - inner.left > line && inner.height > line)
      strokeInside(surface, colour(surface, "text"), line, inner);
  },
  band: (surface, { left, right, top, height }) => {
    const band = Math.max(2, Math.round(height / 4));
    surface.brush.fillStyle = colour(surface, "text");
    surface.brush.fillRect(left, top + height - band, right - left, band);
  },
  cross: (surface, area) => {
    const { brush, ratio } = surface;
    const { left, right, top, height } = area;
    brush.save();
    brush.clipTo(left, top, right - left, height);
    brush.fillStyle = colour(surface, "text");
    brush.fillRect(left, top, right - left, height);
    brush.strokeStyle = colour(surface, "bg");
    brush.lineWidth = Math.max(1, ratio);
    brush.beginPath();
    const pitch = Math.round(6 * ratio);
    for (let x = Math.floor(left / pitch) * pitch; x < right + height; x += pitch) {
      brush.moveTo(x - height, top + height);
      brush.lineTo(x, top);
      brush.moveTo(x - height, top);
      brush.lineTo(x, top + height);
    }
    brush.stroke();
    brush.restore();
  },
};
