// The connection to the server: what it tells of recordings that change, and whether it is there.

import { effect, signal } from "@preact/signals";
import { ApiError, ask } from "../data/client.js";
import { type LiveMessage } from "../pure/answers.js";
import { lanes, timeline } from "./data.js";
import { importing } from "./import.js";
import { answered } from "./latest.js";
import { showComplete, showGrowth } from "./live.js";
import { url } from "./url.js";

/** The server answers, has ended, or does not know this page: another one runs in its place. */
export const server = signal<"there" | "ended" | "other">("there");

/** What to say of a server that is not there. */
export const SERVER_TEXTS = {
  ended: "irqtwin serve has ended; this view is what was loaded",
  other: "irqtwin serve has ended; to go on, open the link that irqtwin serve --link prints",
} as const;

/** What changed is asked for at most so often, in milliseconds. */
const EVERY_MS = 500;

/** A server that refuses is asked again after so many milliseconds. */
const AGAIN_MS = 5000;

const CHANGES = ["began", "events", "complete", "removed", "dropped"] as const;

/** Recordings that changed since they were asked for. */
const changed = new Set<number>();
/** Those of them that are complete now. */
const completed = new Set<number>();
let isWanted = false;
let isUnderWay = false;

/** Listens to the server from the first answer on, as long as the page is open. */
export function followServer(): void {
  let isBegun = false;
  effect(() => {
    if (isBegun || timeline.state.value.value === null) return;
    isBegun = true;
    listen();
  });
}

function listen(): void {
  const source = new EventSource("/api/live");
  source.onopen = backAgain;
  source.onerror = () => void lost(source);
  for (const kind of CHANGES)
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
      const { recording_id } = JSON.parse(data) as LiveMessage;
      changed.add(recording_id);
      if (kind === "complete") completed.add(recording_id);
      void refresh();
    });
}

/** Nobody told what changed while the server was away. */
function backAgain(): void {
  if (server.peek() === "there") return;
  server.value = "there";
  const { recording } = url.peek();
  if (recording !== null) for (const each of [changed, completed]) each.add(recording);
  void refresh();
}

async function lost(source: EventSource): Promise<void> {
  if (source.readyState === EventSource.CONNECTING) {
    // The browser connects again by itself.
    server.value = "ended";
    return;
  }
  server.value = await whyRefused();
  setTimeout(listen, AGAIN_MS);
}

async function whyRefused(): Promise<"there" | "ended" | "other"> {
  try {
    await ask("/api/timeline?quick=1");
    return "there";
  } catch (error) {
    return error instanceof ApiError && error.code === "ERR_TOKEN" ? "other" : "ended";
  }
}

/** Asks for what changed, again and again as long as something does: never before the last answer is there. */
async function refresh(): Promise<void> {
  isWanted = true;
  if (isUnderWay) return;
  isUnderWay = true;
  while (isWanted) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    await untilSeen();
    isWanted = false;
    if (!isImportedHere()) await askAgain();
  }
  isUnderWay = false;
}

/** A page that nobody looks at asks for nothing: it is brought up to date when it is seen again. */
async function untilSeen(): Promise<void> {
  while (document.hidden)
    await new Promise((resolve) =>
      document.addEventListener("visibilitychange", resolve, { once: true }),
    );
}

/** A page that shows nothing shows how far its own import is, and opens the recording when it is there. */
function isImportedHere(): boolean {
  return importing.peek() !== null && url.peek().recording === null;
}

/** The timeline first: of a recording that is there no more nothing is asked. */
async function askAgain(): Promise<void> {
  const now = new Set(changed);
  const nowComplete = new Set(completed);
  for (const each of [changed, completed]) each.clear();
  timeline.again();
  await answered(timeline);
  const id = url.peek().recording;
  const known = timeline.state.peek().value?.recordings ?? [];
  if (id === null || !now.has(id) || !known.some((each) => each.id === id)) return;
  showGrowth();
  if (nowComplete.has(id)) showComplete();
  await answered(lanes);
}
