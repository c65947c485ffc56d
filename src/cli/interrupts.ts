// What a user's Ctrl-C, and a SIGTERM, do to an import. A file is imported again another time; what comes only once is
// kept as far as it came.

import { EXIT } from "../base/errors.js";
import { type EndableInput } from "./endable-input.js";
import { say } from "./output.js";

/** How long the process may take to end by itself once the command is over. */
const LINGER_MS = 500;

/** Listens to SIGINT and SIGTERM while imports run. */
export class Interrupts {
  /** SIGINT came: the status that the command ends with whatever it did; null = it did not come. */
  status: number | null = null;
  private isOver = false;
  private input: EndableInput | null = null;
  private readonly abort = new AbortController();

  /** Did a signal come? Then no more inputs are wanted. */
  isEnding(): boolean {
    return this.isOver;
  }

  /** Fires at the second signal. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** From now on signals are listened to. */
  listen(): void {
    process.on("SIGINT", this.onInterrupt);
  }

  /** The input that is read now; null = a file. */
  reads(input: EndableInput | null): void {
    this.input = input;
    // The default ends the process, which is right for a file: its import goes on when it is run again.
    process.off("SIGTERM", this.onTerminate);
    if (input !== null) process.on("SIGTERM", this.onTerminate);
  }

  /**
   * Signals do again what they do by default. Where Node still waits for a source that cannot be closed, such as a
   * trace_pipe that gives nothing, the signal then ends the process.
   */
  close(): void {
    process.off("SIGINT", this.onInterrupt);
    process.off("SIGTERM", this.onTerminate);
    if (!this.isOver) return;
    const signal = this.status === null ? "SIGTERM" : "SIGINT";
    setTimeout(() => process.kill(process.pid, signal), LINGER_MS).unref();
  }

  private readonly onInterrupt = (): void => {
    this.status = EXIT.interrupted;
    if (this.input === null) {
      say("interrupted: run the same command again to go on");
      process.exit(EXIT.interrupted);
    }
    this.onTerminate();
  };

  private readonly onTerminate = (): void => {
    if (this.isOver) {
      this.abort.abort();
      return;
    }
    this.isOver = true;
    this.input?.end();
  };
}
