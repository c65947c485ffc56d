// What the twin knows at the end of one part of a trace, as a dump of the table that the next part begins with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AtDocument, type AtIrte, type RecordingView } from "../index.js";

/**
 * An entry that was written so shortly before the end may still be in the hands of the kernel: in units of the clock, for
 * nanoseconds a tenth of a second.
 */
const IN_FLIGHT = { ns: 100_000_000n, ticks: 1_000_000_000n } as const;

/** What is carried over from one part to the next. */
export class Carried {
  /** The dump of the table; undefined = there is no entry to carry over. */
  readonly file: string | undefined;
  private readonly folder: string | null;

  /** `before`: the part that ended where the next one begins; null = there is none. */
  constructor(before: RecordingView | null) {
    const text = before === null ? "" : dumpOf(before);
    this.folder = text === "" ? null : mkdtempSync(join(tmpdir(), "irqtwin-"));
    this.file =
      this.folder === null
        ? undefined
        : join(this.folder, `end-of-recording-${before?.id ?? 0}.irqtbl`);
    if (this.file !== undefined) writeFileSync(this.file, text);
  }

  /** Removes the file. */
  close(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The entries that are known at the end of a recording, as the kernel's irqtbl of debugfs shows them; empty = none. */
export function dumpOf(recording: RecordingView): string {
  if (recording.format !== "ftrace" || recording.platform !== "amd") return "";
  if (recording.last_seq === null || recording.last_ns === null) return "";
  const at = recording.at({ when: "end" });
  const latest = BigInt(recording.last_ns) - IN_FLIGHT[recording.clock_unit];
  const lines = at.irtes.filter((irte) => isSettled(irte, latest)).map(linesOf);
  return lines.join("");
}

function isSettled(irte: AtIrte, latest: bigint): boolean {
  const isShown = irte.lo !== null && irte.hi !== null && irte.source !== "predicted";
  const isHeld = irte.in_flight === true || irte.shadow !== undefined;
  return isShown && !isHeld && irte.valid === true && BigInt(irte.since_ns) <= latest;
}

function linesOf({ irte, lo, hi }: AtDocument["irtes"][number]): string {
  const [device = "", index = ""] = irte.split("/");
  const words = `${(hi ?? "").slice(2)} ${(lo ?? "").slice(2)}`;
  return `DeviceId ${device}\nIRT[${index.padStart(4, "0")}] ${words}\n`;
}
