// The address is the only source of what is shown. A push per act, a replace while something is dragged.

import { computed, signal } from "@preact/signals";
import { hashOf, NOTHING_SAID, parseHash, type UrlState } from "../pure/url-state.js";
import { say, withdrawComplaint } from "./message.js";

/** What the address says. */
export const url = signal<UrlState>(NOTHING_SAID);

/** Views that can be returned to with Backspace. */
export const depth = signal(0);

/** How a change of the address is kept in the browser's history. */
export interface GoOptions {
  /** Replaces the present entry: while dragging, and for what follows from an act. Absent = false. */
  readonly replace?: boolean;
  /**
   * The name of a series of small acts, such as the steps of a wheel: those that follow each other within a second are
   * one act. Absent = an act of its own.
   */
  readonly series?: string;
}

/** The series whose last act has just been, and when. */
let last: { readonly series: string; readonly at: number } | null = null;

/** Does an act go on with the series before it? */
function goesOn(series: string | undefined): boolean {
  const now = performance.now();
  const isSame = series !== undefined && last?.series === series && now - last.at < 1000;
  last = series === undefined ? null : { series, at: now };
  return isSame;
}

/** Changes what the address says. What was complained of is done with. */
export function go(patch: Partial<UrlState>, { replace = false, series }: GoOptions = {}): void {
  withdrawComplaint();
  change(patch, replace || goesOn(series));
}

/** What the page adds to the address by itself: it replaces the present entry, and a complaint stays to be read. */
export function amend(patch: Partial<UrlState>): void {
  change(patch, true);
}

function change(patch: Partial<UrlState>, isLater: boolean): void {
  const next = { ...url.peek(), ...patch };
  write(`#${hashOf(next)}`, isLater);
  // Last: whoever follows may change the address again, which is another entry of the history then.
  url.value = next;
}

function write(hash: string, isLater: boolean): void {
  if (hash === location.hash && waiting === null) return;
  if (isLater) later(hash);
  else {
    flush();
    history.pushState(null, "", hash);
    own = location.hash;
    depth.value++;
  }
}

/** The whole address of the present view, without any token. */
export function linkOf(state: UrlState): string {
  return `${location.origin}/#${hashOf(state)}`;
}

/** Reads the address, and follows it from then on. */
export function followAddress(): void {
  read();
  addEventListener("popstate", read);
  addEventListener("hashchange", read);
}

function read(): void {
  waiting = null;
  own = location.hash;
  const { state, ignored } = parseHash(location.hash);
  if (hashOf(state) !== hashOf(url.peek())) url.value = state;
  if (ignored.length > 0) say(`The address has values that mean nothing: ${ignored.join(", ")}`);
}

// Browsers limit how often the history may change: while dragging, a change is written after a tenth of a second.
let waiting: string | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The address as the page last read or wrote it. */
let own = "";

function later(hash: string): void {
  waiting = hash;
  timer ??= setTimeout(flush, 100);
}

function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  // Where the reader has given another address meanwhile, that one counts: the event that tells of it is on its way.
  if (waiting !== null && location.hash === own) {
    history.replaceState(null, "", waiting);
    own = location.hash;
  }
  waiting = null;
}

/** The recording that the address names. */
export const recordingId = computed(() => url.value.recording);

/** The open tab. */
export const tab = computed(() => url.value.tab);
