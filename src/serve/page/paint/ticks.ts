// Moments: markers of the workload, interrupts, GA log entries, wake-ups. Where they are dense they become a band.

import { columnOf, type Scale } from "../pure/pixels.js";
import { type LaneRows } from "../pure/wire.js";
import { colour, font, type Surface } from "./surface.js";

/** What ticks are drawn with. */
export interface TickPainting {
  /** Where. */
  readonly surface: Surface;
  /** The moments. */
  readonly rows: LaneRows;
  /** Units that are added to their offsets. */
  readonly shift: number;
  /** The view. */
  readonly scale: Scale;
  /** The upper edge of the lane in device pixels. */
  readonly top: number;
  /** The height of the lane in device pixels. */
  readonly height: number;
}

/** Draws a user's markers: ticks, with their texts where there is room. */
export function paintMarkers(painting: TickPainting): void {
  const { surface, rows, top, height } = painting;
  const { brush, ratio } = surface;
  const columns = columnsOf(painting);
  const tall = Math.round(9 * ratio);
  const y = Math.round(top + (height - tall) / 2);
  brush.fillStyle = colour(surface, "control");
  for (const { x } of columns) brush.fillRect(x, y, Math.max(1, Math.round(ratio)), tall);
  brush.font = font(surface, 10.5);
  columns.forEach(({ x, row, count }, index) => {
    const own = rows.words[rows.label[row] ?? 0] ?? "";
    // One text does not stand for all that share its column.
    const text = own === "" || count === 1 ? own : `${own} +${count - 1}`;
    const room = (columns[index + 1]?.x ?? surface.width) - x;
    if (text === "" || room < 60 * ratio) return;
    const width = brush.measureText(text).width;
    if (width + 8 * ratio > room) return;
    brush.fillStyle = colour(surface, "text3");
    brush.fillText(text, x + Math.round(4 * ratio), Math.round(y + 8 * ratio));
  });
}

/** How high signs are at most, in CSS pixels. */
const SIGN = 5;

/** Draws moments on the upper edge of the lane of their subject: signs, or a band. What went wrong is seen in any case. */
export function paintTicks(painting: TickPainting, looks: TickLooks): void {
  const { surface, top } = painting;
  const { brush, ratio } = surface;
  const columns = columnsOf(painting, looks);
  const isDense = columns.length * 6 * ratio > surface.width;
  for (const { x, count, row } of columns) {
    const look = looks[painting.rows.state[row] ?? 0];
    const sign = SIGNS[look?.paint ?? ""] ?? down;
    const isKept = (look?.rank ?? 0) >= KEPT;
    brush.fillStyle = colour(surface, isKept ? "text" : "text2");
    brush.strokeStyle = colour(surface, "text");
    if (isDense && !isKept) {
      const high = Math.min(8, 2 + Math.sqrt(count)) * ratio;
      brush.fillRect(x, top, Math.max(1, ratio), high);
    } else sign(surface, x, top);
  }
}

/** How a word of a row is drawn. */
interface TickLook {
  /** The paint, which has a sign; undefined = that of the lane. */
  readonly paint?: string;
  /** The rank of what is told in words, from 0; undefined = it is the lowest. */
  readonly rank?: number;
}

/** How the words of rows are drawn, one for each word of the lane. */
export type TickLooks = readonly (TickLook | undefined)[];

/** The rank from which on a state is drawn whatever shares its column. */
const KEPT = 5;

type Sign = (surface: Surface, x: number, top: number) => void;

function filled(...points: readonly (readonly [right: number, down: number])[]): Sign {
  return ({ brush, ratio }, x, top) => {
    brush.beginPath();
    for (const [at, [right, below]] of points.entries()) {
      const to = [x + right * ratio, top + below * ratio] as const;
      if (at === 0) brush.moveTo(...to);
      else brush.lineTo(...to);
    }
    brush.fill();
  };
}

function drawn(...lines: readonly (readonly (readonly [right: number, down: number])[])[]): Sign {
  return ({ brush, ratio }, x, top) => {
    brush.lineWidth = 1.5 * ratio;
    brush.beginPath();
    for (const points of lines)
      for (const [at, [right, below]] of points.entries()) {
        const to = [x + right * ratio, top + below * ratio] as const;
        if (at === 0) brush.moveTo(...to);
        else brush.lineTo(...to);
      }
    brush.stroke();
  };
}

const down = filled([-3, 0], [3, 0], [0, 4]);

/** The sign of each paint: an interrupt of the host, a log entry, a wake-up, an injection, and what went wrong. */
const SIGNS: Readonly<Record<string, Sign | undefined>> = {
  host: down,
  wait: filled([0, 0], [2.5, 2.5], [0, SIGN], [-2.5, 2.5]),
  run: filled([-3, 4], [3, 4], [0, 0]),
  out: filled([-0.75, 0], [0.75, 0], [0.75, SIGN], [-0.75, SIGN]),
  lost: drawn(
    [
      [-2.5, 0],
      [2.5, SIGN],
    ],
    [
      [2.5, 0],
      [-2.5, SIGN],
    ],
  ),
  misdirected: drawn([
    [-3, SIGN],
    [0, 0],
    [3, SIGN],
  ]),
};

interface Column {
  readonly x: number;
  readonly row: number;
  readonly count: number;
}

/** One entry for each column that has moments, with the row of the highest rank. */
function columnsOf({ rows, shift, scale }: TickPainting, looks: TickLooks = []): readonly Column[] {
  const columns: Column[] = [];
  const rankOf = (row: number): number => looks[rows.state[row] ?? 0]?.rank ?? 0;
  let lastX = -1;
  for (let row = 0; row < rows.rows; row++) {
    const offset = (rows.from[row] ?? 0) + shift;
    if (offset < 0 || offset > scale.length) continue;
    const x = columnOf(offset, scale);
    const last = columns.at(-1);
    const count = rows.count[row] ?? 1;
    if (x === lastX && last !== undefined) {
      const top = rankOf(row) > rankOf(last.row) ? row : last.row;
      columns[columns.length - 1] = { x, row: top, count: last.count + count };
    } else columns.push({ x, row, count });
    lastX = x;
  }
  return columns;
}
