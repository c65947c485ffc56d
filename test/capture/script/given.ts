// Plans, hosts and shells for the tests of the recording script.

import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CapturePlan } from "../../../src/capture/plan.js";
import { DEFAULT_OPTIONS, type ScriptOptions } from "../../../src/capture/script/options.js";
import { captureScript } from "../../../src/capture/script/script.js";
import { type Scratch } from "../../support/scratch.js";

/** A plan with a probe of each kind. */
export const PLAN: CapturePlan = {
  release: "6.12.0-test",
  level: "full",
  probes: [
    {
      name: "irte_write",
      definition:
        "p:pi/irte_write __modify_irte_ga.isra.0 devid=%si:x16 index=%dx:u32 lo=+0(%cx):x64",
      symbol: "__modify_irte_ga.isra.0",
      module: null,
      isVerified: false,
      level: "minimal",
    },
    {
      name: "avic_vcpu_load",
      definition: "p:pi/avic_vcpu_load avic_vcpu_load vcpu=$arg1:x64 cpu=$arg2:s32",
      symbol: "avic_vcpu_load",
      module: "kvm_amd",
      isVerified: true,
      level: "standard",
    },
    {
      name: "vcpu_block_ret",
      definition: "r64:pi/vcpu_block_ret kvm_vcpu_block ret=$retval:u8",
      symbol: "kvm_vcpu_block",
      module: "kvm",
      isVerified: true,
      level: "full",
    },
  ],
  tracepoints: [{ system: "sched", name: "sched_switch" }],
  absent: [
    { name: "irte_cmpxchg", reason: "It's not at hand.", undecided: null, isExpected: false },
  ],
};

/** A new folder. */
export function folderIn(scratch: Scratch): string {
  const folder = scratch.path("");
  mkdirSync(folder);
  return folder;
}

/** The script of a plan. */
export function scriptOf(plan: CapturePlan = PLAN, options: Partial<ScriptOptions> = {}): string {
  return captureScript(plan, { ...DEFAULT_OPTIONS, ...options });
}

/** The script as a host with its files below `root` would run it. */
export function scriptBelow(root: string, plan: CapturePlan = PLAN): string {
  return scriptOf(plan).replace(/^ROOT=$/m, () => `ROOT='${root}'`);
}

/** What a shell did. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script by the system's `sh`. */
export function runScript(script: string, args: readonly string[], folder: string): Ran {
  const file = join(folder, "script.sh");
  writeFileSync(file, script);
  return spawnSync("sh", [file, ...args], { cwd: folder, encoding: "utf8" });
}

/** Runs commands with the functions of a script, which itself does nothing. */
export function withFunctions(script: string, commands: string, folder: string): Ran {
  const functions = script.replace(/^main "\$@"$/m, "use_defaults");
  return runScript(`${functions}\n${commands}\n`, [], folder);
}

/** Makes files below a folder, by their paths; `->` in front of a text makes a symbolic link to the rest of it. */
export function lay(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text.startsWith("->")) symlinkSync(text.slice(2), file);
    else writeFileSync(file, text);
  }
}
