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

/** Draws interrupts and what is like them on the upper edge of their entry's lane: small triangles, or a band. */
export function paintInterrupts(painting: TickPainting): void {
  const { surface, top } = painting;
  const { brush, ratio } = surface;
  const columns = columnsOf(painting);
  brush.fillStyle = colour(surface, "text2");
  const isDense = columns.length * 6 * ratio > surface.width;
  for (const { x, count } of columns) {
    if (isDense) {
      const high = Math.min(8, 2 + Math.sqrt(count)) * ratio;
      brush.fillRect(x, top, Math.max(1, ratio), high);
    } else triangle(surface, x, top);
  }
}

function triangle({ brush, ratio }: Surface, x: number, top: number): void {
  const half = 3 * ratio;
  brush.beginPath();
  brush.moveTo(x - half, top);
  brush.lineTo(x + half, top);
  brush.lineTo(x, top + 4 * ratio);
  brush.fill();
}

interface Column {
  readonly x: number;
  readonly row: number;
  readonly count: number;
}

/** One entry for each column that has moments. */
function columnsOf({ rows, shift, scale }: TickPainting): readonly Column[] {
  const columns: Column[] = [];
  let lastX = -1;
  for (let row = 0; row < rows.rows; row++) {
    const offset = (rows.from[row] ?? 0) + shift;
    if (offset < 0 || offset > scale.length) continue;
    const x = columnOf(offset, scale);
    const last = columns.at(-1);
    const count = rows.count[row] ?? 1;
    if (x === lastX && last !== undefined)
      columns[columns.length - 1] = { ...last, count: last.count + count };
    else columns.push({ x, row, count });
    lastX = x;
  }
  return columns;
}
