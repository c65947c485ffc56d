// Imports of traces that are sent to the server: one at a time, with progress, until it is stopped.

import { Readable } from "node:stream";
import { type ImportProgress, type ImportResult, type Timeline } from "../../index.js";
import { HttpError } from "./http-error.js";

/** One import that runs. */
interface Running {
  readonly name: string;
  readonly abort: AbortController;
}

/** The imports of one server. */
export class Imports {
  private running: Running | null = null;

  /** The name of what is imported now; null = nothing. */
  get current(): string | null {
    return this.running?.name ?? null;
  }

  /** Imports a trace. Throws ERR_TOO_MANY while another one is imported. */
  async run(
    timeline: Timeline,
    name: string,
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    onProgress: (progress: ImportProgress) => void,
  ): Promise<ImportResult> {
    if (this.running !== null)
      throw new HttpError(
        "ERR_TOO_MANY",
        `${this.running.name} is being imported: wait, or stop it`,
      );
    const abort = new AbortController();
    const running = { name, abort };
    this.running = running;
    try {
      const source = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
      const either = AbortSignal.any([abort.signal, signal]);
      return await timeline.import(source, { name, signal: either, onProgress });
    } finally {
      this.running = null;
    }
  }

  /** Stops the import that runs. false = none does. */
  stop(): boolean {
    this.running?.abort.abort();
    return this.running !== null;
  }
}
