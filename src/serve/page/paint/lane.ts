// One lane: its intervals, merged columns, ticks, and the labels that fit.

import { type StateStyle } from "../pure/answers.js";
import { placed } from "../pure/label.js";
import { edges, type Scale } from "../pure/pixels.js";
import { FLAG, type LaneRows } from "../pure/wire.js";
import { extent, paintBar, type Box } from "./bar.js";
import { isForced } from "./forced.js";
import { paintOf, type Paint } from "./paints.js";
import { colour, font, type Surface } from "./surface.js";

/** What a lane is drawn with. */
export interface LanePainting {
  /** Where. */
  readonly surface: Surface;
  /** The form of the lane, which says how its paints look. */
  readonly form: string;
  /** The intervals. */
  readonly rows: LaneRows;
  /** Units that are added to the intervals' offsets, so that they count from the view's start. */
  readonly shift: number;
  /** The view. */
  readonly scale: Scale;
  /** The lane's middle in device pixels. */
  readonly middle: number;
  /** The height of a full strip of a fate in CSS pixels. */
  readonly strip: number;
  /** Columns of T, A and B, which labels do not cross. */
  readonly lines: readonly number[];
  /** How states look. */
  readonly states: Readonly<Record<string, StateStyle>>;
  /** Spans of the lane's subject that findings are about, in units from the view's start. */
  readonly accused: readonly (readonly [from: number, to: number])[];
}

/** Wrong and unknown states are at least so wide, in CSS pixels. */
const NEVER_HIDDEN = 3;

/** Draws a lane: right fates and states first, unknown over them, wrong over all. */
export function paintLane(painting: LanePainting): void {
  const { rows, surface } = painting;
  const [first, last] = inSight(painting);
  const paints = rows.words.map((word) => paintOf(painting.form, paintName(painting, word)));
  const later: number[] = [];
  for (let row = first; row < last; row++) {
    const paint = paintAt(paints, rows, row);
    if (paint.layer === 0) paintRow(painting, row, paint);
    else later.push(row);
  }
  for (const layer of [1, 2])
    for (const row of later) {
      const paint = paintAt(paints, rows, row);
      if (paint.layer === layer) paintRow(painting, row, paint);
    }
  surface.brush.font = font(surface, painting.form === "fate" ? 10.5 : 11);
  for (let row = first; row < last; row++) paintLabel(painting, row, paintAt(paints, rows, row));
}

/** The name of the paint of a state: the data says it, or the state is named like one. */
export function paintName({ states }: Pick<LanePainting, "states">, state: string): string {
  return states[state]?.paint ?? state;
}

function paintAt(paints: readonly Paint[], { state }: LaneRows, row: number): Paint {
  return paints[state[row] ?? 0] ?? paintOf("entry", "unknown");
}

/** The rows that touch the view. Rows are in the order of their begin, and an early one may be long. */
function inSight({ rows, shift, scale }: LanePainting): readonly [number, number] {
  let last = rows.rows;
  while (last > 0 && (rows.from[last - 1] ?? 0) + shift > scale.length) last--;
  return [0, last];
}

function boxOf(painting: LanePainting, row: number, least: number): Box | null {
  const { rows, shift, scale, middle, strip, surface, form } = painting;
  const from = (rows.from[row] ?? 0) + shift;
  const end = rows.to[row];
  const to = end === undefined || Number.isNaN(end) ? Infinity : end + shift;
  if (to < 0 || from > scale.length) return null;
  const { left, right } = edges(from, to, scale, least);
  const limit = surface.width + 16;
  const unit = form === "fate" ? strip : 1;
  return { left: Math.max(left, -16), right: Math.min(right, limit), middle, unit };
}

function paintRow(painting: LanePainting, row: number, paint: Paint): void {
  const { rows, surface, form } = painting;
  const least = paint.layer > 0 ? Math.round(NEVER_HIDDEN * surface.ratio) : 1;
  const box = boxOf(painting, row, least);
  if (box === null) return;
  const flags = rows.flags[row] ?? 0;
  const isUnderWay = form === "fate" && (flags & FLAG.inFlight) !== 0;
  const shown = isUnderWay ? inFlight(paint, isAccused(painting, row)) : paint;
  paintBar(surface, shown, box, rows.source[row] === 1);
  if ((flags & FLAG.merged) !== 0 && (rows.count[row] ?? 0) >= 3)
    paintMany(surface, extent(surface, paint, box).top, box);
  if ((flags & FLAG.avicOff) !== 0) paintAvicOff(surface, box);
}

/**
 * While a function is at work the fate is drawn lower. A fate that is wrong only while a function puts it right is grey:
 * it is warm where a finding says that it stayed wrong.
 */
function inFlight(paint: Paint, isAccusedHere: boolean): Paint {
  if (paint.form !== "bar") return paint;
  const lower = { ...paint, height: paint.height * 0.55 };
  return paint.layer < 2 || isAccusedHere
    ? lower
    : { ...lower, fill: "text3", edge: null, pattern: null, mark: null };
}

/** Is a finding about this lane's subject at the time of a row? */
function isAccused({ rows, shift, accused }: LanePainting, row: number): boolean {
  const from = (rows.from[row] ?? 0) + shift;
  const end = rows.to[row] ?? NaN;
  const to = Number.isNaN(end) ? Infinity : end + shift;
  return accused.some(([first, last]) => from < last && to > first);
}

/** Under a vCPU whose AVIC is off stands a grey line. */
function paintAvicOff(surface: Surface, { left, right, middle }: Box): void {
  const { brush, ratio, width } = surface;
  brush.fillStyle = colour(surface, "host-edge");
  const from = Math.max(left, 0);
  brush.fillRect(from, Math.round(middle + 8 * ratio), Math.min(right, width) - from, 1.5 * ratio);
}

/** Three and more changes in a column: a mark above the bar. */
function paintMany(surface: Surface, top: number, { left, right }: Box): void {
  const { brush, ratio } = surface;
  brush.fillStyle = colour(surface, "text2");
  const width = Math.max(right - left, Math.round(2 * ratio));
  brush.fillRect(left, top - Math.round(3 * ratio), width, Math.round(2 * ratio));
}

function paintLabel(painting: LanePainting, row: number, paint: Paint): void {
  const { rows, surface, form, lines, middle } = painting;
  const said = labelOf(painting, row, paint);
  const box = said === null ? null : boxOf(painting, row, 1);
  if (said === null || box === null) return;
  const { brush, ratio, width } = surface;
  const room = { left: Math.max(0, box.left) / ratio, right: Math.min(width, box.right) / ratio };
  if (room.right - room.left < (isThin(paint) ? 96 : 20)) return;
  const style = rows.source[row] === 1 ? "italic" : "normal";
  brush.font = font(surface, form === "fate" ? 10.5 : 11, weightOf(form, paint), style);
  const widthOf = (each: string): number => brush.measureText(each).width / ratio;
  const columns = lines.map((x) => x / ratio);
  const place = placed(said, room, columns, widthOf);
  if (place === null) return;
  const x = Math.round(place.x * ratio);
  const isOnMark = isForced(surface.colours) && (paint.mark ?? paint.pattern) !== null;
  const wide = widthOf(place.text) * ratio;
  if (isThin(paint) || paint.form === "hatch") clearBehind(surface, x, wide, middle);
  else if (isOnMark) clearBehind(surface, x, wide, middle, IN_BAR);
  brush.fillStyle = colour(surface, isOnMark ? "text" : paint.text);
  brush.fillText(place.text, x, Math.round(middle + 3.8 * ratio));
}

/** What is written on a row; null = nothing. A merged column has several states, and no label. */
function labelOf({ rows, form }: LanePainting, row: number, paint: Paint): string | null {
  const text = rows.words[rows.label[row] ?? 0] ?? "";
  const flags = rows.flags[row] ?? 0;
  if (text === "" || paint.text === "none" || form === "track" || (flags & FLAG.merged) !== 0)
    return null;
  if (form !== "fate") return text;
  return (flags & FLAG.inFlight) !== 0 ? null : fateLabel(text, paint);
}

/** A line, or dots: text breaks it, so it needs room. */
function isThin({ form }: Paint): boolean {
  return form === "line" || form === "dots" || form === "nothing";
}

function weightOf(form: string, paint: Paint): number {
  return form === "fate" || paint.fill === "run" || paint.layer === 2 ? 600 : 500;
}

/** A fate's strip has a label where the fate is wrong or unknown; the others are told by fill and height. */
function fateLabel(text: string, paint: Paint): string | null {
  if (paint.layer === 2) return `${paint.glyph} ${text}`;
  return null;
}

/** Half of what a text needs in a bar whose edges stay, in CSS pixels. */
const IN_BAR = 5;

/** A text on a thin line stands on the lane's ground. */
function clearBehind(surface: Surface, x: number, width: number, middle: number, half = 7): void {
  const { brush, ratio } = surface;
  brush.fillStyle = colour(surface, "bg");
  const pad = Math.round(3 * ratio);
  brush.fillRect(
    x - pad,
    Math.round(middle - half * ratio),
    Math.round(width) + 2 * pad,
    Math.round(2 * half * ratio),
  );
}
