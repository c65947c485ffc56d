// The rows of lanes, and the intervals of those that are in sight.

import { computed, effect, signal } from "@preact/signals";
import { askIntervals, errorLine, isAbort } from "../data/client.js";
import { findingBars } from "../pure/bars.js";
import {
  foldedToFit,
  heightOf,
  layout,
  subjectOf,
  type LayoutChoice,
  type Row,
} from "../pure/layout.js";
import { formOf, ticksOn } from "../pure/kinds.js";
import { detailOf, type Detail } from "../pure/pixels.js";
import { type Known as KnownRows } from "../pure/wire.js";
import { type Lane } from "../pure/answers.js";
import { drawn } from "./drawn.js";
import { kinds, laneById, lanes, listed, view } from "./data.js";
import { orderedGroups } from "./order.js";
import { recordingId, url } from "./url.js";

/** Width and height of the canvas in CSS pixels. */
export const size = signal({ width: 0, height: 0 });

/** Device pixels in a CSS pixel. */
export const density = signal(1);

/** How far the lanes are scrolled down, in CSS pixels. */
export const scroll = signal(0);

/** The bars of findings. */
export const bars = computed(() => findingBars(listed.value));

// Of the address only what rows depend on: of ten thousands of lanes no row is laid out anew when the view moves.
const filter = computed(() => url.value.lanes);
const pinned = computed(() => url.value.pinned);
const folded = computed(() => url.value.folded);
const selected = computed(() => url.value.subject?.name ?? null);

/** What the reader chose of the rows of lanes. */
const choice = computed<LayoutChoice>(() => ({
  ...{ filter: filter.value, pinned: pinned.value, folded: folded.value, selected: selected.value },
  kinds: kinds.value,
  findingRows: Math.max(1, ...bars.value.map(({ row }) => row + 1)),
}));

/** The rows of lanes. */
export const rows = computed<readonly Row[]>(() => layout(orderedGroups.value, choice.value));

/** What is folded so that the lanes of subjects, the first of which gets selected, and as many others as there is room for are in sight. */
export function foldedFor(names: readonly string[], before: readonly string[]): readonly string[] {
  const wanted = { ...choice.peek(), folded: before, selected: names[0] ?? null };
  return foldedToFit(orderedGroups.peek(), wanted, { names, high: size.peek().height });
}

/** The height of all rows. */
export const totalHeight = computed(() => heightOf(rows.value));

/** The rows in sight. */
export const visible = computed<readonly Row[]>(() => {
  const [from, to] = [scroll.value, scroll.value + size.value.height];
  return rows.value.filter(({ top, height, stuck }) => stuck || (top + height > from && top < to));
});

/** So many rows are elements at once; of more only those near to what is in sight. */
const ROWS_MOST = 300;

/** Pixels by which what is near changes: not with each step of a wheel. */
const STRIDE = 600;

const near = computed(() => Math.floor(scroll.value / STRIDE) * STRIDE);

/** The rows that are elements of the page, each with its place among all. */
export const mounted = computed<readonly (readonly [row: Row, place: number])[]>(() => {
  const all = rows.value.map((row, place) => [row, place] as const);
  if (all.length <= ROWS_MOST) return all;
  const [from, to] = [near.value - STRIDE, near.value + size.value.height + 2 * STRIDE];
  return all.filter(([{ top, height, stuck }]) => stuck || (top + height > from && top < to));
});

/** The first part of the intervals of lanes that are in sight. */
export const intervals = signal<ReadonlyMap<string, KnownRows>>(new Map());

/** Why the last request for intervals failed; null = it did not. */
export const intervalsError = signal<string | null>(null);

/** Intervals are awaited for longer than a reader notices. */
export const isSlow = signal(false);

let under: AbortController | null = null;
let loading = Promise.resolve();
let have: {
  readonly detail: Detail;
  readonly recording: number;
  readonly lanes: Set<string>;
} | null = null;

/** Lanes whose intervals are drawn: those in sight, and what is drawn on them. */
const wanted = computed<readonly string[]>(() => {
  const shown = visible.value.flatMap(({ lane }) => (lane === null ? [] : [lane]));
  const ticks = shown.flatMap((lane) => ticksOn(kinds.value, lane, subjectOf(lane)));
  const there = ticks.filter((id) => laneById.value.has(id));
  return [...shown.filter(isDrawn).map(({ id }) => id), ...there];
});

function isDrawn(lane: Lane): boolean {
  const form = formOf(kinds.value, lane);
  return form !== "counter" && form !== "findings";
}

/** Asks for intervals whenever what is in sight is not there at the view's level of detail. */
export function followIntervals(): void {
  effect(() => {
    if (lanes.state.value.value !== null) have = null;
  });
  effect(() => {
    const [span, id, ids] = [view.value, recordingId.value, wanted.value];
    const width = Math.round(size.value.width * density.value);
    if (lanes.state.value.value?.recording === id && ids.length === 0 && width > 0)
      drawn.value = id;
    if (span === null || id === null || width === 0 || ids.length === 0) return;
    const exact = detailOf(span, width, 0);
    const isEnough =
      have !== null &&
      have.recording === id &&
      have.detail.bucket === exact.bucket &&
      have.detail.from <= exact.from &&
      have.detail.to >= exact.to &&
      ids.every((lane) => have?.lanes.has(lane));
    if (!isEnough) loading = load(id, ids, detailOf(span, width, 0.4));
  });
}

/** The server reads lanes with more changes longer than a reader notices. */
const HEAVY = 50_000;

/** Lanes in the order in which they are asked for: those that are read at once, then the others. */
function parted(ids: readonly string[]): readonly (readonly string[])[] {
  const isHeavy = (id: string): boolean => (laneById.peek().get(id)?.changes ?? 0) > HEAVY;
  return [ids.filter((id) => !isHeavy(id)), ids.filter(isHeavy)].filter(({ length }) => length > 0);
}

/** The intervals of what is in sight are there: what is less urgent may be asked for. */
export async function intervalsCame(): Promise<void> {
  // Who follows the same change of the view may have been told of it first.
  await Promise.resolve();
  await loading;
}

/** Forgets the intervals, so that those of a recording that has grown are asked for. */
export function forgetIntervals(): void {
  have = null;
}

async function load(recording: number, ids: readonly string[], detail: Detail): Promise<void> {
  under?.abort();
  const own = new AbortController();
  under = own;
  have = { detail, recording, lanes: new Set(ids) };
  const slow = setTimeout(() => (isSlow.value = true), 300);
  try {
    const span = { start: detail.from, length: detail.to - detail.from };
    // All at once: the server answers in this order, and has the next question when it is done with one.
    const asked = parted(ids).map(async (part) => {
      const answer = await askIntervals(recording, part, span, detail.columns, own.signal);
      const next = new Map(under === own ? keep(recording) : intervals.peek());
      for (const [id, lane] of answer.lanes) next.set(id, { of: answer, rows: lane });
      intervals.value = next;
      intervalsError.value = null;
      drawn.value = recording;
    });
    await Promise.all(asked);
  } catch (error) {
    if (under === own) have = null;
    if (isAbort(error)) return;
    intervalsError.value = errorLine(error);
    drawn.value = recording;
  } finally {
    clearTimeout(slow);
    if (under === own) isSlow.value = false;
  }
}

let of: number | null = null;

/** What is drawn until more comes: nothing of another recording. */
function keep(recording: number): ReadonlyMap<string, KnownRows> {
  const isSame = of === recording;
  of = recording;
  return isSame ? intervals.peek() : new Map();
}
