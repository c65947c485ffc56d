// Keys, as in Perfetto where it has them. In fields they do nothing, and all can be turned off.

import { copyLink, copyMoment } from "./copy.js";
import {
  frameSelection,
  laneOf,
  mark,
  pan,
  showAll,
  stepFinding,
  stepTo,
  zoom,
} from "./actions.js";
import { finding } from "./data.js";
import { backToNow } from "./live.js";
import { dialog, inspectorOpen, keysOn, listsAs, tabsOpen, twinLane } from "./places.js";
import { nextOrder } from "./order.js";
import { faster, startPlay } from "./play.js";
import { hideTip } from "./tip.js";
import { showTipAtT } from "./tip-key.js";
import { go, url } from "./url.js";
import { actOf, actsOf, type Keys } from "./key-tables.js";
import { TABS } from "../pure/url-state.js";
import { complain } from "./message.js";

/** The keys of the whole page: what is bound, and what the list of `?` is made of. */
export const KEYS: readonly Keys[] = [
  {
    does: "zoom in, out at T; Ctrl and the wheel: at the cursor",
    acts: { w: () => zoom(0.7), s: () => zoom(1 / 0.7) },
  },
  {
    does: "pan by 10 %",
    acts: {
      ...{ a: () => pan(-0.1), d: () => pan(0.1) },
      ...{ ArrowLeft: () => pan(-0.1), ArrowRight: () => pan(0.1) },
    },
  },
  {
    does: "pan by 50 %",
    acts: {
      ...{ A: () => pan(-0.5), D: () => pan(0.5) },
      ...{ "Shift+ArrowLeft": () => pan(-0.5), "Shift+ArrowRight": () => pan(0.5) },
    },
  },
  {
    does: "to the lanes, from one to the next",
    acts: { ArrowUp: () => focusLane(-1), ArrowDown: () => focusLane(1) },
  },
  {
    does: "previous, next finding",
    acts: { "[": () => stepFinding(-1), "]": () => stepFinding(1) },
  },
  {
    does: "previous, next event of the selection",
    acts: {
      ",": () => void stepTo("event", "previous"),
      ".": () => void stepTo("event", "next"),
    },
  },
  {
    does: "next, previous change of the selection",
    acts: { n: () => void stepTo("change", "next"), N: () => void stepTo("change", "previous") },
  },
  {
    does: "go to a time, @SEQ, line:N, a finding or a name",
    acts: { g: () => focus('[aria-label="Go to"]') },
  },
  { does: "set A, B at T", acts: { m: () => mark("a"), M: () => mark("b") } },
  { does: "what differs between A and B", acts: { x: () => (dialog.value = "diff") } },
  {
    does: "frame the selection, show all, back to the last view",
    acts: { f: frameSelection, "0": showAll, Backspace: () => history.back() },
  },
  {
    does: "play, rewind; faster, slower",
    acts: {
      ...{ p: () => startPlay(1), r: () => startPlay(-1) },
      ...{ "+": () => faster(2), "-": () => faster(0.5) },
    },
  },
  {
    does: "order of the lanes: by number, by name, by last change before T",
    acts: { o: nextOrder },
  },
  {
    does: "filter the lanes; in a tab its table",
    acts: { "/": () => focus(inTabs() ? ".tab-filter" : ".lane-filter") },
  },
  {
    does: "explain, blame, copy the moment, copy the link",
    acts: {
      ...{ e: explain, b: () => focus('[aria-label="Fields"]') },
      ...{ c: () => void copyMoment(), l: () => void copyLink() },
    },
  },
  {
    does: "Events, Findings, Audit, Compare, SQL",
    acts: Object.fromEntries(TABS.map((tab, place) => [String(place + 1), () => toTab(tab)])),
  },
  {
    does: "what the focused or selected lane says at T; Esc hides it",
    acts: { v: showTipAtT },
  },
  {
    does: "inspector, table of a lane, this list",
    acts: {
      i: () => (inspectorOpen.value = !inspectorOpen.peek()),
      t: openTable,
      "?": () => (dialog.value = "keys"),
    },
  },
  { does: "back to the end of a recording that grows", acts: { End: backToNow } },
  { does: "close the inspector where it lies over the lanes", acts: { Escape: escape } },
];

const ACTS = actsOf(KEYS);

/** Listens to keys. */
export function followKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.key !== "v") hideTip();
    if (!keysOn.peek() || event.ctrlKey || event.metaKey || event.altKey || isField(event)) return;
    if (dialog.peek() !== null || event.defaultPrevented) return;
    const found = actOf(ACTS, event);
    if (found === undefined) return;
    event.preventDefault();
    found(event);
  });
}

/** Opens a tab. */
export function openTab(tab: (typeof TABS)[number]): void {
  const lists = listsAs(true);
  if (url.peek().tab !== tab) go({ tab, query: "", grep: "", lists });
  else if (!tabsOpen.peek()) go({ lists });
}

/** Opens a tab, and goes to its name: from there the keys lead on into its list. */
function toTab(tab: (typeof TABS)[number]): void {
  openTab(tab);
  focus(`[data-tab="${tab}"]`);
}

function isField(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest(".cm-editor") !== null) return true;
  // A box to tick takes no text.
  return target.matches("input:not([type=checkbox]), textarea, select");
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

function inTabs(): boolean {
  return document.activeElement?.closest(".tabs") != null;
}

function focusLane(step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>(".gutter-row")];
  const chosen = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  all[Math.max(0, chosen + (chosen < 0 ? 0 : step))]?.focus();
}

function openTable(): void {
  const { subject } = url.peek();
  if (subject === null) return complain("Select a lane first");
  twinLane.value = laneOf(subject);
  dialog.value = "twin";
}

function explain(): void {
  if (finding.peek() === null) complain("Choose a finding first: ] goes to the next one");
  else dialog.value = "explain";
}

function escape(): void {
  if (innerWidth < 1280 && inspectorOpen.peek()) inspectorOpen.value = false;
}
