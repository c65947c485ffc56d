// Attacks on the program: each makes something hostile from a seed, and runs commands on it. Whatever they answer, they
// end in time, with a status that is documented, without a stack trace, an error of irqtwin's own, or a character that
// a terminal obeys.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN } from "../support/irqtwin.js";
import { randomOf } from "../support/random.js";

/** Milliseconds that a command may take. */
const TIME_MS = 30_000;
const STATUSES: ReadonlySet<number | null> = new Set([0, 1, 2, 3, 4, 5, 130]);

/** Characters that a terminal obeys, or that turn text around: all of C0 but tab and newline, C1, bidirectional marks. */
export const RAW =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** What an attack draws from. */
export class Dice {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** A whole number from 0 to `below` - 1. */
  number(below: number): number {
    return Math.floor(this.random() * below);
  }

  /** One of them. */
  pick<Each>(from: readonly Each[]): Each {
    const one = from[this.number(from.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  /** So many different ones, or all. */
  some<Each>(from: readonly Each[], count: number): readonly Each[] {
    const left = [...from];
    const picked: Each[] = [];
    while (picked.length < count && left.length > 0)
      picked.push(...left.splice(this.number(left.length), 1));
    return picked;
  }

  /** True so often. */
  chance(share: number): boolean {
    return this.random() < share;
  }
}

/** One command's arguments, and where what it prints goes. */
export interface Tried {
  readonly args: readonly string[];
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an attack does: it fills its folder, runs commands, and returns what is wrong in words of its own. */
export type Attack = (dice: Dice, folder: string, run: Run) => readonly string[];

/** Runs a command in the attack's folder; what is wrong with how it ended is noted. */
export type Run = (args: readonly string[], input?: string | Buffer) => Tried;

/** What is wrong with how a command ended; none = nothing. */
export function faultsOf({ args, status, stdout, stderr }: Tried): readonly string[] {
  const about = `irqtwin ${args.map((each) => JSON.stringify(each)).join(" ")}`;
  const faults = [
    STATUSES.has(status) ? null : `ended with ${status ?? "a signal, or not in time"}`,
    /^ +at .+:\d+:\d+\)?$/m.test(stderr) ? `printed a stack trace: ${stderr.slice(0, 300)}` : null,
    stderr.includes("ERR_INTERNAL") ? `failed: ${stderr.slice(0, 300)}` : null,
    RAW.test(stdout) ? `printed a raw control character: ${shown(stdout)}` : null,
    RAW.test(stderr) ? `printed a raw control character in an error: ${shown(stderr)}` : null,
    status === 1 && stderr.startsWith("error:")
      ? `answered an error like a finding: ${stderr}`
      : null,
  ];
  return faults.flatMap((fault) => (fault === null ? [] : [`${about}: ${fault}`]));
}

function shown(text: string): string {
  const at = RAW.exec(text)?.index ?? 0;
  return JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
}

/** Runs one attack in a folder of its own. Returns what is wrong; none = nothing. */
export function attempt(attack: Attack, seed: number): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-attack-"));
  const faults: string[] = [];
  const run: Run = (args, input = "") => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
      ...{ cwd: folder, input, encoding: "utf8", timeout: TIME_MS, killSignal: "SIGKILL" },
      maxBuffer: 1 << 28,
    });
    const tried = { args, status, stdout, stderr };
    faults.push(...faultsOf(tried));
    return tried;
  };
  try {
    faults.push(...attack(new Dice(seed), folder, run));
    return faults;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
