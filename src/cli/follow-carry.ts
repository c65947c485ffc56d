// What the twin knows at the end of one part of a trace, as a dump that the next part begins with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordingView } from "../index.js";

/** What is carried over from one part to the next. */
export class Carried {
  /** The dump; undefined = there is nothing to carry over. */
  readonly file: string | undefined;
  private readonly folder: string | null;

  /** `before`: the part that ended where the next one begins; null = there is none. */
  constructor(before: RecordingView | null) {
    const text = before?.hostState() ?? null;
    this.folder = text === null ? null : mkdtempSync(join(tmpdir(), "irqtwin-"));
    this.file =
      this.folder === null
        ? undefined
        : join(this.folder, `end-of-recording-${before?.id ?? 0}.json`);
    if (this.file !== undefined && text !== null) writeFileSync(this.file, text);
  }

  /** Removes the file. */
  close(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
  }
}
