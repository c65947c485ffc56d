// The lane of findings: a bar from where it becomes bad to where it ends, with a disc, a sentence and its length.

import { isWarm, signOf, type FindingBar } from "../pure/bars.js";
import { duration, type Clock } from "../pure/clock.js";
import { INDENT, placedVariant, sentenceVariants } from "../pure/label.js";
import { marksOf, type FindingMark } from "../pure/marks.js";
import { type Span } from "../pure/url-state.js";
import { colour, font, type Surface } from "./surface.js";

/** What the lane of findings is drawn with. */
export interface FindingsPainting {
  /** Where. */
  readonly surface: Surface;
  /** The bars. */
  readonly bars: readonly FindingBar[];
  /** The view. */
  readonly view: Span;
  /** The recording's end in clock units. */
  readonly end: bigint;
  /** The upper edge of the lane in device pixels. */
  readonly top: number;
  /** The clock, for the length. */
  readonly clock: Clock;
  /** Columns of T, A and B. */
  readonly lines: readonly number[];
  /** The chosen finding's id. */
  readonly chosen: string | null;
}

/** The height of a bar and the distance of bars in CSS pixels. */
const BAR = 14;
const PITCH = 20;
const DISC = 6;

/** A place on the screen that chooses a finding. */
export interface FindingHit {
  /** What stands there. A click brings the bars of a short mark apart. */
  readonly mark: FindingMark;
  /** First column in device pixels. */
  readonly left: number;
  /** Last column. */
  readonly right: number;
  /** Its upper edge. */
  readonly top: number;
}

/** Draws the marks of findings, and tells where each of them is. */
export function paintFindings(painting: FindingsPainting): readonly FindingHit[] {
  const { surface, bars, view, end } = painting;
  const { width, ratio } = surface;
  const marks = marksOf(bars, { view, end, width, ratio });
  return marks.map((mark, place) => {
    const { left, right, row } = mark;
    const top = painting.top + Math.round((7 + PITCH * row) * ratio);
    const following = marks[place + 1];
    const next = following?.row === row ? following.left : Infinity;
    if (mark.bars.length === 1) paintFinding(painting, mark.bars[0], { left, right, top }, next);
    else paintJoined(painting, mark, { left, right, top });
    return { mark, left: left - DISC * 2 * ratio, right: Math.max(right, left + 12), top };
  });
}

/** Several bars as one, with a disc that has the number of findings that stand there. */
function paintJoined(painting: FindingsPainting, { bars, count }: FindingMark, at: At): void {
  const { surface } = painting;
  const { brush, ratio } = surface;
  const warm = bars.some(({ first }) => isWarm(first));
  paintGround(surface, warm, false, at);
  const text = String(count);
  brush.font = font(surface, 10.5, 700);
  const wide = brush.measureText(text).width;
  const radius = 7 * ratio;
  // A number of several digits has a disc that is drawn out.
  const half = Math.max(0, wide / 2 + 3 * ratio - radius);
  // Beside the right edge of the view it stands at the left of its bar.
  const isLast = at.left + 2 * ratio + 2 * (radius + half) > surface.width;
  const middle = isLast
    ? at.left - radius - half
    : Math.max(at.left, 0) + 2 * ratio + radius + half;
  brush.fillStyle = colour(surface, warm ? "bad" : "text2");
  for (const x of [middle - half, middle + half]) {
    brush.beginPath();
    brush.arc(x, at.top + radius, radius, 0, Math.PI * 2);
    brush.fill();
  }
  brush.fillRect(middle - half, at.top, 2 * half, 2 * radius);
  brush.fillStyle = colour(surface, "bg");
  brush.fillText(text, middle - wide / 2, at.top + 11 * ratio);
  if (!isLast)
    paintNames(painting, bars, {
      ...{ left: middle + half + radius, right: seen(surface, at).right, top: at.top },
    });
}

/** What the disc counts, where there is room: with the findings, or without. */
function paintNames(
  { surface, lines }: FindingsPainting,
  bars: FindingMark["bars"],
  { left, right, top }: At,
): void {
  const { brush, ratio } = surface;
  brush.font = font(surface, 11.5, 600);
  const ids = bars.flatMap((bar) => bar.ids);
  const names = ids.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))).join(" ");
  const room = { left: left / ratio - 2, right: right / ratio };
  const widthOf = (text: string): number => brush.measureText(text).width / ratio;
  const at = lines.map((x) => x / ratio);
  const place = placedVariant([`findings  ${names}`, "findings"], room, at, widthOf);
  if (place === null) return;
  brush.fillStyle = colour(surface, bars.some(({ first }) => isWarm(first)) ? "bad" : "text2");
  brush.fillText(place.text, Math.round(place.x * ratio), top + Math.round(11 * ratio));
}

interface At {
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

function paintFinding(
  painting: FindingsPainting,
  bar: FindingBar,
  { left, right, top }: At,
  next: number,
): void {
  const { surface } = painting;
  const { ratio, width } = surface;
  const warm = isWarm(bar.first);
  const isChosen = painting.chosen !== null && bar.ids.includes(painting.chosen);
  paintGround(surface, warm, isChosen, { left, right, top });
  const text = paintSentence(painting, bar, { ...seen(surface, { left, right }), top });
  const ink = colour(surface, warm ? "bad" : "text2");
  // Beside the right edge of the view it stands at the left of its bar.
  const isLast = left + Math.round(15 * ratio) > width;
  const middle = isLast ? left - Math.round(6 * ratio) : Math.max(left, 0) + Math.round(9 * ratio);
  disc(surface, middle, top + (BAR * ratio) / 2, ink, signOf(bar.first) === "✕");
  const after = Math.max(right, left + 18 * ratio);
  if (!text && left >= 0 && next - after > 60 * ratio) paintAfter(surface, bar, after, top, ink);
}

/** The part of a bar that is drawn: edges out of sight are cut off. */
function seen(
  { width }: Surface,
  { left, right }: Pick<At, "left" | "right">,
): Pick<At, "left" | "right"> {
  return { left: Math.max(left, -4), right: Math.min(right, width + 4) };
}

/** A bar with its edge, dark where it begins. */
function paintGround(surface: Surface, warm: boolean, isChosen: boolean, at: At): void {
  const { brush, ratio } = surface;
  const { left, right } = seen(surface, at);
  const height = Math.round(BAR * ratio);
  const ink = colour(surface, warm ? "bad" : "text2");
  brush.fillStyle = colour(surface, warm ? "badbg" : "host");
  brush.fillRect(left, at.top, right - left, height);
  brush.strokeStyle = isChosen ? ink : colour(surface, warm ? "badline" : "host-edge");
  brush.lineWidth = Math.max(1, Math.round(ratio));
  if (right - left > 4) brush.strokeRect(left + 0.5, at.top + 0.5, right - left - 1, height - 1);
  brush.fillStyle = ink;
  brush.fillRect(at.left, at.top, Math.round(3 * ratio), height);
}

/** Writes the longest variant that fits and lies under no line; false = not even the ids fit. */
function paintSentence(painting: FindingsPainting, bar: FindingBar, at: At): boolean {
  const { surface, clock, end } = painting;
  const { brush, ratio, width } = surface;
  const left = Math.max(0, at.left) + Math.round(20 * ratio);
  const right = Math.min(width, at.right);
  brush.font = font(surface, 11.5, 600);
  const length = duration((bar.to ?? end) - bar.from, clock);
  const lengthWidth = brush.measureText(length).width + 16 * ratio;
  const variants = sentenceVariants(bar.ids.join(" "), bar.sentence);
  const widthOf = (text: string): number => brush.measureText(text).width / ratio;
  const room = { left: left / ratio - INDENT, right: right / ratio };
  const lines = painting.lines.map((x) => x / ratio);
  const place = placedVariant(variants, room, lines, widthOf);
  if (place === null) return false;
  const baseline = at.top + Math.round(11 * ratio);
  brush.fillStyle = colour(surface, isWarm(bar.first) ? "bad" : "text2");
  brush.fillText(place.text, Math.round(place.x * ratio), baseline);
  const behind = [place.x + widthOf(place.text), ...lines.filter((x) => x < room.right)];
  const showsLength =
    place.text === variants[0] && right - lengthWidth >= Math.max(...behind) * ratio;
  if (showsLength) brush.fillText(length, right - lengthWidth + 8 * ratio, baseline);
  return true;
}

function paintAfter(surface: Surface, bar: FindingBar, x: number, top: number, ink: string): void {
  const { brush, ratio } = surface;
  brush.font = font(surface, 11, 600);
  brush.fillStyle = ink;
  brush.fillText(bar.ids.join(" "), x + 4 * ratio, top + Math.round(11 * ratio));
}

/** A filled disc with a cross, or with a stroke where the finding is not about safety. */
function disc(surface: Surface, x: number, y: number, ink: string, isCross: boolean): void {
  const { brush, ratio } = surface;
  brush.fillStyle = ink;
  brush.beginPath();
  brush.arc(x, y, DISC * ratio, 0, Math.PI * 2);
  brush.fill();
  brush.strokeStyle = colour(surface, "bg");
  brush.lineWidth = 1.6 * ratio;
  const arm = 2.4 * ratio;
  brush.beginPath();
  if (isCross) {
    brush.moveTo(x - arm, y - arm);
    brush.lineTo(x + arm, y + arm);
    brush.moveTo(x + arm, y - arm);
    brush.lineTo(x - arm, y + arm);
  } else {
    brush.moveTo(x, y - arm * 1.3);
    brush.lineTo(x, y + arm * 0.4);
    brush.moveTo(x, y + arm * 0.9);
    brush.lineTo(x, y + arm * 1.4);
  }
  brush.stroke();
}
