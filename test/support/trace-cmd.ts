// The program trace-cmd, where it is installed: what it prints of a recording.

import { execFileSync, spawnSync } from "node:child_process";
import { type Scratch } from "./scratch.js";
import { traceDat, type TraceDatOptions } from "./trace-dat/index.js";

/** Is trace-cmd installed? */
export const HAS_TRACE_CMD = spawnSync("trace-cmd", ["--version"]).error === undefined;

const MOST_BYTES = 256 * 1024 * 1024;

/** What `trace-cmd report` prints of a trace.dat with the events of an ftrace text. */
export function reported(
  scratch: Scratch,
  text: string,
  options: readonly string[],
  file: TraceDatOptions = {},
): string {
  const path = scratch.file(".dat", traceDat(text, file));
  return execFileSync("trace-cmd", ["report", ...options, "-i", path], {
    encoding: "latin1",
    maxBuffer: MOST_BYTES,
    stdio: ["ignore", "pipe", "ignore"],
  });
}
