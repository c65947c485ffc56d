// One address of the API: what it takes, what it answers, and how.

import { TwinError } from "../../base/errors.js";
import { type RecordingView, type Timeline } from "../../index.js";
import { type Apart } from "./apart.js";
import { type Checks } from "./checks.js";
import { type GateName, type Gates } from "./gate.js";
import { held } from "./held.js";
import { type Imports } from "./imports.js";
import { type Query, type Parameters } from "./parameters.js";
import { type Session } from "./session.js";

/** A recording that irqtwin ships. */
export interface Sample {
  /** The name of its file. */
  readonly name: string;
  /** What it is of. */
  readonly title: string;
  /** Its bytes. */
  readonly bytes: () => Uint8Array<ArrayBuffer>;
}

/** What the addresses of one server share. */
export interface Served {
  /** The timeline. */
  readonly timeline: Timeline;
  /** Opens it for imports, where `timeline` is only read. Absent = `timeline` takes them. */
  readonly writer?: (() => Promise<Timeline>) | undefined;
  /** The import that runs. */
  readonly imports: Imports;
  /** The checks that run. */
  readonly checks: Checks;
  /** The processes that answer what takes long. */
  readonly apart: Apart;
  /** Where questions wait that cost time or memory. */
  readonly gates: Gates;
  /** The secrets of the server. */
  readonly session: Session;
  /** The recordings that irqtwin ships. */
  readonly samples: readonly Sample[];
  /** Where the page is, such as `http://127.0.0.1:41234`; a unix socket has `http://localhost`. */
  readonly url: () => string;
}

/** One request. */
export interface Asked {
  /** What all addresses share. */
  readonly served: Served;
  /** What stands in the places of `:name` in the path. */
  readonly path: (name: string) => string;
  /** The parameters. */
  readonly query: Query;
  /** Fires when the one who asks is gone. */
  readonly signal: AbortSignal;
  /** Its path and its query, as they were asked. */
  readonly target: string;
  /** The body as JSON. Throws ERR_TYPE, ERR_TOO_LARGE and ERR_SLOW. */
  readonly json: () => Promise<unknown>;
  /** The body as it comes in; null = there is none. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** A header of the request; undefined = it has none of that name. */
  readonly header: (name: string) => string | undefined;
}

/** An answer: a JSON document, or text or bytes of a type, whole or as they come. */
export type Answer =
  | {
      /** The document. */
      readonly json: unknown;
    }
  | {
      /** The content type. */
      readonly type: string;
      /** The content. */
      readonly content: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
      /** The name under which a browser saves it. Absent = it shows it. */
      readonly file?: string;
    };

/** One address of the API. */
export interface Route {
  /** The method. */
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/api`, with `:name` for what varies. */
  readonly path: string;
  /** What it is for, in a line. */
  readonly summary: string;
  /** What stands in its query. */
  readonly parameters: Parameters;
  /** What the JSON body holds, as a JSON schema. Absent = it takes no JSON. */
  readonly takes?: object;
  /** Its body is bytes, of any Content-Type. Absent = it takes none. */
  readonly takesBytes?: true;
  /** What it answers, in words. */
  readonly answers: string;
  /** Answers a request. */
  readonly run: (asked: Asked) => Promise<Answer> | Answer;
}

/** The number of the recording that a path names. Throws ERR_USAGE where it is none. */
export function recordingIdOf({ path }: Asked): number {
  const text = path("recording");
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  const shown = JSON.stringify(text.slice(0, 80));
  throw new TwinError("ERR_USAGE", `a recording has a number from 1, not ${shown}`);
}

/** The recording that a path names. Throws ERR_USAGE, and ERR_NO_RECORDING if there is none of that number. */
export function recordingOf(asked: Asked): ReturnType<Timeline["recording"]> {
  return asked.served.timeline.recording(recordingIdOf(asked));
}

/** A JSON document. */
export function json(value: unknown): Answer {
  return { json: value };
}

/** The recording that a request names, once its findings are known if it is large. Throws ERR_NAME if it is not there. */
export async function checkedOf(asked: Asked): Promise<RecordingView> {
  const { timeline, checks } = asked.served;
  const recording = recordingOf(asked);
  await checks.ready(timeline, recording, asked.signal);
  return recording;
}

/** Answers a question that costs time or memory: a few of them are under way at once. Throws ERR_TOO_MANY. */
export function costly(run: Route["run"]): Route["run"] {
  return through("questions", run);
}

/** Answers a question that holds a place at a gate until its answer is sent. Throws ERR_TOO_MANY where too many wait already. */
export function through(gate: GateName, run: Route["run"]): Route["run"] {
  return async (asked) => {
    const leave = await asked.served.gates[gate].enter(asked.signal);
    try {
      return held(await run(asked), leave);
    } catch (error) {
      leave();
      throw error;
    }
  };
}

/** Answers a question about a recording once its findings are known if it is large: the wait for them costs nothing. */
export function checkedFirst(run: Route["run"]): Route["run"] {
  return async (asked) => {
    await checkedOf(asked);
    return run(asked);
  };
}
