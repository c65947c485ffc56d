// A trace that is dropped on the page is imported, with progress and a way to stop it.

import { signal } from "@preact/signals";
import { errorLine, request } from "../data/client.js";
import { openRecording } from "./actions.js";
import { timeline } from "./data.js";
import { complain, say } from "./message.js";
import { url } from "./url.js";

/** An import under way. */
export interface Importing {
  /** The file's name. */
  readonly name: string;
  /** Lines that were read. */
  readonly lines: number;
  /** The part of the file that was read, 0 to 1; null = not known. */
  readonly part: number | null;
  /** Lines a second. */
  readonly rate: number;
}

/** The import under way; null = none. */
export const importing = signal<Importing | null>(null);

/** Something is held over the page. */
export const isOver = signal(false);

let own: AbortController | null = null;

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
    const file = event.dataTransfer?.files[0];
    if (file !== undefined) void importFile(file);
  });
}

/** Stops the import under way. */
export async function cancelImport(): Promise<void> {
  own?.abort();
  await request("/api/import", { method: "DELETE" }).catch(() => undefined);
}

/** Imports a file, and opens its recording unless something else has been opened since. */
export async function importFile(file: File): Promise<void> {
  if (importing.peek() !== null) {
    complain("An import is under way");
    return;
  }
  const before = url.peek().recording;
  own = new AbortController();
  importing.value = { name: file.name, lines: 0, part: 0, rate: 0 };
  try {
    const response = await request("/api/import", {
      method: "POST",
      headers: {
        "X-File-Name": encodeURIComponent(file.name),
        "content-type": "application/octet-stream",
      },
      body: file,
      signal: own.signal,
    });
    const id = await progress(response, file);
    timeline.ask(true);
    if (id !== null && url.peek().recording === before) openRecording(id);
    else say(`${file.name} is imported`);
  } catch (error) {
    say(own.signal.aborted ? `The import of ${file.name} was stopped` : errorLine(error));
  } finally {
    importing.value = null;
    own = null;
  }
}

interface ProgressData {
  readonly lines?: unknown;
  readonly bytes?: number;
  readonly id?: number;
  readonly recording?: { readonly id?: number; readonly recording_id?: number } | number;
  readonly recording_id?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Reads events until the recording is told. */
async function progress(response: Response, file: File): Promise<number | null> {
  const started = performance.now();
  let found: number | null = null;
  for await (const data of serverEvents<ProgressData>(response)) {
    if (data.error !== undefined) throw new Error(`${data.error.message} (${data.error.code})`);
    found = recordingOf(data) ?? found;
    const { bytes } = data;
    const lines = typeof data.lines === "number" ? data.lines : (importing.peek()?.lines ?? 0);
    const rate = lines / Math.max(0.001, (performance.now() - started) / 1000);
    const part = bytes === undefined || file.size === 0 ? null : Math.min(1, bytes / file.size);
    importing.value = { name: file.name, lines, part, rate };
  }
  return found;
}

function recordingOf({ recording, recording_id, id }: ProgressData): number | null {
  if (typeof recording === "number") return recording;
  return recording?.id ?? recording?.recording_id ?? recording_id ?? id ?? null;
}

/** The data of server-sent events of a response. */
export async function* serverEvents<Data>(response: Response): AsyncGenerator<Data> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const part = await reader?.read();
    if (part?.value === undefined) return;
    text += part.value;
    const events = text.split(/\r?\n\r?\n/);
    text = events.pop() ?? "";
    for (const event of events) {
      const data = [...event.matchAll(/^data: ?(.*)$/gm)].map(([, line = ""]) => line).join("\n");
      if (data !== "") yield JSON.parse(data) as Data;
    }
  }
}
