// Which findings `follow` has told already, so that its next run does not tell them again: a file beside the timeline, one
// line for each. A finding is noted once it was told, so that of a killed process some may be told twice, and none never.

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Finding, type RecordingFacts, type Timeline } from "../index.js";
import { say } from "./output.js";

/** How a finding is told: on standard output, or to a command. */
type Way = "print" | "exec";

/** Which finding a line of the file is about. */
interface Told {
  /** The way, the finding and its file, as a hash. */
  readonly key: string;
  /** The time of the finding, as its recording counts. */
  readonly time: bigint;
  /** The name of the file that the recording was made of. */
  readonly file: string;
}

/** The findings that were told, each way by itself. */
export class ToldFindings {
  private readonly path: string;
  /** What the file notes. */
  private readonly noted: Map<string, Told>;
  /** What is not told again. */
  private readonly told: Set<string>;
  private isWarned = false;

  /**
   * `timeline`: of which they were told. What was told of recordings that are gone is forgotten. `tellsAll`: what earlier
   * runs have told is told again.
   */
  constructor(timeline: Timeline, tellsAll: boolean) {
    this.path = `${timeline.file}.told`;
    this.noted = new Map(linesOf(this.path).map((each) => [each.key, each]));
    this.told = new Set(tellsAll ? [] : this.noted.keys());
    this.forgetGone(timeline);
  }

  /** Was the finding of a recording of this file told this way? */
  has(way: Way, file: string, finding: Finding): boolean {
    return this.told.has(toldOf(way, file, finding).key);
  }

  /** It has been told. Where that cannot be noted a warning says so, and the next run tells it again. */
  note(way: Way, file: string, finding: Finding): void {
    const told = toldOf(way, file, finding);
    this.told.add(told.key);
    if (this.noted.has(told.key)) return;
    this.noted.set(told.key, told);
    // What a process wrote that was killed meanwhile may lack the end of its line.
    this.write(() => {
      appendFileSync(this.path, `\n${lineOf(told)}`);
    });
  }

  /** Forgets what was told of recordings that are dropped, so that the file grows no longer than the timeline. */
  forgetGone(timeline: Timeline): void {
    const recordings = timeline.recordings().filter(({ state }) => state !== "dropped");
    const isGone = (told: Told): boolean => !recordings.some((of) => isOf(told, of));
    const gone = [...this.noted.values()].filter(isGone);
    if (gone.length === 0) return;
    for (const { key } of gone) {
      this.noted.delete(key);
      this.told.delete(key);
    }
    this.write(() => {
      writeFileSync(`${this.path}.new`, [...this.noted.values()].map(lineOf).join(""));
      renameSync(`${this.path}.new`, this.path);
    });
  }

  private write(write: () => void): void {
    try {
      write();
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
function toldOf(way: Way, file: string, { time_ns, fingerprint }: Finding): Told {
  const key = createHash("sha256")
    .update(JSON.stringify([way, file, time_ns, fingerprint]))
    .digest("hex");
  return { key, time: BigInt(time_ns), file };
}

/** Is it a finding of this recording? One that is being imported goes on. */
function isOf({ file, time }: Told, of: RecordingFacts): boolean {
  if (of.file !== file || of.first_ns === null) return false;
  // Its lines are not in the order of time, so its first one does not tell when it begins.
  if (of.time_anomalies > 0) return true;
  if (time < BigInt(of.first_ns)) return false;
  return of.state === "importing" || of.last_ns === null || time <= BigInt(of.last_ns);
}

function lineOf({ key, time, file }: Told): string {
  return `${key} ${time} ${JSON.stringify(file)}\n`;
}

/** A line that is none was cut: what it told of is told again. */
function linesOf(path: string): readonly Told[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, key = "", time = "", name = ""] =
        /^([0-9a-f]{64}) (\d+) ("(?:[^"\\]|\\.)*")$/.exec(line) ?? [];
      return key === "" ? [] : [{ key, time: BigInt(time), file: String(JSON.parse(name)) }];
    });
}
