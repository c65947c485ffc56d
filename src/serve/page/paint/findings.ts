// The lane of findings: a bar from where it becomes bad to where it ends, with a disc, a sentence and its length.

import { isWarm, signOf, type FindingBar } from "../pure/bars.js";
import { duration, type Clock } from "../pure/clock.js";
import { INDENT, placedVariant, sentenceVariants } from "../pure/label.js";
import { edges, type Scale } from "../pure/pixels.js";
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

/** Rows of bars that are shown one by one. */
export const SHOWN_ROWS = 3;

/** A place on the screen that chooses a finding. */
export interface FindingHit {
  /** The finding. */
  readonly bar: FindingBar;
  /** First column in device pixels. */
  readonly left: number;
  /** Last column. */
  readonly right: number;
  /** Its upper edge. */
  readonly top: number;
  /** How many findings stand there; more than the bar has: a click zooms to them. */
  readonly count: number;
}

/** Draws the bars, and tells where each of them is. Bars too near to each other are one disc with their number. */
export function paintFindings(painting: FindingsPainting): readonly FindingHit[] {
  const places = placesOf(painting);
  const near = NEAR * painting.surface.ratio;
  const hits: FindingHit[] = [];
  places.forEach((place, index) => {
    const following = places.slice(index + 1).find(({ at }) => at.top === place.at.top);
    const last = hits.at(-1);
    const isShort = place.at.right - place.at.left < near;
    if (isShort && last?.top === place.at.top && place.at.left - last.left < 2 * near) {
      const count = last.count + place.bar.ids.length;
      hits[hits.length - 1] = { ...last, right: place.at.right, count };
      paintCount(painting, last, count);
      return;
    }
    paintFinding(painting, place.bar, place.at, following?.at.left ?? Infinity);
    const left = place.at.left - DISC * 2 * painting.surface.ratio;
    const right = Math.max(place.at.right, place.at.left + 12);
    hits.push({ bar: place.bar, left, right, top: place.at.top, count: place.bar.ids.length });
  });
  return hits;
}

/** Discs nearer than so many CSS pixels are one. */
const NEAR = 12;

interface Placed {
  readonly bar: FindingBar;
  readonly at: At;
}

/** The bars in sight, from the left. */
function placesOf({ surface, bars, view, end, top }: FindingsPainting): readonly Placed[] {
  const scale: Scale = { width: surface.width, length: Number(view.length) };
  return bars.flatMap((bar) => {
    const from = Number(bar.from - view.start);
    const to = Number((bar.to ?? end) - view.start);
    if (to < 0 || from > scale.length) return [];
    const { left, right } = edges(from, to, scale, 3);
    const row = Math.min(bar.row, SHOWN_ROWS - 1);
    return [{ bar, at: { left, right, top: top + Math.round((7 + PITCH * row) * surface.ratio) } }];
  });
}

/** A disc with the number of findings that stand there. */
function paintCount(
  { surface }: FindingsPainting,
  { left, top, bar }: FindingHit,
  count: number,
): void {
  const { brush, ratio } = surface;
  const x = left + DISC * 2 * ratio;
  brush.fillStyle = colour(surface, "bg");
  brush.fillRect(x, top, 40 * ratio, BAR * ratio);
  brush.fillStyle = colour(surface, isWarm(bar.first) ? "bad" : "text2");
  brush.beginPath();
  brush.arc(x + 8 * ratio, top + 7 * ratio, 7 * ratio, 0, Math.PI * 2);
  brush.fill();
  brush.fillStyle = colour(surface, "bg");
  brush.font = font(surface, 10.5, 700);
  const width = brush.measureText(String(count)).width;
  brush.fillText(String(count), x + 8 * ratio - width / 2, top + 11 * ratio);
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
  const { brush, ratio, width } = surface;
  const warm = isWarm(bar.first);
  const height = Math.round(BAR * ratio);
  const [from, to] = [Math.max(left, -4), Math.min(right, width + 4)];
  const ink = colour(surface, warm ? "bad" : "text2");
  brush.fillStyle = colour(surface, warm ? "badbg" : "host");
  brush.fillRect(from, top, to - from, height);
  const isChosen = painting.chosen !== null && bar.ids.includes(painting.chosen);
  brush.strokeStyle = isChosen ? ink : colour(surface, warm ? "badline" : "host-edge");
  brush.lineWidth = Math.max(1, Math.round(ratio));
  if (to - from > 4) brush.strokeRect(from + 0.5, top + 0.5, to - from - 1, height - 1);
  brush.fillStyle = ink;
  brush.fillRect(left, top, Math.round(3 * ratio), height);
  const text = paintSentence(painting, bar, { left: from, right: to, top });
  const middle = Math.max(left, 0) + Math.round(9 * ratio);
  disc(surface, middle, top + height / 2, ink, signOf(bar.first) === "✕");
  const after = Math.max(right, left + 18 * ratio);
  if (!text && left >= 0 && next - after > 60 * ratio) paintAfter(surface, bar, after, top, ink);
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
