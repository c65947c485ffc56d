// The selected lane comes into sight when something else than a click on it selects it.

import { effect } from "@preact/signals";
import { heightOf, stuckHeight, subjectOf, type Row } from "../pure/layout.js";
import { lanes } from "../state/data.js";
import { rows, size } from "../state/lanes.js";
import { url } from "../state/url.js";

/** Pixels that are left below a lane that comes into sight from below. */
const BELOW = 60;

/** What decides how far to scroll. */
interface Seen {
  /** The selected subject; null = none. */
  readonly name: string | null;
  /** The rows of lanes. */
  readonly all: readonly Row[];
  /** The height in which they are seen, in CSS pixels. */
  readonly high: number;
  /** All is known of the lanes. */
  readonly isWhole: boolean;
}

/**
 * Scrolls an element whenever the selection changes and is out of sight. Until all is known of the lanes their places
 * can change, and it follows them, unless the reader scrolls.
 */
export function followSelection(box: HTMLElement): () => void {
  let last: string | null = null;
  let placed: { readonly name: string; readonly top: number } | null = null;
  let frame = 0;
  const hasScrolled = (name: string): boolean => {
    if (placed?.name !== name) return false;
    return box.scrollTop !== Math.min(placed.top, box.scrollHeight - box.clientHeight);
  };
  const follow = (seen: Seen): void => {
    const { name, all, high } = seen;
    if (name === null || name === last || high === 0) return;
    // The box has no room for the rows before the next render, and does not scroll so far.
    if (box.scrollHeight < heightOf(all)) {
      frame = requestAnimationFrame(() => follow(seen));
      return;
    }
    const wasMoved = hasScrolled(name);
    const top = wasMoved ? box.scrollTop : topFor(name, all, high, box.scrollTop);
    if (top === null) return;
    box.scrollTop = top;
    if (!seen.isWhole && !wasMoved) placed = { name, top: box.scrollTop };
    else last = name;
  };
  const stop = effect(() => {
    const seen: Seen = {
      ...{ name: url.value.subject?.name ?? null, all: rows.value, high: size.value.height },
      isWhole: !lanes.state.value.busy,
    };
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => follow(seen));
  });
  return () => {
    stop();
    cancelAnimationFrame(frame);
  };
}

/** Where a group's head begins whose lane is in sight with it; where there is no room for both, where the lane does. */
function beginOf(lane: Row, all: readonly Row[], earliest: number): number {
  const head = all.find(({ type, group }) => type === "group" && group?.id === lane.group?.id);
  return head !== undefined && head.top >= earliest ? head.top : lane.top;
}

/** How far to scroll so that the lanes of a subject are in sight; null = it has no lane. */
function topFor(name: string, all: readonly Row[], high: number, now: number): number | null {
  const own = all.filter(({ lane, stuck }) => lane !== null && !stuck && subjectOf(lane) === name);
  const [first, end] = [own[0], own.at(-1)];
  if (first === undefined || end === undefined) return null;
  const top = stuckHeight(all);
  const bottom = end.top + end.height;
  const begin = beginOf(first, all, bottom - (high - top));
  if (begin - now >= top && bottom - now <= high) return now;
  if (begin - now >= top) return Math.min(begin - top, bottom - high + BELOW);
  return Math.max(0, begin - top);
}
