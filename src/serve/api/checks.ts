// Checks of recordings that were not checked yet. That of a large one runs in a process of its own: it takes a lot of
// memory once, and the server, which would keep it, answers meanwhile.

import { spawn, type ChildProcess } from "node:child_process";
import { isNameOnly, type RecordingView, type Timeline } from "../../index.js";

/** To start a process takes longer than to check fewer events. */
const EVENTS_MIN = 200_000;

/** The checks that run. */
export class Checks {
  private readonly program: string | undefined;
  private readonly eventsMin: number;
  private readonly running = new Map<number, Promise<void>>();
  private readonly children = new Set<ChildProcess>();

  /**
   * `program`: the path of irqtwin's program; undefined = every check runs in the server. `eventsMin`: a recording with
   * fewer events is small.
   */
  constructor(program: string | undefined, eventsMin = EVENTS_MIN) {
    this.program = program;
    this.eventsMin = eventsMin;
  }

  /**
   * Waits until the findings of a large recording are stored. Where they cannot be, the question about them checks it.
   */
  async ready(timeline: Timeline, recording: RecordingView, signal: AbortSignal): Promise<void> {
    const { program } = this;
    const { id, state, platform, first_seq, last_seq } = recording;
    const events = (last_seq ?? 0) - first_seq + 1;
    if (program === undefined || state !== "complete" || isNameOnly(platform)) return;
    if (events < this.eventsMin) return;
    const { checked } = await recording.overview({ columns: 1, signal });
    if (checked) return;
    const check = this.running.get(id) ?? this.start(program, timeline.file, id);
    this.running.set(id, check);
    await check;
  }

  /** Ends the processes. */
  end(): void {
    for (const child of this.children) child.kill();
  }

  private start(program: string, file: string, id: number): Promise<void> {
    const asked = [program, "check", "--db", file, "--recording", String(id)];
    const child = spawn(process.execPath, asked, { stdio: "ignore" });
    this.children.add(child);
    return new Promise((resolve) => {
      const ended = (): void => {
        this.children.delete(child);
        this.running.delete(id);
        resolve();
      };
      child.once("error", ended);
      child.once("exit", ended);
    });
  }
}
