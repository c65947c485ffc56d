// Which findings `follow` has told already, so that its next run does not tell them again: a file beside the timeline, one
// line for each. A finding is noted once it was told, so that of a killed process some may be told twice, and none never.

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { type Finding } from "../index.js";
import { say } from "./output.js";

/** How a finding is told: on standard output, or to a command. */
type Way = "print" | "exec";

/** The findings that were told, each way by itself. */
export class ToldFindings {
  private readonly path: string;
  private readonly told: Set<string>;
  private isWarned = false;

  /** `db`: the path of the timeline. `tellsAll`: what earlier runs have told is told again. */
  constructor(db: string, tellsAll: boolean) {
    this.path = `${db}.told`;
    this.told = tellsAll ? new Set() : new Set(linesOf(this.path));
  }

  /** Was the finding of a recording of this file told this way? */
  has(way: Way, file: string, finding: Finding): boolean {
    return this.told.has(keyOf(way, file, finding));
  }

  /** It has been told. Where that cannot be noted a warning says so, and the next run tells it again. */
  note(way: Way, file: string, finding: Finding): void {
    const key = keyOf(way, file, finding);
    if (this.told.has(key)) return;
    this.told.add(key);
    try {
      // What a process wrote that was killed meanwhile may lack the end of its line.
      appendFileSync(this.path, `\n${key}\n`);
    } catch (error) {
      if (!this.isWarned)
        say(
          `warning: ${this.path} cannot be written, so the next run tells these findings again: ${String(error)}`,
        );
      this.isWarned = true;
    }
  }
}

/** A finding has another number and other events in each recording of a file, and the same time. */
function keyOf(way: Way, file: string, { time_ns, fingerprint }: Finding): string {
  return createHash("sha256")
    .update(JSON.stringify([way, file, time_ns, fingerprint]))
    .digest("hex");
}

function linesOf(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "latin1")
    .split("\n")
    .filter((line) => line !== "");
}
