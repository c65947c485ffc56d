// Keys, as in Perfetto where it has them. In fields they do nothing, and all can be turned off.

import { copyLink, copyMoment } from "./copy.js";
import { frameSelection, mark, pan, showAll, stepFinding, stepTo, zoom } from "./actions.js";
import { finding } from "./data.js";
import { backToNow } from "./live.js";
import { dialog, inspectorOpen, keysOn, tabsOpen, twinLane } from "./places.js";
import { nextOrder } from "./order.js";
import { faster, startPlay } from "./play.js";
import { hideTip } from "./tip.js";
import { showTipAtT } from "./tip-key.js";
import { go, url } from "./url.js";
import { TABS } from "../pure/url-state.js";
import { complain } from "./message.js";

/** A key, what it does in words, and what it does. */
export interface Key {
  /** The keys as people write them. */
  readonly keys: string;
  /** What they do. */
  readonly does: string;
}

/** The keys for the list that `?` shows. */
export const KEYS: readonly Key[] = [
  { keys: "W S", does: "zoom in, out at T; Ctrl and the wheel: at the cursor" },
  { keys: "A D, ← →", does: "pan by 10 %; with Shift by 50 %" },
  { keys: "↑ ↓", does: "lane; Enter selects it, Space folds it" },
  { keys: "[ ]", does: "previous, next finding" },
  { keys: ", .", does: "previous, next event of the selection" },
  { keys: "n N", does: "next, previous change of the selection" },
  { keys: "g", does: "go to a time, @SEQ, line:N or a name" },
  { keys: "m, Shift+M", does: "set A, B at T" },
  { keys: "x", does: "what differs between A and B" },
  { keys: "f, 0, Backspace", does: "frame the selection, show all, back to the last view" },
  { keys: "p r, + -", does: "play, rewind; faster, slower" },
  { keys: "o", does: "order of the lanes: by number, by name, by last change before T" },
  { keys: "/", does: "filter the lanes; in a tab its table" },
  { keys: "e b c l", does: "explain, blame, copy the moment, copy the link" },
  { keys: "1 … 5", does: "Events, Findings, Audit, Compare, SQL" },
  { keys: "v", does: "what the focused or selected lane says at T; Esc hides it" },
  { keys: "i t ?", does: "inspector, table of a lane, this list" },
];

type Act = (event: KeyboardEvent) => void;

const ACTS: Readonly<Record<string, Act | undefined>> = {
  w: () => zoom(0.7),
  s: () => zoom(1 / 0.7),
  a: () => pan(-0.1),
  d: () => pan(0.1),
  x: () => (dialog.value = "diff"),
  D: () => pan(0.5),
  A: () => pan(-0.5),
  ArrowLeft: ({ shiftKey }) => pan(shiftKey ? -0.5 : -0.1),
  ArrowRight: ({ shiftKey }) => pan(shiftKey ? 0.5 : 0.1),
  ArrowUp: () => focusLane(-1),
  ArrowDown: () => focusLane(1),
  "[": () => stepFinding(-1),
  "]": () => stepFinding(1),
  ",": () => void stepTo("event", "previous"),
  ".": () => void stepTo("event", "next"),
  n: () => void stepTo("change", "next"),
  N: () => void stepTo("change", "previous"),
  g: () => focus('[aria-label="Go to"]'),
  m: () => mark("a"),
  M: () => mark("b"),
  f: frameSelection,
  "0": showAll,
  Backspace: () => history.back(),
  p: () => startPlay(1),
  r: () => startPlay(-1),
  "+": () => faster(2),
  "-": () => faster(0.5),
  o: nextOrder,
  "/": () => focus(inTabs() ? ".tab-filter" : ".lane-filter"),
  e: () => explain(),
  b: () => focus('[aria-label="Fields"]'),
  c: () => void copyMoment(),
  l: () => void copyLink(),
  v: showTipAtT,
  i: () => (inspectorOpen.value = !inspectorOpen.peek()),
  t: openTable,
  "?": () => (dialog.value = "keys"),
  End: backToNow,
  Escape: escape,
};

/** Listens to keys. */
export function followKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.key !== "v") hideTip();
    if (!keysOn.peek() || event.ctrlKey || event.metaKey || event.altKey || isField(event)) return;
    if (dialog.peek() !== null || event.defaultPrevented) return;
    const tabName = TABS[Number(event.key) - 1];
    if (/^[1-5]$/.test(event.key) && tabName !== undefined) {
      openTab(tabName);
      return;
    }
    const found = ACTS[event.key];
    if (found === undefined) return;
    event.preventDefault();
    found(event);
  });
}

/** Opens a tab. */
export function openTab(tab: (typeof TABS)[number]): void {
  tabsOpen.value = true;
  if (url.peek().tab !== tab) go({ tab, query: "", grep: "" });
}

function isField(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest(".cm-editor") !== null) return true;
  return /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
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
  const kind = subject.kind === "vm" ? "avic" : subject.kind;
  twinLane.value = `${kind}:${subject.name}`;
  dialog.value = "twin";
}

function explain(): void {
  if (finding.peek() === null) complain("Choose a finding first: ] goes to the next one");
  else dialog.value = "explain";
}

function escape(): void {
  if (innerWidth < 1280 && inspectorOpen.peek()) inspectorOpen.value = false;
}
