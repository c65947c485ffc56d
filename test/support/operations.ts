// Counts what the program does, so that growth is tested without a clock: how often each block of its code ran.

import { setFlagsFromString } from "node:v8";
import { Session } from "node:inspector/promises";
import { type Profiler } from "node:inspector";

/** A module of the program, as it is built or as it stands. */
const MODULE = /\/(?:src|dist)\/([^:]+)\.[jt]s$/;

/** Counts the runs of the blocks of code of the program that is loaded after `begin`. */
export class Operations {
  private readonly session = new Session();

  /** Begins to count. What is loaded already is counted by whole functions only. */
  async begin(): Promise<void> {
    // A function whose code is thrown away loses its counts.
    setFlagsFromString("--no-flush-bytecode");
    this.session.connect();
    await this.session.post("Profiler.enable");
    await this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** What ran since the last call, by module and function: the sum of its blocks' counts. */
  async taken(): Promise<ReadonlyMap<string, number>> {
    const { result } = await this.session.post("Profiler.takePreciseCoverage");
    const counts = new Map<string, number>();
    for (const { url, functions } of result) {
      const module = url.includes("/node_modules/") ? undefined : MODULE.exec(url)?.[1];
      if (module === undefined) continue;
      for (const { functionName, ranges } of functions) {
        const name = `${module} ${functionName}`;
        counts.set(name, (counts.get(name) ?? 0) + sumOf(ranges));
      }
    }
    return counts;
  }

  /** Ends. */
  async end(): Promise<void> {
    await this.session.post("Profiler.stopPreciseCoverage");
    this.session.disconnect();
  }
}

const sumOf = (ranges: readonly Profiler.CoverageRange[]): number =>
  ranges.reduce((sum, { count }) => sum + count, 0);
