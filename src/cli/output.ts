// Writing to the terminal: synchronous, so that a slow reader holds us back instead of filling
// memory, and quiet when the reader goes away.

import { writeSync } from "node:fs";
import { EXIT, TwinError } from "../base/errors.js";
import { codePoint, CONTROL, harmless } from "../base/harmless.js";
import { display, type Role } from "./display.js";

const FLUSH_BYTES = 32_768;
const RETRY_MS = 2;

/** Where output goes: standard output, or a pager. One for the process. */
export const destination = { fd: 1, isPager: false, isGone: false };

/** Standard output, buffered until `flush`. */
export class Output {
  private readonly fd: number;
  private pending = "";

  /** `fd`: where it goes; default: where all output goes. */
  constructor(fd = destination.fd) {
    this.fd = fd;
  }

  /** Has the pager gone? What is printed then is lost. */
  get isGone(): boolean {
    return destination.isGone;
  }

  /**
   * One line of text for people: a task's name or a rejected line may hold anything, such as a terminal's codes. A
   * terminal gets it cut at its edge.
   */
  line(text: string, role: Role = "plain"): void {
    this.data(display.shown(harmless(text), role, false));
  }

  /** One line of text for people that is never cut. */
  whole(text: string, role: Role = "plain"): void {
    this.data(display.shown(harmless(text), role, true));
  }

  /** One line for programs, as it is. */
  data(text: string): void {
    this.pending += `${text}\n`;
    if (this.pending.length >= FLUSH_BYTES) this.flush();
  }

  /** Several lines of text. */
  lines(texts: Iterable<string>): void {
    for (const text of texts) this.line(text);
  }

  /** One line of JSON. */
  json(value: unknown): void {
    this.data(harmlessJson(value));
  }

  /**
   * Writes all that is buffered. Ends the process quietly where the reader has gone (EPIPE); where that was a pager,
   * goes on without it, so that the exit status is that of the command.
   */
  flush(): void {
    if (destination.isGone) this.pending = "";
    let bytes = Buffer.from(this.pending, "utf8");
    this.pending = "";
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(this.fd, bytes));
      } catch (error) {
        if (destination.isPager && codeOf(error) === "EPIPE") {
          destination.isGone = true;
          return;
        }
        if (codeOf(error) !== "EAGAIN") throw outputError(error);
        // A non-blocking pipe is full: wait for its reader.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/**
 * What it means that the output cannot be written: ERR_DISK_FULL or ERR_OUTPUT. Ends the process quietly where the
 * reader has gone (EPIPE).
 */
export function outputError(error: unknown): TwinError {
  const code = codeOf(error);
  if (code === "EPIPE") process.exit(EXIT.ok);
  const cause = { cause: error };
  if (code === "ENOSPC")
    return new TwinError("ERR_DISK_FULL", "there is no room for the output", cause);
  const reason = error instanceof Error ? error.message : String(error);
  return new TwinError("ERR_OUTPUT", `the output cannot be written: ${reason}`, cause);
}

/** Writes one line to standard error. */
export function say(text: string): void {
  process.stderr.write(`${harmless(text).replaceAll("\n", "\\x0a")}\n`);
}

/** JSON in which those characters are escaped. It is the same value. */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replace(CONTROL, (character) => `\\u${codePoint(character, 4)}`);
}

/** A table as lines, the header first: columns two spaces apart, numbers on the right, null as `-`. */
export function table(
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string[] {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? "-" : String(cell))));
  const widths = header.map((name, i) =>
    cells.reduce((width, row) => Math.max(width, (row[i] ?? "").length), name.length),
  );
  const isNumeric = header.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === "number"),
  );
  const render = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        isNumeric[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [render(header), ...cells.map(render)];
}
