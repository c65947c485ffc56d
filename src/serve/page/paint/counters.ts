// Counters in a picture that is saved: the bars that the page has under its lanes.

import { type CountersAnswer } from "../pure/answers.js";
import { barsOfParts, partsOf } from "../pure/counter-bars.js";
import { stuckHeight } from "../pure/layout.js";
import { type Scene } from "./scene.js";
import { colour, font, type Surface } from "./surface.js";

/** Pixels above and below a counter's bars. */
export const COUNTER_MARGIN = 3;

/** The token of the colour of a part of so many. */
export function partToken(part: number, parts: number): string {
  return parts === 1 ? "count" : `part-${part + 1}`;
}

/** Draws the counters whose rows are in sight. */
export function paintCounters(surface: Surface, scene: Scene, answer: CountersAnswer): void {
  const { brush, ratio, width, height } = surface;
  const top = stuckHeight(scene.rows.filter(({ stuck }) => stuck)) * ratio;
  brush.save();
  brush.clipTo(0, top, width, Math.max(0, height - top));
  for (const row of scene.rows) {
    const series = answer.series.find(({ id }) => id === row.lane?.id);
    if (series === undefined) continue;
    const parts = partsOf(series);
    const bars = barsOfParts(parts, answer, scene.view);
    const most = Math.max(...bars.map(({ top: value }) => value), 1e-9);
    const high = (row.height - 2 * COUNTER_MARGIN) * ratio;
    const ground = (row.top - scene.scroll + COUNTER_MARGIN) * ratio + high;
    for (const bar of bars) {
      brush.fillStyle = colour(surface, partToken(bar.part, parts.length));
      const [left, right] = [Math.round(bar.left * width), Math.round(bar.right * width)];
      const [low, up] = [(bar.bottom / most) * high, (bar.top / most) * high];
      brush.fillRect(left, ground - up, Math.max(1, right - left - 1), up - low);
    }
    paintLegend(surface, parts.length > 1 ? parts.map(({ name }) => name) : [], ground - high);
  }
  brush.restore();
}

function paintLegend(surface: Surface, names: readonly string[], top: number): void {
  const { brush, ratio } = surface;
  brush.font = font(surface, 10.5);
  let x = 6 * ratio;
  for (const [part, name] of names.entries()) {
    brush.fillStyle = colour(surface, partToken(part, names.length));
    brush.fillRect(x, top + 3 * ratio, 7 * ratio, 7 * ratio);
    brush.fillStyle = colour(surface, "text2");
    brush.fillText(name, x + 10 * ratio, top + 10 * ratio);
    x += 20 * ratio + brush.measureText(name).width;
  }
}
