// CPU seconds (user + sys) of cases that take turns, so that whatever else runs on the machine hits
// all of them alike.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Makes a case ready, untimed; what it returns is timed. */
export type Case = () => () => void;

/** What a case took in all its repetitions. */
export interface Timing {
  readonly name: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Runs the cases in turn, `repetitions` times; in the order of the cases. */
export function takeTurns(cases: Readonly<Record<string, Case>>, repetitions: number): Timing[] {
  const seconds = Object.entries(cases).map(([name, prepare]) => ({
    name,
    prepare,
    taken: [] as number[],
  }));
  for (let i = 0; i < repetitions; i++) {
    for (const { prepare, taken } of seconds) {
      const run = prepare();
      collectGarbage();
      const from = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(from);
      taken.push((user + system) / 1e6);
    }
  }
  return seconds.map(({ name, taken }) => timingOf(name, taken));
}

export function timingOf(name: string, taken: readonly number[]): Timing {
  return {
    name,
    median: quantile(taken, 0.5),
    low: Math.min(...taken),
    high: Math.max(...taken),
  };
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** What a child process took, its start-up included. */
export interface ChildUsage {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMB: number;
  readonly output: string;
}

const TIME = "/usr/bin/time";

/** Is GNU time there, which tells what a child process took. */
export const CAN_TIME_CHILDREN = existsSync(TIME);

/** Runs a program in `folder` to its end. Throws where it fails. */
export function runChild(folder: string, program: string, ...args: string[]): ChildUsage {
  const child = spawnSync(TIME, ["-f", "%e %U %S %M", "-o", "usage", program, ...args], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (child.status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${child.stderr}`);
  const usage = readFileSync(`${folder}/usage`, "utf8").trim().split(" ").map(Number);
  const [wall = NaN, user = NaN, system = NaN, kilobytes = NaN] = usage;
  return { wall, cpu: user + system, peakMB: kilobytes / 1024, output: child.stdout };
}
