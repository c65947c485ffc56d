// The built program as a process of its own.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The bundle that users run: `npm run build` makes it, and `npm test` builds first. */
export const MAIN = fileURLToPath(new URL("../../dist/bin/main.js", import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Another installation's main.js. */
  readonly main?: string | undefined;
}

function environment(extra: RunOptions["env"]): NodeJS.ProcessEnv {
  const env = { ...process.env, ...extra };
  if (extra?.["IRQTWIN_DB"] === undefined) delete env["IRQTWIN_DB"];
  return env;
}

/** Runs the program to its end. */
export function irqtwin(args: readonly string[], options: RunOptions = {}): Ran {
  const { input = "", env, cwd, main = MAIN } = options;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...args], {
    input,
    cwd,
    env: environment(env),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  // A program that ends before it has read all of its input is not an error here.
  if (error !== undefined && !("code" in error && error.code === "EPIPE")) throw error;
  return { status, stdout, stderr };
}

/** What a run printed, as JSON. */
export function json(ran: Ran): unknown {
  return JSON.parse(ran.stdout);
}

/** Starts the program and does not wait. */
export function startIrqtwin(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: environment({}),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Waits for a child's end; its exit status, or the signal that ended it. */
export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode ?? child.signalCode ?? "SIGKILL";
}
