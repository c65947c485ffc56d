// Keys on the lanes: what a mouse does with a lane's name and its tools.

import { toggle } from "../state/actions.js";
import { bound, type Keys } from "../state/key-tables.js";
import { dialog, twinLane } from "../state/places.js";
import { go, url } from "../state/url.js";

/** Keys of the lanes: what is bound there, and what the list of `?` is made of. */
export const LANE_KEYS: readonly Keys[] = [
  {
    does: "lane above, below, first, last",
    acts: {
      ...{ ArrowUp: (event) => step(event, -1), ArrowDown: (event) => step(event, 1) },
      ...{ Home: (event) => rowsOf(event)[0]?.focus(), End: focusLast },
    },
  },
  {
    does: "select the lane; fold a group, hide a lane that is not pinned",
    acts: { Enter: (event) => rowOf(event)?.click(), " ": foldFocused },
  },
  { does: "pin the lane to the top, or unpin it", acts: { k: pinFocused } },
  { does: "the lane's intervals as a table", acts: { t: openFocused } },
];

/** Does what a key says on the focused lane. Other keys are left to the page. */
export const laneKeys = bound(LANE_KEYS, (event) => rowOf(event) !== undefined);

/** Opens the table of a lane's intervals. */
export function openTwin(id: string): void {
  twinLane.value = id;
  dialog.value = "twin";
}

/** The rows that are elements, from the top down. */
function rowsOf({ currentTarget }: KeyboardEvent): readonly HTMLElement[] {
  return [...(currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".gutter-row")];
}

/** The row that has the focus; undefined = none, such as where a button of a row has it. */
function rowOf(event: KeyboardEvent): HTMLElement | undefined {
  return rowsOf(event).find((row) => row === document.activeElement);
}

function step(event: KeyboardEvent, by: 1 | -1): void {
  const all = rowsOf(event);
  const row = rowOf(event);
  if (row !== undefined) all[all.indexOf(row) + by]?.focus();
}

/** The last row is an element only when it is near to what is in sight. */
function focusLast({ currentTarget }: KeyboardEvent): void {
  const grid = currentTarget as HTMLElement;
  const box = grid.closest<HTMLElement>(".lanes");
  if (box !== null) box.scrollTop = box.scrollHeight;
  requestAnimationFrame(() => {
    [...grid.querySelectorAll<HTMLElement>(".gutter-row")].at(-1)?.focus();
  });
}

/** Folds a row; where it goes away, the focus goes to the next one that stays. */
function foldFocused(event: KeyboardEvent): void {
  const all = rowsOf(event);
  const row = rowOf(event);
  if (row === undefined) return;
  const place = all.indexOf(row);
  foldRow(row);
  requestAnimationFrame(() => {
    if (row.isConnected) return;
    const others = [...all.slice(place + 1), ...all.slice(0, place).reverse()];
    others.find(({ isConnected }) => isConnected)?.focus();
  });
}

function foldRow(row: HTMLElement): void {
  const id = row.dataset["lane"];
  if (id === undefined) row.click();
  else go({ folded: [...url.peek().folded, id] });
}

/** A lane that is pinned goes to another place, and takes the focus with it. */
function pinFocused(event: KeyboardEvent): void {
  const id = rowOf(event)?.dataset["lane"];
  const grid = event.currentTarget as HTMLElement;
  if (id === undefined) return;
  toggle("pinned", id);
  requestAnimationFrame(() => {
    [...grid.querySelectorAll<HTMLElement>(".gutter-row")]
      .find((row) => row.dataset["lane"] === id)
      ?.focus();
  });
}

function openFocused(event: KeyboardEvent): void {
  const id = rowOf(event)?.dataset["lane"];
  if (id !== undefined) openTwin(id);
}
