// Imports a trace.dat with one bit flipped, as often as it is asked to: a process of its own, so that one that hangs or
// dies harms no other.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTimeline, TwinError } from "../../src/index.js";

/** Which bit of which byte is flipped. */
export interface Flip {
  readonly at: number;
  readonly mask: number;
}

/** What came of an import. */
export interface Flipped {
  /** The message with which it was refused; null = it was imported. */
  readonly refused: string | null;
  /** Do the counts of its lines add up? */
  readonly addsUp: boolean;
  /** What was thrown that is no refusal; null = nothing. */
  readonly thrown: string | null;
  /** Bytes that the process holds afterwards. */
  readonly memory: number;
}

const bytes = readFileSync(process.argv[2] ?? "");

process.on("message", (flip: Flip) => {
  void imported(flip).then((outcome) => process.send?.(outcome));
});

async function imported({ at, mask }: Flip): Promise<Flipped> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-soak-"));
  const damaged = Buffer.from(bytes);
  damaged[at] = (damaged[at] ?? 0) ^ mask;
  const outcome = { refused: null, addsUp: true, thrown: null };
  try {
    const addsUp = await importIn(folder, damaged);
    return { ...outcome, addsUp, memory: process.memoryUsage.rss() };
  } catch (error) {
    const memory = process.memoryUsage.rss();
    if (error instanceof TwinError && error.code !== "ERR_INTERNAL")
      return { ...outcome, refused: `${error.code}: ${error.message}`, memory };
    const thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...outcome, thrown, memory };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Imports the bytes into a timeline of their own. Do the counts of lines add up? */
async function importIn(folder: string, damaged: Buffer): Promise<boolean> {
  const file = join(folder, "trace.dat");
  writeFileSync(file, damaged);
  const timeline = await openTimeline(join(folder, "soak.db"), { create: true });
  try {
    const { lines } = await timeline.import(file, { threads: 1 });
    const { total, header, events, unused, rejected, gaps } = lines;
    return total === header + events + unused + rejected + gaps;
  } finally {
    timeline.close();
  }
}
