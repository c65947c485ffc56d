// `--exec`: a command for each finding, with its JSON on standard input.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { type Finding } from "../index.js";
import { harmlessJson, say } from "./output.js";

/** How long is waited, in milliseconds. */
interface Limits {
  /** For one command. */
  readonly runMs: number;
  /** For all that is left when the user has ended irqtwin. */
  readonly lastMs: number;
}

const LIMITS: Limits = { runMs: 60_000, lastMs: 5000 };
const LOOK_MS = 50;

/** A command that waits to be run. */
interface Waiting {
  /** What it gets on standard input. */
  readonly input: string;
  /** Is called once it has ended with status 0. */
  readonly onDone: () => void;
}

/** Runs a command of the shell for findings, one after another. */
export class RunOnFinding {
  private readonly command: string;
  private readonly limits: Limits;
  /** What the command is still to be given. */
  private waiting: Waiting[] = [];
  private child: ChildProcess | null = null;
  private running: Promise<void> | null = null;

  /** `command`: a line for `sh -c`. */
  constructor(command: string, limits: Limits = LIMITS) {
    this.command = command;
    this.limits = limits;
  }

  /**
   * Queues the command for a finding. What it prints goes where our own output goes. `onDone` is called once it has ended
   * with status 0.
   */
  queue(finding: Finding, recording_id: number, onDone: () => void = () => undefined): void {
    this.waiting.push({ input: `${harmlessJson({ recording_id, ...finding })}\n`, onDone });
    this.running ??= this.runAll().finally(() => (this.running = null));
  }

  /**
   * All that was queued has run. Once `end` fires, what is left has a few seconds: a command that hangs must not keep
   * irqtwin from its end.
   */
  async done(end: AbortSignal): Promise<void> {
    let last = Infinity;
    while (this.running !== null) {
      await Promise.race([this.running, pause(LOOK_MS)]);
      const now = performance.now();
      if (end.aborted) last = Math.min(last, now + this.limits.lastMs);
      if (now >= last) this.giveUp();
    }
  }

  private giveUp(): void {
    if (this.child === null) return;
    const left = this.waiting.length;
    this.waiting = [];
    const others = left === 0 ? "" : `, and did not run for ${left} more findings`;
    say(`warning: --exec was ended while it ran${others}`);
    this.kill();
  }

  private async runAll(): Promise<void> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift())
      await this.run(next);
  }

  private async run({ input, onDone }: Waiting): Promise<void> {
    const { runMs } = this.limits;
    // In a group of its own: Ctrl-C is for irqtwin, and what hangs is killed with all that it started.
    const child = spawn("sh", ["-c", this.command], {
      stdio: ["pipe", "inherit", "inherit"],
      detached: true,
    });
    this.child = child;
    const timer = setTimeout(() => {
      say(`warning: --exec was ended after ${runMs / 1000} s`);
      this.kill();
    }, runMs);
    // A command need not read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    try {
      const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
      if (status === 0) onDone();
      else if (this.isOwnEnd()) say(`warning: --exec ended with ${signal ?? `status ${status}`}`);
    } catch (error) {
      say(
        `warning: --exec cannot be run: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      clearTimeout(timer);
      this.child = null;
    }
  }

  /** Did the command end by itself? */
  private isOwnEnd(): boolean {
    return this.child !== null;
  }

  private kill(): void {
    const pid = this.child?.pid;
    this.child = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
}
