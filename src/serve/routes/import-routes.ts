// A trace that is sent to the server becomes a recording.

import { type ImportProgress } from "../../index.js";
import { EVENT_STREAM, eventStream, type StreamMessage } from "../api/event-stream.js";
import { HttpError, answerOf } from "../api/http-error.js";
import { json, type Asked, type Route } from "../api/route.js";

/** So often progress is told. */
const EVERY_MS = 200;
/** The longest name of a file. */
const NAME_MAX = 255;

const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/import",
    summary: "imports the body: a trace, plain or compressed; to end the request stops it",
    parameters: {},
    takesBytes: true,
    answers:
      "server-sent events: progress { bytes, size, lines, events }, then done with the document of `import --json`, or " +
      "error { error }. X-File-Name: the name of the file, percent-encoded; Content-Length is its size.",
    run: (asked) => {
      if (asked.body === null) throw new HttpError("ERR_TYPE", "the body is the trace");
      const content = eventStream(imported(asked, asked.body), (error) => answerOf(error).body);
      return { type: EVENT_STREAM, content };
    },
  },
  {
    method: "DELETE",
    path: "/import",
    summary: "stops the import that runs: nothing of it stays",
    parameters: {},
    answers: "stopped: false = none ran",
    run: ({ served }) => json({ stopped: served.imports.stop() }),
  },
];

async function* imported(
  { served, header, signal }: Asked,
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamMessage> {
  const size = Number(header("content-length") ?? NaN);
  const waiting = new Latest<ImportProgress>();
  const stop = new AbortController();
  const timeline = (await served.writer?.()) ?? served.timeline;
  const result = served.imports
    .run(
      timeline,
      nameOf(header("x-file-name")),
      body,
      AbortSignal.any([signal, stop.signal]),
      (progress) => {
        waiting.put(progress);
      },
    )
    .finally(() => {
      waiting.end();
    });
  result.catch(() => undefined);
  try {
    for (let told = await waiting.next(); told !== null; told = await waiting.next()) {
      yield { event: "progress", data: { ...told, size: Number.isNaN(size) ? null : size } };
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    yield { event: "done", data: await result };
  } finally {
    stop.abort();
  }
}

/** The last value that was put, each given once. */
class Latest<Value> {
  private value: Value | null = null;
  private isOver = false;
  private wake: (() => void) | null = null;

  put(value: Value): void {
    this.value = value;
    this.wake?.();
  }

  end(): void {
    this.isOver = true;
    this.wake?.();
  }

  /** The next value; null = there is no more. */
  async next(): Promise<Value | null> {
    while (this.value === null && !this.isOver)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    const { value } = this;
    this.value = null;
    return value;
  }
}

/** The name without folders. */
function nameOf(given: string | undefined): string {
  const name =
    decoded(given ?? "trace")
      .split(/[/\\]/)
      .at(-1) ?? "";
  return name === "" || name === "-" ? "trace" : name.slice(0, NAME_MAX);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The addresses of imports. */
export function importRoutes(): readonly Route[] {
  return ROUTES;
}
