// The sizes of the page's parts: only the reader changes them. They are kept in the browser; what a link must show again
// stands in the address.

import { computed, effect, signal, type Signal } from "@preact/signals";
import { go, url } from "./url.js";

function kept(name: string, value: number, least: number, most: number): Signal<number> {
  const stored = Number(localStorage.getItem(`irqtwin.${name}`));
  const made = signal(stored >= least && stored <= most ? stored : value);
  effect(() => {
    if (made.value !== value) localStorage.setItem(`irqtwin.${name}`, String(made.value));
  });
  return made;
}

const isWide = innerWidth >= 2200;

/** The width of the names left of the lanes. */
export const gutterWidth = kept("gutter", innerWidth < 1100 ? 160 : 216, 160, 360);

/** The width of the inspector. */
export const inspectorWidth = kept("inspector", isWide ? 440 : 392, 320, 560);

/** The height of the tabs. */
export const tabsHeight = kept("tabs", isWide ? 240 : 172, 96, 560);

/** The inspector is shown; in a narrow window it is a drawer. */
export const inspectorOpen = signal(innerWidth >= 1280);

/** Is the window high enough for lanes and lists? */
const isHigh = innerHeight >= 640;

/** The tabs are shown; in a low window they are folded to their bar, unless the reader opens them. */
export const tabsOpen = computed(() => {
  const { lists } = url.value;
  return lists === null ? isHigh : lists === "open";
});

/** What the address says where the lists are open or folded. */
export function listsAs(isOpen: boolean): "open" | "folded" | null {
  if (isOpen === isHigh) return null;
  return isOpen ? "open" : "folded";
}

/** Folds the lists to their bar, or unfolds them. */
export function toggleTabs(): void {
  go({ lists: listsAs(!tabsOpen.peek()) });
}

/** Lists show what is in view, or all. */
export const onlyInView = computed(() => url.value.rows === "view");

/** The dialog that is open. */
export const dialog = signal<"keys" | "explain" | "diff" | "twin" | "line" | "rate" | null>(null);

/** The lane whose intervals the table twin lists. */
export const twinLane = signal<string | null>(null);

/** The hint card of the first run has been put away. */
export const hintSeen = signal(localStorage.getItem("irqtwin.hint") === "seen");

/** Puts the hint card away. */
export function putHintAway(): void {
  hintSeen.value = true;
  localStorage.setItem("irqtwin.hint", "seen");
}

/** Single-key commands are on. */
export const keysOn = signal(localStorage.getItem("irqtwin.keys") !== "off");

/** Turns single-key commands on or off. */
export function switchKeys(): void {
  keysOn.value = !keysOn.value;
  localStorage.setItem("irqtwin.keys", keysOn.value ? "on" : "off");
}
