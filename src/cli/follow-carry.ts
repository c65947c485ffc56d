// What the twin knows at the end of one part of a trace, as a dump of the table that the next part begins with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AtIrte, type RecordingView } from "../index.js";

/**
 * An entry that was written so shortly before the end may still be in the hands of the kernel: in units of the clock, for
 * nanoseconds a tenth of a second.
 */
const IN_FLIGHT = { ns: 100_000_000n, ticks: 1_000_000_000n } as const;

const HEAD = '{"irqtwin_state": 1, "facts": [';

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
        : join(this.folder, `end-of-recording-${before?.id ?? 0}.json`);
    if (this.file !== undefined) writeFileSync(this.file, text);
  }

  /** Removes the file. */
  close(): void {
    if (this.folder !== null) rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * What is known of the entries at the end of a recording, as the state of a host (`capture --drgn`): the bits of those that
 * are settled, and which host IRQ has which entry, because lines name entries by it. Empty = nothing is known.
 */
export function dumpOf(recording: RecordingView): string {
  if (recording.format !== "ftrace" || recording.platform !== "amd") return "";
  if (recording.last_seq === null || recording.last_ns === null) return "";
  const at = recording.at({ when: "end" });
  const latest = BigInt(recording.last_ns) - IN_FLIGHT[recording.clock_unit];
  const facts = at.irtes.flatMap((irte) => factsOf(irte, isSettled(irte, latest)));
  return facts.length === 0 ? "" : `${HEAD}${facts.join(",\n")}]}\n`;
}

function isSettled(irte: AtIrte, latest: bigint): boolean {
  const isShown = irte.lo !== null && irte.hi !== null && irte.source !== "predicted";
  const isHeld = irte.in_flight === true || irte.shadow !== undefined;
  return isShown && !isHeld && irte.valid === true && BigInt(irte.since_ns) <= latest;
}

function factsOf({ irte, lo, hi, host_irq }: AtIrte, isKnown: boolean): readonly string[] {
  if (!isKnown && host_irq === null) return [];
  const bits = isKnown ? { lo, hi } : { lo: null, hi: null };
  return [JSON.stringify({ kind: "irte", irte, address: null, ...bits, host_irq })];
}
