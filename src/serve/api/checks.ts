// Checks of recordings that were not checked yet. That of a large one runs in a process of its own: it takes a lot of
// memory once, and the server, which would keep it, answers meanwhile.

import { spawn, type ChildProcess } from "node:child_process";
import { isNameOnly, type RecordingView, type Timeline } from "../../index.js";
import { GrowingChecks } from "./growing-checks.js";

/** To start a process takes longer than to check fewer events. */
const EVENTS_MIN = 200_000;

/** A check that runs. */
interface Running {
  /** It has ended. It never fails. */
  readonly ended: Promise<void>;
}

/** The checks that run. */
export class Checks {
  /** Those of recordings that grow. */
  readonly growing = new GrowingChecks();
  private readonly program: string | undefined;
  private readonly eventsMin: number;
  private readonly writer: (() => Promise<Timeline>) | undefined;
  private readonly running = new Map<number, Running>();
  /** The processes that run, each with its end. */
  private readonly children = new Map<ChildProcess, Promise<void>>();
  /** Recordings whose check could not be made: the question about them tells why. */
  private readonly failed = new Set<number>();
  private readonly stop = new AbortController();

  /**
   * `program`: the path of irqtwin's program; undefined = every check runs in the server. `eventsMin`: a recording with
   * fewer events is small. `writer`: opens the timeline so that findings can be stored, where the server only reads it.
   */
  constructor(
    program: string | undefined,
    eventsMin = EVENTS_MIN,
    writer?: () => Promise<Timeline>,
  ) {
    this.program = program;
    this.eventsMin = eventsMin;
    this.writer = writer;
  }

  /**
   * Waits until the findings of a large recording are known. Those of a small one are made by who asks for them, but where
   * the timeline is only read: then they are made and stored here.
   */
  async ready(timeline: Timeline, recording: RecordingView, signal: AbortSignal): Promise<void> {
    const running = await this.check(timeline, recording, signal);
    await running?.ended;
    if (running === null && this.writer !== undefined) await this.keep(recording, signal);
  }

  /** Checks a recording that is not checked, and stores what is found. Where it cannot be stored who asks makes it anew. */
  private async keep(recording: RecordingView, signal: AbortSignal): Promise<void> {
    const { id, state, platform } = recording;
    if (state !== "complete" || isNameOnly(platform) || this.failed.has(id)) return;
    if (await isChecked(recording, signal)) return;
    try {
      const writer = await this.writer?.();
      await writer?.recording(id).report({ signal });
    } catch {
      this.failed.add(id);
    }
  }

  /** Is a large recording being checked? Begins its check if it was not checked, and does not wait for it. */
  async isUnderWay(
    timeline: Timeline,
    recording: RecordingView,
    signal: AbortSignal,
  ): Promise<boolean> {
    return (await this.check(timeline, recording, signal)) !== null;
  }

  /**
   * Ends the processes, and waits for their ends. One that is killed leaves its log beside the timeline: it goes away when the
   * timeline is closed by who can write to it.
   */
  async end(): Promise<void> {
    this.stop.abort();
    const ends = [...this.children.values()];
    for (const child of this.children.keys()) child.kill();
    await Promise.all(ends);
    if (ends.length > 0) await this.writer?.().catch(() => undefined);
  }

  /** The check of a large recording that is not checked; null = it is checked, or small. */
  private async check(
    timeline: Timeline,
    recording: RecordingView,
    signal: AbortSignal,
  ): Promise<Running | null> {
    const { program } = this;
    const { id, state, platform, first_seq, last_seq } = recording;
    const events = (last_seq ?? 0) - first_seq + 1;
    if (program === undefined || state !== "complete" || isNameOnly(platform)) return null;
    if (events < this.eventsMin || this.failed.has(id)) return null;
    if (!this.running.has(id) && (await isChecked(recording, signal))) return null;
    const known = this.running.get(id);
    if (known !== undefined) return known;
    const running = { ended: this.run(program, timeline.file, recording) };
    this.running.set(id, running);
    return running;
  }

  /** A process checks the recording. Where it cannot, such as in a file that is only read, the server does. */
  private async run(program: string, file: string, recording: RecordingView): Promise<void> {
    const { id } = recording;
    const { signal } = this.stop;
    try {
      await this.process([program, "check", "--db", file, "--recording", String(id)]);
      if (!(await isChecked(recording, signal))) await recording.report({ signal });
    } catch {
      this.failed.add(id);
    } finally {
      this.running.delete(id);
    }
  }

  private process(asked: readonly string[]): Promise<void> {
    const child = spawn(process.execPath, asked, { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        this.children.delete(child);
        resolve();
      };
      child.once("error", end);
      child.once("exit", end);
    });
    this.children.set(child, ended);
    return ended;
  }
}

async function isChecked(recording: RecordingView, signal: AbortSignal): Promise<boolean> {
  return (await recording.overview({ columns: 1, signal })).checked;
}
