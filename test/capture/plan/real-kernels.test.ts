// The definitions for real kernels are those that their recordings were made with, field for field.

import { beforeAll, describe, expect, it } from "vitest";
import { LEVELS } from "../../../src/domain/platform/facts.js";
import { planCapture } from "../../../src/capture/host/plan-capture.js";
import { readHost, type HostFiles } from "../../../src/capture/host/read-host.js";
import { type Kernel } from "../../../src/capture/plan/kernel.js";
import { makePlan } from "../../../src/capture/plan/make-plan.js";
import {
  NO_REAL_KERNELS,
  REAL_KERNELS,
  WHERE_KERNELS_ARE,
  definitionsOf,
  kernelFile,
} from "../../support/real-kernels.js";

/**
 * The recordings of 6.12 are of 6.12.107, the BTF is of 6.12.117: in between `struct kvm` became smaller (its lists of
 * pages are allocated), so that `avic_vm_id`, which stands behind it in `struct kvm_svm`, moved from 39848 to 7088
 * (56704 bits, as bpftool 7.1 prints it).
 */
const MOVED: Readonly<Record<string, readonly [from: string, to: string]>> = {
  "6.12.117+deb13-amd64": ["vm_id=+39848(", "vm_id=+7088("],
};

function hostFiles(release: string): HostFiles {
  return {
    root: "/nowhere",
    btf: kernelFile(release, "btf"),
    kallsyms: kernelFile(release, "kallsyms.gz"),
    vmlinux: null,
    release,
  };
}

describe.skipIf(NO_REAL_KERNELS)(`real kernels ${WHERE_KERNELS_ARE}`, () => {
  describe.each(REAL_KERNELS)("%s", (release) => {
    let kernel: Kernel;
    beforeAll(() => {
      kernel = readHost(hostFiles(release)).kernel;
    });

    it.each(LEVELS)("has the definitions of the set %s", (level) => {
      const plan = makePlan(kernel, level);
      const [from, to] = MOVED[release] ?? ["", ""];
      const version = /^\d+\.\d+/.exec(release)?.[0] ?? "";
      const expected = [...definitionsOf(version, level)].map(([name, line]): [string, string] => [
        name,
        line.replace(from, to),
      ]);
      expect(expected.length).toBeGreaterThan(3);
      const planned = plan.probes.map(({ name, definition }): [string, string] => [
        name,
        definition,
      ]);
      expect(planned.sort()).toEqual(expected.sort());
      expect(plan.probes.filter(({ isVerified }) => !isVerified)).toEqual([]);
      expect(plan.absent.filter(({ isExpected }) => !isExpected)).toEqual([]);
    });
  });

  it("are told apart: the BTF of one with the symbols of another is refused", () => {
    const [one = "", other = ""] = REAL_KERNELS;
    const mixed = { ...hostFiles(one), kallsyms: kernelFile(other, "kallsyms.gz") };
    expect(() => planCapture(mixed, "full")).toThrow(/are of two kernels/);
  });

  it("whose release is not known have no probe inside of a function, and say so of registers", () => {
    const [release = ""] = REAL_KERNELS;
    const { plan, notes } = planCapture({ ...hostFiles(release), release: null }, "full");
    expect(plan.probes.find(({ name }) => name === "irte_write")?.isVerified).toBe(false);
    expect(plan.absent.find(({ name }) => name === "irte_cmpxchg")?.reason).toContain("`vmlinux`");
    expect(notes[0]).toContain("release is not known");
  });
});
