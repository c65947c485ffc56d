// The whole recording: how much happened when, where findings are, where events were lost, and what is in view.

import { type OverviewAnswer } from "../pure/answers.js";
import { isWarm, type FindingBar } from "../pure/bars.js";
import { flagsOf } from "../pure/flags.js";
import { gapEdges, type KnownGap } from "../pure/gaps.js";
import { columnOf, edges, type Scale } from "../pure/pixels.js";
import { type Limits } from "../pure/pixels.js";
import { type Tick } from "../pure/ruler.js";
import { type Span } from "../pure/url-state.js";
import { GAP_LEAST } from "./scene.js";
import { colour, font, type Surface } from "./surface.js";

/** What the minimap shows. */
export interface Overview {
  /** The recording's bounds. */
  readonly limits: Limits;
  /** The density; null = not known yet. */
  readonly answer: OverviewAnswer | null;
  /** Findings. */
  readonly bars: readonly FindingBar[];
  /** Gaps with exact bounds. */
  readonly gaps: readonly KnownGap[];
  /** The view. */
  readonly view: Span;
  /** T; null = not set. */
  readonly t: bigint | null;
  /** Ticks of its ruler. */
  readonly ticks: readonly Tick[];
}

/** The pixels below the density that the ruler takes. */
const RULER = 16;

/** Draws the minimap. */
export function paintMinimap(surface: Surface, overview: Overview): void {
  const { limits, ticks, t } = overview;
  const scale: Scale = { width: surface.width, length: Number(limits.end - limits.start) };
  const ground = surface.height - Math.round(RULER * surface.ratio);
  paintDensity(surface, overview, ground);
  paintGaps(surface, overview, ground);
  paintBrush(surface, overview, scale, ground);
  paintFlags(surface, overview, scale, ground);
  const { brush, ratio } = surface;
  brush.fillStyle = colour(surface, "line2");
  brush.fillRect(0, ground, surface.width, Math.max(1, Math.round(ratio)));
  brush.font = font(surface, 11);
  brush.fillStyle = colour(surface, "text2");
  for (const { time, text } of ticks) {
    const x = columnOf(Number(time - limits.start), scale);
    const width = brush.measureText(text).width;
    if (x - width / 2 < 0 || x + width / 2 > surface.width) continue;
    brush.fillText(text, Math.round(x - width / 2), surface.height - Math.round(4 * ratio));
  }
  if (t === null) return;
  brush.fillStyle = colour(surface, "text");
  brush.fillRect(
    columnOf(Number(t - limits.start), scale),
    0,
    Math.max(1, Math.round(1.25 * ratio)),
    ground,
  );
}

/** Bars of three pixels, as high as the root of their events. */
function paintDensity(surface: Surface, { answer }: Overview, ground: number): void {
  if (answer === null) return;
  const { brush, ratio, width } = surface;
  const { density } = answer;
  const most = Math.sqrt(Math.max(1, ...density));
  const tall = ground - Math.round(8 * ratio);
  const step = width / density.length;
  const bar = Math.max(1, Math.round(Math.min(step - ratio, 2 * ratio)));
  brush.fillStyle = colour(surface, "density");
  density.forEach((events, column) => {
    if (events === 0) return;
    const height = Math.max(Math.round(2 * ratio), Math.round((Math.sqrt(events) / most) * tall));
    brush.fillRect(Math.floor(column * step), ground - height, bar, height);
  });
}

function paintGaps(surface: Surface, { gaps, limits }: Overview, ground: number): void {
  const { brush, ratio, width } = surface;
  const whole: Span = { start: limits.start, length: limits.end - limits.start };
  for (const gap of gaps) {
    const place = gapEdges(gap, whole, width, Math.round(GAP_LEAST * ratio));
    if (place === null) continue;
    brush.fillStyle = colour(surface, "panel");
    brush.fillRect(place.left, 0, place.right - place.left, ground);
    brush.hatch(place.left, 0, place.right - place.left, ground);
  }
}

function paintBrush(
  surface: Surface,
  { view, limits }: Overview,
  scale: Scale,
  ground: number,
): void {
  const { brush, ratio } = surface;
  const from = Number(view.start - limits.start);
  const { left, right } = edges(from, from + Number(view.length), scale, Math.round(6 * ratio));
  const line = Math.max(1, Math.round(1.5 * ratio));
  brush.globalAlpha = 0.14;
  brush.fillStyle = colour(surface, "accent");
  brush.fillRect(left, line, right - left, ground - line);
  brush.globalAlpha = 1;
  brush.strokeStyle = colour(surface, "accent");
  brush.lineWidth = line;
  brush.strokeRect(left + line / 2, line, right - left - line, ground - line * 1.5);
}

/** A flag for each finding; flags that would lie on each other are one with their number. */
function paintFlags(
  surface: Surface,
  { bars, limits }: Overview,
  scale: Scale,
  ground: number,
): void {
  const { brush, ratio } = surface;
  brush.font = font(surface, 10.5, 600);
  const widthOf = (count: number): number =>
    count < 2 ? 9 * ratio : 11 * ratio + brush.measureText(String(count)).width;
  const flags = flagsOf(
    bars.map((bar) => ({
      x: columnOf(Number(bar.from - limits.start), scale),
      count: bar.ids.length,
      warm: isWarm(bar.first),
    })),
    widthOf,
  );
  for (const { x, count, warm } of flags) {
    brush.fillStyle = colour(surface, warm ? "fate-misdirected" : "text2");
    brush.fillRect(
      x,
      Math.round(3 * ratio),
      Math.max(1, Math.round(1.25 * ratio)),
      ground - Math.round(3 * ratio),
    );
    // At the right end it waves to the left.
    const side = x + widthOf(count) > surface.width ? -1 : 1;
    brush.beginPath();
    brush.moveTo(x, 3 * ratio);
    brush.lineTo(x + side * 7 * ratio, 6.5 * ratio);
    brush.lineTo(x, 10 * ratio);
    brush.fill();
    if (count < 2) continue;
    const text = String(count);
    const shift = side === 1 ? 9 * ratio : -9 * ratio - brush.measureText(text).width;
    brush.fillStyle = colour(surface, warm ? "bad" : "text2");
    brush.fillText(text, x + shift, 10 * ratio);
  }
}
