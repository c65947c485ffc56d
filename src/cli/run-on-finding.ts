// `--exec`: a command for each finding, with its JSON on standard input.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { type Finding } from "../index.js";
import { harmlessJson, say } from "./output.js";

/** Runs a command of the shell for findings, one after another. */
export class RunOnFinding {
  private readonly command: string;
  private last: Promise<void> = Promise.resolve();

  /** `command`: a line for `sh -c`. */
  constructor(command: string) {
    this.command = command;
  }

  /** Queues the command for a finding. What it prints goes where our own output goes. */
  queue(finding: Finding, recording_id: number): void {
    this.last = this.last.then(() => this.run(finding, recording_id));
  }

  /** All that was queued has run. */
  done(): Promise<void> {
    return this.last;
  }

  private async run(finding: Finding, recording_id: number): Promise<void> {
    const child = spawn("sh", ["-c", this.command], { stdio: ["pipe", "inherit", "inherit"] });
    // A command need not read what it is given.
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${harmlessJson({ recording_id, ...finding })}\n`);
    try {
      const [status, signal] = (await once(child, "exit")) as [number | null, string | null];
      if (status !== 0) say(`warning: --exec ended with ${signal ?? `status ${status}`}`);
    } catch (error) {
      say(
        `warning: --exec cannot be run: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
