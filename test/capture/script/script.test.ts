// The script as text: it is POSIX sh, and what a plan says reaches the shell unchanged.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CapturePlan } from "../../../src/capture/plan.js";
import { shellWord } from "../../../src/capture/script/quote.js";
import { PROBES } from "../../../src/domain/amd/probes/probes.js";
import { Scratch } from "../../support/scratch.js";
import { folderIn, PLAN, SHELLS, scriptOf, withFunctions } from "./given.js";

const scratch = new Scratch();
const folder = folderIn(scratch);

describe("the script", () => {
  it.each(SHELLS)("is understood by $name", ({ shell }) => {
    const [program = "", ...args] = shell;
    const file = join(folder, "syntax.sh");
    writeFileSync(file, scriptOf());
    const { status, stderr } = spawnSync(program, [...args, "-n", file], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it("uses nothing that shellcheck warns of", ({ skip }) => {
    const file = join(folder, "checked.sh");
    writeFileSync(file, scriptOf());
    const args = ["--shell=sh", "--severity=warning", file];
    const { error, status, stdout } = spawnSync("shellcheck", args, { encoding: "utf8" });
    if (error !== undefined) skip("shellcheck is not installed");
    expect([status, stdout]).toEqual([0, ""]);
  });

  it("hands each definition to the shell as the plan has it", () => {
    const { stdout, stderr } = withFunctions(
      scriptOf(),
      `show() { printf '%s|' "$@"; echo; }\neach_probe show\neach_tracepoint show\neach_absent show`,
      folder,
    );
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual([
      `minimal|irte_write|__modify_irte_ga.isra.0|-|no|${definition("irte_write")}|`,
      `standard|avic_vcpu_load|avic_vcpu_load|kvm_amd|yes|${definition("avic_vcpu_load")}|`,
      `full|vcpu_block_ret|kvm_vcpu_block|kvm|yes|${definition("vcpu_block_ret")}|`,
      expect.stringMatching(/^minimal\|sched\|sched_switch\|prev_comm ~ "CPU \*\/KVM" \|\| /),
      "irte_cmpxchg|It's not at hand.|",
    ]);
  });

  it("gives each probe the level of the plan", () => {
    const probes = PROBES.filter(({ level }) => level !== null);
    const plan: CapturePlan = {
      ...PLAN,
      probes: probes.map(({ name, level }) => ({
        ...{ name, definition: `p:pi/${name} f`, symbol: "f", module: null, isVerified: true },
        level: level ?? "full",
      })),
    };
    const { stdout } = withFunctions(
      scriptOf(plan),
      `show() { echo "$2 $1"; }\neach_probe show`,
      folder,
    );
    expect(stdout.trimEnd().split("\n")).toEqual(
      probes.map(({ name, level }) => `${name} ${level ?? ""}`),
    );
  });

  it("runs nothing that a plan says", () => {
    const hostile = `6.12'; touch "$OUT/hacked"; \`touch hacked\` $(touch hacked) #`;
    const { stdout, stderr } = withFunctions(
      scriptOf({
        ...PLAN,
        release: hostile,
        absent: [{ name: "x", reason: hostile, undecided: null, isExpected: false }],
      }),
      `printf '%s\\n' "$PLAN_RELEASE"\nshow() { printf '%s\\n' "$2"; }\neach_absent show\nls`,
      folder,
    );
    expect(stderr).toBe("");
    expect(stdout.split("\n").slice(0, 2)).toEqual([hostile, hostile]);
    expect(stdout).not.toMatch(/^hacked$/m);
  });

  it("takes its defaults from the options", () => {
    const options = {
      seconds: 7,
      bufferKb: 99,
      clock: "boot",
      vmPid: 12,
      isAnonymous: true,
      isFlight: true,
    };
    const { stdout } = withFunctions(
      scriptOf(PLAN, options),
      'echo "$SECONDS_WANTED $BUFFER_KB $CLOCK $VM_PID $IS_ANONYMOUS $MODE"',
      folder,
    );
    expect(stdout).toBe("7 99 boot 12 yes flight\n");
  });

  it("refuses a plan with a control character", () => {
    expect(() => scriptOf({ ...PLAN, release: "6.1\ntouch hacked" })).toThrow("control character");
  });
});

describe("a word", () => {
  it.each(["", "it's", "a b", "$(x)", "`x`", '"', "\\", "!", "*", "~", "ü", "'''"])(
    "%j is read back by the shell",
    (word) => {
      const { stdout } = spawnSync("sh", ["-c", `printf '%s' ${shellWord(word)}`], {
        encoding: "utf8",
      });
      expect(stdout).toBe(word);
    },
  );
});

function definition(name: string): string {
  return PLAN.probes.find((probe) => probe.name === name)?.definition ?? "";
}
