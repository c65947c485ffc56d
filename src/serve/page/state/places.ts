// The sizes of the page's parts: only the reader changes them. They are kept in the browser.

import { effect, signal, type Signal } from "@preact/signals";

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

/** The tabs are shown; in a low window they are folded to their bar. */
export const tabsOpen = signal(innerHeight >= 640);

/** Lists show what is in view, or all. */
export const onlyInView = signal(false);

/** The dialog that is open. */
export const dialog = signal<"keys" | "explain" | "diff" | "twin" | "export" | "rate" | null>(null);

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
