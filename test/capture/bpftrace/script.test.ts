// The bpftrace script: what it prints of each probe is what ftrace prints, and bpftrace understands it.

import { spawnSync } from "node:child_process";
import { describe, expect, it, test } from "vitest";
import { argumentOf, parameterAtEntry } from "../../../src/capture/bpftrace/argument.js";
import { bpftraceScript } from "../../../src/capture/bpftrace/script.js";
import { TRACEPOINT_WORDS } from "../../../src/capture/bpftrace/tracepoints.js";
import { planCapture } from "../../../src/capture/host/plan-capture.js";
import { type CapturePlan } from "../../../src/capture/plan.js";
import { READERS } from "../../../src/ftrace/vocabulary.js";
import { PROBES } from "../../../src/domain/amd/probes/probes.js";
import {
  kernelFile,
  NO_REAL_KERNELS,
  REAL_KERNELS,
  WHERE_KERNELS_ARE,
} from "../../support/real-kernels.js";
import { Scratch } from "../../support/scratch.js";
import { PLAN } from "../script/given.js";

const scratch = new Scratch();

/** bpftrace reads a script only as root. */
const tried = spawnSync("bpftrace", ["-d", "-e", "BEGIN { exit(); }"], { encoding: "utf8" });
const HAS_BPFTRACE = tried.error === undefined && tried.stdout.includes("AST after");

const scriptOf = (plan: CapturePlan, seconds: number | null = null): string =>
  bpftraceScript(plan, { seconds }).text;

function planOf(release: string, level: "minimal" | "full" = "full"): CapturePlan {
  const files = {
    root: "/",
    btf: kernelFile(release, "btf"),
    kallsyms: kernelFile(release, "kallsyms.gz"),
    vmlinux: null,
    release,
  };
  return planCapture(files, level).plan;
}

describe("an argument", () => {
  test.each([
    ["kvm=$arg1:x64", "0x%lx", "(uint64)arg0"],
    ["set=$arg3:u8", "%u", "(uint8)arg2"],
    ["x=$arg7:u32", "%u", "(uint32)sarg0"],
    ["devid=%si:x16", "0x%x", '(uint16)reg("si")'],
    ["ret=$retval:s32", "%d", "(int32)retval"],
    ["lo=+0(%cx):x64", "0x%lx", '*(uint64 *)((uint64)reg("cx") + 0)'],
    ["gsi=-124($arg1):s32", "%d", "*(int32 *)((uint64)arg0 - 124)"],
    ["vm_id=+7064(+0($arg1)):u32", "%u", "*(uint32 *)(*(uint64 *)((uint64)arg0 + 0) + 7064)"],
  ])("%s", (text, format, value) => {
    expect(argumentOf(text, parameterAtEntry)).toMatchObject({ format, value });
  });

  it("that has no words in bpftrace is none", () => {
    for (const text of ["a=@jiffies:u64", "a=$comm:string", "a=+0(+u8($arg1)):u8", "nothing"])
      expect(argumentOf(text, parameterAtEntry)).toBeNull();
  });
});

describe("the script", () => {
  it("keeps from the entry on what a return prints of its parameters", () => {
    const probe = {
      ...{ name: "vcpu_block_ret", symbol: "kvm_vcpu_block", module: "kvm" },
      definition: "r64:pi/vcpu_block_ret kvm_vcpu_block id=+36($arg1):s32 ret=$retval:u8",
      ...{ isVerified: true, level: "full" as const },
    };
    const text = scriptOf({ ...PLAN, probes: [probe] });
    expect(text).toContain(
      "kprobe:kvm_vcpu_block {\n  @vcpu_block_ret_1[(uint64)tid] = arg0;\n}\n",
    );
    expect(text).toContain("kretprobe:kvm_vcpu_block /@vcpu_block_ret_1[(uint64)tid]/ {\n");
    expect(text).toContain("  delete(@vcpu_block_ret_1[(uint64)tid]);\n");
  });

  it("prints sched_switch of tasks with a vCPU alone, or says that it cannot", () => {
    const put = { ...PLAN.probes[1], name: "avic_vcpu_put", symbol: "avic_vcpu_put" };
    const probes = [...PLAN.probes, put as CapturePlan["probes"][number]];
    expect(scriptOf({ ...PLAN, probes })).toContain(
      "tracepoint:sched:sched_switch /@loaded[(uint64)args->prev_pid]/",
    );
    const { without, text } = bpftraceScript(PLAN, { seconds: null });
    expect(without).toEqual(["sched_switch"]);
    expect(text).not.toContain("sched_switch");
  });

  it("names the kernel and ends by itself where that is asked for", () => {
    expect(scriptOf(PLAN)).toContain('printf("# irqtwin kernel: 6.12.0-test\\n");');
    expect(scriptOf(PLAN)).not.toContain("interval:");
    expect(scriptOf(PLAN, 60)).toContain("interval:s:60 { exit(); }");
  });

  it("has words for every tracepoint of the kernel that a reader takes", () => {
    const read = PROBES.filter(
      ({ name, type, use, system }) =>
        type === "tracepoint" && use !== "none" && system !== "ftrace" && name in READERS,
    ).map(({ name }) => name);
    expect(read.length).toBeGreaterThan(5);
    expect(Object.keys(TRACEPOINT_WORDS)).toEqual(expect.arrayContaining(read));
  });
});

const CONVERSIONS: Readonly<Record<string, string>> = {
  ...{ x64: "0x%lx", x32: "0x%x", x16: "0x%x", x8: "0x%x" },
  ...{ u64: "%lu", u32: "%u", u16: "%u", u8: "%u" },
  ...{ s64: "%ld", s32: "%d", s16: "%d", s8: "%d" },
};

describe.skipIf(NO_REAL_KERNELS).each(REAL_KERNELS)(
  `the script of %s ${WHERE_KERNELS_ARE}`,
  (release) => {
    const plan = planOf(release);
    const { text, without } = bpftraceScript(plan, { seconds: 10 });

    it("prints each probe with its fields, as ftrace does", () => {
      expect(without).toEqual([]);
      for (const { name, definition } of plan.probes) {
        const [kind = "", , ...fields] = definition.split(" ");
        const place = kind.startsWith("r") ? "\\(0x0 <- [\\w.]+\\)" : "\\([\\w.]+\\+0x0/0x0\\)";
        const [, printed] = new RegExp(`: ${name}: ${place}(.*?)\\\\n", `).exec(text) ?? [];
        const expected = fields.map((field) => {
          const [, key, type = ""] = /^(\w+)=.*:(\w+)$/.exec(field) ?? [];
          return ` ${key}=${CONVERSIONS[type]}`;
        });
        expect(printed, name).toBe(expected.join(""));
      }
    });

    it.runIf(HAS_BPFTRACE).each(["minimal", "full"] as const)(
      "is understood by bpftrace at level %s",
      (level) => {
        const path = scratch.file(".bt", scriptOf(planOf(release, level), 10));
        const { stdout, stderr, signal, error } = spawnSync("bpftrace", ["-d", path], {
          encoding: "utf8",
          maxBuffer: 1 << 28,
        });
        const why = `${error?.message ?? ""} ${signal ?? ""} ${stderr}`;
        expect(stdout, why).toContain("AST after: ResourceAnalyser");
      },
    );
  },
);
