// CPU seconds (user + sys) of cases that take turns, so that whatever else runs on the machine hits
// all of them alike.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
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
      taken.push(cpuSince(from));
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

/** Wall milliseconds of one call. */
export function wallMs(run: () => unknown): number {
  const from = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - from) / 1e6;
}

/** What a piece of work took; of a child process its start-up included. */
export interface ChildUsage {
  readonly wall: number;
  readonly cpu: number;
  /** NaN where it was not a process of its own. */
  readonly peakMB: number;
  readonly output: string;
}

/** A piece of work that measures itself, with all its repetitions. */
export interface Usages {
  readonly timing: Timing;
  readonly wall: number;
  readonly peakMB: number;
  readonly output: string;
}

/** Like `takeTurns`, of work that measures itself. */
export async function takeTurnsAsChildren<Name extends string>(
  cases: Readonly<Record<Name, () => ChildUsage | Promise<ChildUsage>>>,
  repetitions: number,
): Promise<Record<Name, Usages>> {
  const names = Object.keys(cases) as Name[];
  const usages = new Map(names.map((name): [Name, ChildUsage[]] => [name, []]));
  for (let i = 0; i < repetitions; i++) {
    for (const name of names) usages.get(name)?.push(await cases[name]());
  }
  const entries = [...usages].map(([name, taken]): [Name, Usages] => [
    name,
    {
      timing: timingOf(
        name,
        taken.map(({ cpu }) => cpu),
      ),
      wall: quantile(
        taken.map(({ wall }) => wall),
        0.5,
      ),
      peakMB: Math.max(...taken.map(({ peakMB }) => peakMB)),
      output: taken.at(-1)?.output ?? "",
    },
  ]);
  return Object.fromEntries(entries) as Record<Name, Usages>;
}

/** CPU and wall seconds of something asynchronous in this process, all its threads included. */
export async function usageOf(run: () => Promise<string>): Promise<ChildUsage> {
  collectGarbage();
  const wall = process.hrtime.bigint();
  const from = process.cpuUsage();
  const output = await run();
  const cpu = cpuSince(from);
  return { wall: Number(process.hrtime.bigint() - wall) / 1e9, cpu, peakMB: NaN, output };
}

function cpuSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
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

/** Keeps this process and all that it starts on the last core, where taskset is there to do it. */
export function pinToOneCore(): boolean {
  const core = String(cpus().length - 1);
  return spawnSync("taskset", ["-acp", core, String(process.pid)]).status === 0;
}

/** Lets this process, and all that it starts from then on, use all cores again. */
export function unpin(): boolean {
  const cores = `0-${cpus().length - 1}`;
  return spawnSync("taskset", ["-acp", cores, String(process.pid)]).status === 0;
}

/** The words that let a command use all cores again; none where taskset is not there. */
export function onAllCores(): string[] {
  const words = ["taskset", "-c", `0-${cpus().length - 1}`];
  return spawnSync(words[0] ?? "", [...words.slice(1), "true"]).status === 0 ? words : [];
}

/** Is the program there. */
export function hasProgram(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}
