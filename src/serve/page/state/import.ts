// Traces that are dropped on the page or chosen are imported, one after the other, with progress and a way to stop.

import { signal } from "@preact/signals";
import { ask, errorLine, errorOf, gone, request } from "../data/client.js";
import { upload } from "../data/upload.js";
import { type ImportMessage, type TimelineAnswer } from "../pure/answers.js";
import { rateText } from "../pure/rate.js";
import { openRecording } from "./actions.js";
import { timeline } from "./data.js";
import { answered } from "./latest.js";
import { complain, say } from "./message.js";
import { url } from "./url.js";

/** An import under way. */
export interface Importing {
  /** The file's name. */
  readonly name: string;
  /** The file goes up, the server reads what is still on its way, or it removes what it has. */
  readonly step: "sending" | "importing" | "stopping";
  /** How much of the file went up, or was read, 0 to 1; null = not known. */
  readonly part: number | null;
  /** How fast lines are read, in words; null = not known. */
  readonly rate: string | null;
}

/** The import under way; null = none. */
export const importing = signal<Importing | null>(null);

/** Files that wait for the one under way. */
export const waiting = signal<readonly File[]>([]);

/** Something is held over the page. */
export const isOver = signal(false);

let stop = new AbortController();

/** Takes files that are dropped on the page. */
export function followDrops(): void {
  addEventListener("dragover", (event) => {
    event.preventDefault();
    isOver.value = true;
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) isOver.value = false;
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    isOver.value = false;
    void importFiles(event.dataTransfer?.files ?? []);
  });
}

/** Lets the reader choose files, and imports them. */
export function chooseFiles(): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.addEventListener("change", () => void importFiles(input.files ?? []));
  input.click();
}

/** Stops the import under way, and those that wait for it. */
export function cancelImport(): void {
  stop.abort();
}

/**
 * Imports files, behind those that are under way. The first recording is opened, unless the reader has opened something
 * since; of the others, and of what could not be imported, the line at the bottom tells.
 */
export async function importFiles(files: Iterable<File>): Promise<void> {
  waiting.value = [...waiting.peek(), ...files];
  if (importing.peek() !== null) return;
  stop = new AbortController();
  const before = url.peek().recording;
  const told: string[] = [];
  for (let file = next(); file !== undefined; file = next()) {
    const words = await importFile(file, before);
    if (words !== null) told.push(words);
    if (told.length > 0) say(told.join("; "));
  }
  importing.value = null;
  // What came meanwhile waits for nobody now.
  if (waiting.peek().length > 0) void importFiles([]);
}

/** Takes the next file. Those that wait when the reader stops are not imported. */
function next(): File | undefined {
  const [first, ...rest] = waiting.peek();
  waiting.value = rest;
  return first;
}

function isStopped(): boolean {
  return stop.signal.aborted;
}

/** Imports a file. What to say of it; null = nothing, it is open. */
async function importFile(file: File, before: number | null): Promise<string | null> {
  if (isStopped()) return `${file.name} is not imported`;
  const known = idsNow();
  try {
    const id = await sent(file);
    timeline.again();
    await answered(timeline);
    // A page that showed nothing has opened it by itself.
    if (url.peek().recording === before && id !== before) openRecording(id);
    return url.peek().recording === id ? null : `${file.name} is imported`;
  } catch (error) {
    if (!isStopped()) return `${file.name}: ${errorLine(error)}`;
    return (await isRemoved(file, known))
      ? `The import of ${file.name} was stopped`
      : `${file.name} was imported before it could be stopped`;
  }
}

/** Sends a file and follows its import. The number of its recording. Throws ApiError. */
async function sent(file: File): Promise<number> {
  const { name, size } = file;
  const started = performance.now();
  importing.value = { name, step: "sending", part: 0, rate: null };
  const end = await upload("/api/import", {
    ...{ file, signal: stop.signal },
    onSent: (bytes) => {
      const isUp = bytes >= size;
      const step = isUp ? "importing" : "sending";
      importing.value = { name, step, part: isUp ? null : bytes / size, rate: null };
    },
    onEvent: (event) => {
      const told = event as ImportMessage;
      if (told.event !== "progress") return;
      const { bytes, lines } = told.data;
      const rate = rateText(lines, performance.now() - started);
      importing.value = { name, step: "importing", part: Math.min(1, bytes / size), rate };
    },
  });
  return idOf(end as ImportMessage | null);
}

/** The number of the recording that an import ended with. Throws ApiError where it did not. */
function idOf(end: ImportMessage | null): number {
  if (end?.event === "done") return end.data.recording_id;
  throw end?.event === "error" ? errorOf(end.data) : gone();
}

/** Waits until the server is done with a file that was stopped. Are there but the recordings that were known before? */
async function isRemoved({ name }: File, known: readonly number[]): Promise<boolean> {
  importing.value = { name, step: "stopping", part: null, rate: null };
  try {
    while ((await ask<TimelineAnswer>("/api/timeline?quick=1")).importing === name) {
      // That the answer is not wanted any longer does not stop a server that has the whole file.
      await request("/api/import", { method: "DELETE" });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } catch (error) {
    complain(errorLine(error));
  }
  timeline.again();
  await answered(timeline);
  return idsNow().every((id) => known.includes(id));
}

function idsNow(): readonly number[] {
  return (timeline.state.peek().value?.recordings ?? []).map(({ id }) => id);
}
