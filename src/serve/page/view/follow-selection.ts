// The selected lane comes into sight when something else than a click on it selects it.

import { effect } from "@preact/signals";
import { subjectOf, stuckHeight } from "../pure/layout.js";
import { rows, size } from "../state/lanes.js";
import { url } from "../state/url.js";

/** Scrolls an element whenever the selection changes and is out of sight. */
export function followSelection(box: HTMLElement): () => void {
  let last: string | null = null;
  return effect(() => {
    const name = url.value.subject?.name ?? null;
    const all = rows.value;
    const high = size.value.height;
    if (name === last || high === 0) return;
    const own = all.filter(
      ({ lane, stuck }) => lane !== null && !stuck && subjectOf(lane) === name,
    );
    const [first] = own;
    const end = own.at(-1);
    if (first === undefined || end === undefined) return;
    last = name;
    const top = stuckHeight(all);
    const bottom = end.top + end.height;
    const isSeen = first.top - box.scrollTop >= top && bottom - box.scrollTop <= high;
    if (!isSeen)
      box.scrollTop = bottom - top < high ? Math.max(0, bottom - high + 60) : first.top - top;
  });
}
