// Readers while another process imports: is what they see one moment, and what does it cost them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import { openTimeline } from "../../src/index.js";
import { removeDatabase } from "./import.js";
import { LINES, PROGRAM, type Inputs } from "./inputs.js";
import { onAllCores, quantile, wallMs } from "./measure.js";
import { goal, type Section } from "./report.js";

const BEFORE = 100_000;
const IDLE_SAMPLES = 60;
/** A snapshot is looked at twice, so much later. */
const SNAPSHOT_MS = 20;
const DATABASE = "readers.db";

export async function benchReaders(inputs: Inputs): Promise<Section> {
  const { folder } = inputs;
  removeDatabase(`${folder}/${DATABASE}`);
  copyFileSync(`${folder}/${inputs.timeline(BEFORE)}`, `${folder}/${DATABASE}`);
  const timeline = await openTimeline(`${folder}/${DATABASE}`, { readonly: true });
  const lastSeq = timeline.recordings()[0]?.last_seq ?? 1;
  let asked = 0;
  // Anywhere in the recording that was complete before.
  const ask = (): number => {
    const seq = 1 + ((asked++ * 7919) % lastSeq);
    return wallMs(() => timeline.recording(1).stateAt({ when: `@${seq}` }));
  };
  const idle = Array.from({ length: IDLE_SAMPLES }, ask);
  const [program, ...words] = [...onAllCores(), process.execPath, PROGRAM, "import"] as const;
  const child = spawn(program, [...words, inputs.file(LINES), "--db", DATABASE], {
    cwd: folder,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  const busy: number[] = [];
  const snapshots = new Snapshots(`${folder}/${DATABASE}`);
  while (child.exitCode === null && child.signalCode === null) {
    busy.push(ask());
    await snapshots.look();
  }
  await ended;
  if (child.exitCode !== 0) throw new Error("the import beside the readers failed");
  timeline.close();
  snapshots.close();
  const ratio = quantile(busy, 0.5) / quantile(idle, 0.5);
  const row = (name: string, taken: readonly number[]): string[] => [
    name,
    String(taken.length),
    quantile(taken, 0.5).toFixed(2),
    quantile(taken, 0.99).toFixed(2),
  ];
  return {
    title: "Readers during an import",
    note: `A process of its own imports ${LINES} lines into a timeline that already holds ${BEFORE}; this one asks for states of the older recording at random events, and looks at snapshots: twice within one, ${SNAPSHOT_MS} ms apart, the last event must be the same, and be the one that the recording's row names. ${snapshots.looked} snapshots over ${snapshots.moved} different commits, ${snapshots.violations} violations. Wall milliseconds.`,
    header: ["`Timeline.stateAt`", "asked", "p50 ms", "p99 ms"],
    rows: [row("idle", idle), row("during the import", busy)],
    goals: [
      goal("snapshot violations during an import", { atMost: 0, unit: "" }, snapshots.violations),
      goal("readers' p50 during an import", { atMost: 2, unit: "x idle" }, ratio),
    ],
  };
}

class Snapshots {
  looked = 0;
  violations = 0;
  /** Snapshots that showed more than the one before. */
  moved = 0;
  private last = 0;
  private readonly sqlite: Database.Database;
  private readonly lastEvent: Database.Statement<[], number>;
  private readonly lastOfRecordings: Database.Statement<[], number>;

  constructor(path: string) {
    this.sqlite = new Database(path, { readonly: true });
    this.lastEvent = this.sqlite.prepare<[], number>("SELECT max(seq) FROM event").pluck();
    this.lastOfRecordings = this.sqlite
      .prepare<[], number>("SELECT max(last_seq) FROM recording")
      .pluck();
  }

  async look(): Promise<void> {
    this.sqlite.exec("BEGIN");
    const before = this.lastEvent.get() ?? 0;
    await wait(SNAPSHOT_MS);
    if (this.lastEvent.get() !== before || this.lastOfRecordings.get() !== before)
      this.violations++;
    this.sqlite.exec("COMMIT");
    this.looked++;
    if (before > this.last) this.moved++;
    this.last = before;
  }

  close(): void {
    this.sqlite.close();
  }
}
