// What a pointer does on the lanes: click sets T, drag pans, Shift and drag sets A and B, a double click frames.

import { signal } from "@preact/signals";
import { rowAtY, subjectOf, type Row } from "../pure/layout.js";
import { formOf, selectedBy } from "../pure/kinds.js";
import { offsetOf, panned, zoomed } from "../pure/pixels.js";
import { FLAG, rowAt, type LaneRows } from "../pure/wire.js";
import { type At, type Subject } from "../pure/url-state.js";
import { type FindingBar } from "../pure/bars.js";
import { type FindingHit } from "../paint/findings.js";
import { frame, openFinding, select } from "../state/actions.js";
import { kinds, limits, view } from "../state/data.js";
import { density, intervals, rows, scroll, size } from "../state/lanes.js";
import { remember } from "../state/moments.js";
import { go, url } from "../state/url.js";
import { inRecording } from "./ruler.js";
import { hideTip, showTip } from "../state/tip.js";

/** Where findings are on the canvas. */
export const hits = signal<readonly FindingHit[]>([]);

/** A click within so many pixels of an edge means the edge. */
const SNAP = 4;

/** A pointer that moved less has clicked. */
const STILL = 3;

interface Spot {
  readonly row: Row | null;
  readonly time: bigint;
  readonly x: number;
  readonly y: number;
}

function spot(event: PointerEvent | MouseEvent): Spot | null {
  const span = view.peek();
  if (span === null) return null;
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const scale = { width: box.width, length: Number(span.length) };
  const time = inRecording(span.start + BigInt(offsetOf(x, scale)));
  return { row: rowAtY(rows.peek(), y, scroll.peek()), time, x, y };
}

/** Begins a click or a drag. */
export function pointerDown(event: PointerEvent): void {
  const start = spot(event);
  const before = view.peek();
  const all = limits.peek();
  if (start === null || before === null || all === null || event.button !== 0) return;
  const target = event.currentTarget as HTMLElement;
  target.setPointerCapture(event.pointerId);
  const top = target.closest(".lanes")?.scrollTop ?? 0;
  let moved = false;
  const move = (next: PointerEvent): void => {
    const by = next.clientX - event.clientX;
    const down = next.clientY - event.clientY;
    moved ||= Math.abs(by) > STILL || Math.abs(down) > STILL;
    if (!moved) return;
    hideTip();
    if (event.shiftKey) {
      const time = spot(next)?.time ?? start.time;
      go({ a: { time: start.time }, b: { time } }, { series: "drag A to B" });
      return;
    }
    target.closest(".lanes")?.scrollTo({ top: top - down });
    go({ view: panned(before, -by / size.peek().width, all) }, { series: "drag" });
  };
  const up = (last: PointerEvent): void => {
    target.removeEventListener("pointermove", move);
    if (!moved) click(start, last);
    else if (!event.shiftKey) target.style.cursor = "";
  };
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", up, { once: true });
}

function click(at: Spot, event: PointerEvent): void {
  const hit = findingAt(at);
  if (hit !== null) return clickFinding(hit, at.time);
  const moment = event.altKey ? null : edgeNear(at);
  const subject = at.row === null ? null : subjectOfRow(at.row);
  go({ t: moment ?? { time: at.time } });
  if (subject !== null && subject.name !== url.peek().subject?.name)
    select(subject, { replace: true });
}

/** A click brings several bars in one disc apart; of those that lie over each other it chooses the last that has begun. */
function clickFinding(hit: FindingHit, time: bigint): void {
  const { bars, left, right } = hit.mark;
  if (bars.length > 1 && right - left < DISC * density.peek()) return zoomToHit(hit);
  openFinding(barAt(hit, time).first);
}

/** Of the bars that stand there the last that has begun at a moment. */
function barAt({ mark: { bars } }: FindingHit, time: bigint): FindingBar {
  return bars.findLast(({ from }) => from <= time) ?? bars[0];
}

/** About how many CSS pixels a disc with a number takes. */
const DISC = 24;

function zoomToHit({ left, right }: FindingHit): void {
  const span = view.peek();
  if (span === null) return;
  const scale = { width: size.peek().width * density.peek(), length: Number(span.length) };
  const from = span.start + BigInt(offsetOf(left, scale));
  frame(from, span.start + BigInt(offsetOf(right + 12, scale)));
}

function findingAt({ x, y, row }: Spot): FindingHit | null {
  if (row?.lane == null || formOf(kinds.peek(), row.lane) !== "findings") return null;
  const [column, line] = [x * density.peek(), y * density.peek()];
  const high = 14 * density.peek();
  return (
    hits
      .peek()
      .find(
        ({ left, right, top }) =>
          column >= left && column <= right && line >= top - 3 && line <= top + high + 3,
      ) ?? null
  );
}

/** The subject that a row is about; null = none that can be selected. */
export function subjectOfRow({ lane }: Row): Subject | null {
  if (lane === null) return null;
  const name = subjectOf(lane);
  const kind = selectedBy(kinds.peek(), lane);
  return kind === null ? null : { kind, name };
}

/** The event whose edge is near; null = none. */
function edgeNear({ row, time, x }: Spot): At | null {
  const known = row?.lane == null ? undefined : intervals.peek().get(row.lane.id);
  const span = view.peek();
  const id = url.peek().recording;
  if (known === undefined || span === null || id === null) return null;
  const shift = Number(known.of.from - span.start);
  const scale = size.peek().width / Number(span.length);
  const offset = Number(time - known.of.from);
  const near = nearest(known.rows, offset);
  const seq = known.rows.seq[near];
  const from = known.rows.from[near];
  if (seq === undefined || from === undefined || Number.isNaN(seq)) return null;
  if (((known.rows.flags[near] ?? 0) & FLAG.merged) !== 0) return null;
  if (Math.abs((from + shift) * scale - x) > SNAP) return null;
  remember(id, seq, known.of.from + BigInt(from));
  return { seq };
}

/** The row whose begin is nearest. */
function nearest({ from, rows: count }: LaneRows, offset: number): number {
  let best = -1;
  for (let row = 0; row < count; row++) {
    const distance = Math.abs((from[row] ?? 0) - offset);
    if (best === -1 || distance < Math.abs((from[best] ?? 0) - offset)) best = row;
  }
  return best;
}

/** Frames the interval under a double click. */
export function zoomTo(event: MouseEvent): void {
  const at = spot(event);
  const all = limits.peek();
  const known = at?.row?.lane == null ? undefined : intervals.peek().get(at.row.lane.id);
  if (at === null || all === null || known === undefined) return;
  const row = rowAt(known.rows, Number(at.time - known.of.from));
  const [from, to] = [known.rows.from[row], known.rows.to[row]];
  if (from === undefined || to === undefined) return;
  const start = known.of.from + BigInt(from);
  frame(
    start < all.start ? all.start : start,
    Number.isNaN(to) ? all.end : known.of.from + BigInt(to),
  );
}

/** Ctrl and the wheel, or the wheel over a ruler, zoom at the cursor; the wheel alone scrolls, sideways pans. */
export function wheel(event: WheelEvent): void {
  const span = view.peek();
  const all = limits.peek();
  if (span === null || all === null) return;
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  if (event.ctrlKey || event.metaKey || (event.deltaX === 0 && !canScroll(event))) {
    event.preventDefault();
    const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200);
    go(
      { view: zoomed(span, factor, (event.clientX - box.left) / box.width, all) },
      { series: "wheel" },
    );
  } else if (event.deltaX !== 0 || event.shiftKey) {
    event.preventDefault();
    const by = event.deltaX === 0 ? event.deltaY : event.deltaX;
    go({ view: panned(span, by / box.width, all) }, { series: "wheel" });
  }
}

function canScroll(event: WheelEvent): boolean {
  const box = (event.currentTarget as HTMLElement).closest(".lanes");
  return box !== null && box.scrollHeight > box.clientHeight + 1;
}

/** Shows what is under the pointer after a moment. */
export function hover(event: PointerEvent): void {
  if (event.buttons !== 0) return;
  const at = spot(event);
  const hit = at === null ? null : findingAt(at);
  (event.currentTarget as HTMLElement).style.cursor = hit === null ? "" : "pointer";
  if (at?.row?.lane == null) return hideTip();
  showTip(
    { x: event.clientX, y: event.clientY },
    at.row,
    at.time,
    hit === null ? null : barAt(hit, at.time),
  );
}

/** Hides it. */
export function leave(): void {
  hideTip();
}
