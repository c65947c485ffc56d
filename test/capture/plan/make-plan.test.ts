// What a plan makes of kernels that differ from those at hand.

import { describe, expect, it } from "vitest";
import { makePlan } from "../../../src/capture/plan/make-plan.js";
import { openWith } from "../../../src/capture/plan/undecidable.js";
import { type AbsentProbe, type PlannedProbe } from "../../../src/capture/plan.js";
import { madeUpKernel, type MadeUp } from "../../support/made-up-kernel.js";

function planned(name: string, how: MadeUp = {}): PlannedProbe {
  const found = makePlan(madeUpKernel(how), "full").probes.find((probe) => probe.name === name);
  if (found === undefined) throw new Error(`${name} is not planned`);
  return found;
}

function absent(name: string, how: MadeUp = {}): AbsentProbe {
  const found = makePlan(madeUpKernel(how), "full").absent.find((probe) => probe.name === name);
  if (found === undefined) throw new Error(`${name} is not absent`);
  return found;
}

const replaced =
  (from: string, ...to: readonly string[]) =>
  (lines: readonly string[]): readonly string[] =>
    lines.flatMap((line) => (line.includes(from) ? to : [line]));

describe("a plan", () => {
  it("takes offsets from BTF, around containers, through structs that are only named", () => {
    expect(planned("avic_vcpu_load").definition).toBe(
      "p:pi/avic_vcpu_load avic_vcpu_load vcpu=$arg1:x64 kvm=+0($arg1):x64 id=+36($arg1):s32 cpu=$arg2:s32 entry=+256($arg1):x64",
    );
    expect(planned("avic_blocking").definition).toContain(" apicv_active=+152(+128($arg1)):u8 ");
    expect(planned("vm_destroy").definition).toBe(
      "p:pi/vm_destroy kvm_arch_destroy_vm kvm=$arg1:x64 vm_id=+64($arg1):u32",
    );
  });

  it("takes the form that fits the kernel", () => {
    expect(planned("avic_vcpu_load", { hasEntry: false }).definition).toContain(
      " entry=+0(+256($arg1)):x64",
    );
  });

  it("has no argument in a return probe where the kernel cannot fetch one", () => {
    expect(planned("vcpu_block_ret").definition).toContain(" id=+36($arg1):s32 ");
    expect(planned("vcpu_block_ret", { returnsTakeArguments: false })).toMatchObject({
      definition: "r64:pi/vcpu_block_ret kvm_vcpu_block ret=$retval:u8",
    });
  });

  it("never reads a member of another size, or a bit field", () => {
    expect(absent("irte_free", { hasWideDevid: true }).reason).toBe("devid has 4 bytes and not 2");
    expect(absent("vm_destroy", { vmIdBits: 12 }).reason).toBe(
      "member avic_vm_id of struct kvm_svm is a bit field",
    );
  });

  it("says which registers were not verified on the build", () => {
    expect(planned("irte_write")).toMatchObject({
      definition:
        "p:pi/irte_write __modify_irte_ga.isra.0 devid=%si:x16 index=%dx:u32 lo=+0(%cx):x64 hi=+8(%cx):x64",
      isVerified: false,
      level: "minimal",
    });
    expect(planned("irte_write", { release: "6.12.107+deb13-amd64" }).isVerified).toBe(true);
    expect(planned("irte_write", { release: "6.12.107-other" }).isVerified).toBe(false);
  });

  it("tells a function from its pieces, and from several of one name", () => {
    expect(absent("irte_prepare").reason).toContain("only irte_ga_prepare.cold");
    expect(absent("irte_alloc").reason).toContain("there is no symbol alloc_irq_index");
    const twice = replaced(
      "free_irte",
      "ffffffff81000200 t free_irte",
      "ffffffff81000280 t free_irte",
    );
    expect(absent("irte_free", { symbols: twice }).reason).toContain("not unique: 2 functions");
    const copies = replaced(
      "free_irte",
      "0 t x",
      "ffffffff81000200 t free_irte.isra.0",
      "ffffffff81000280 t free_irte.constprop.0",
    );
    expect(absent("irte_free", { symbols: copies }).reason).toContain("a probe on one misses");
  });

  it("names the module where another one has the same name", () => {
    const symbols = replaced(
      "kvm_vcpu_block",
      "ffffffffc0000000 t kvm_vcpu_block\t[kvm]",
      "ffffffffc0009000 t kvm_vcpu_block\t[other]",
    );
    expect(planned("vcpu_block", { symbols })).toMatchObject({
      definition: expect.stringMatching(/^p:pi\/vcpu_block kvm:kvm_vcpu_block /) as string,
      symbol: "kvm_vcpu_block",
      module: "kvm",
    });
  });

  it("takes a specialised function that BTF describes, and says that it was not verified", () => {
    const symbols = replaced("free_irte", "ffffffff81000200 t free_irte.isra.0");
    expect(planned("irte_free", { symbols })).toMatchObject({
      definition: "p:pi/irte_free free_irte.isra.0 devid=$arg2:x16 index=$arg3:s32",
      isVerified: false,
    });
    expect(planned("irte_free").isVerified).toBe(true);
  });

  it("takes the old function only where it is the old one", () => {
    const symbols = replaced("__modify_irte_ga", "ffffffff81000100 t modify_irte_ga");
    expect(absent("irte_write", { symbols }).reason).toBe("BTF does not describe the function");
  });

  it("finds an exchange in the function's code, or leaves it out", () => {
    const code = Buffer.from("90909090f0490fc70ec3", "hex");
    const codeOf = (name: string): Buffer | null => (name.startsWith("__modify") ? code : null);
    expect(planned("irte_cmpxchg", { codeOf }).definition).toContain(
      "__modify_irte_ga.isra.0+4 addr=%r14:x64 ",
    );
    expect(absent("irte_cmpxchg").reason).toContain("give `vmlinux`");
    expect(planned("irte_cmpxchg", { release: "6.17.13+deb13-amd64" }).definition).toContain(
      "__modify_irte_ga.isra.0+77 addr=%si:x64 ",
    );
    // Code that can be read decides, not the release.
    expect(
      absent("irte_cmpxchg", {
        release: "6.17.13+deb13-amd64",
        codeOf: () => Buffer.from("c3", "hex"),
      }).reason,
    ).toBe("its code has no cmpxchg16b");
  });

  it("finds the direct store of Linux 6.1 by the code around it", () => {
    const code = Buffer.alloc(400, 0x90);
    code.set(Buffer.from("4c8b6228", "hex"), 0x5c);
    code.set(Buffer.from("440fb77210", "hex"), 0x77);
    code.set(Buffer.from("410fb60c2489de83e601c1e60683e1bf09f141880c24e9", "hex"), 0x130);
    expect(planned("irte_store", { codeOf: () => code }).definition).toBe(
      "p:pi/irte_store amd_iommu_update_ga+326 addr=%r12:x64 devid=%r14:x16 lo=+0(%r12):x64 hi=+8(%r12):x64",
    );
    code[0x5c] = 0;
    expect(absent("irte_store", { codeOf: () => code }).reason).toContain("not what was verified");
    expect(absent("irte_store", { release: "6.17.1" }).isExpected).toBe(true);
    expect(absent("irte_store", { release: "6.1.5" }).isExpected).toBe(false);
  });

  it("refuses a kernel without kprobe events, and the symbols of another kernel", () => {
    expect(() => madeUpKernel({ hasKprobes: false })).toThrow(/no kprobe events/);
    expect(() => madeUpKernel({ symbols: replaced("free_irte") })).toThrow(/are of two kernels/);
  });
});

describe("what a plan leaves open", () => {
  it("is told by the probe table", () => {
    const { checks, facts } = openWith(makePlan(madeUpKernel({ release: "6.17.13" }), "full"));
    expect(checks.find(({ check }) => check === "T10")?.lacks).toEqual([
      "irte_alloc",
      "irte_alloc_ret",
    ]);
    expect(checks.find(({ check }) => check === "T4")?.lacks).not.toContain("irte_store");
    expect(facts.map(({ name }) => name)).toContain("kvm_irqfd");
    const old = openWith(makePlan(madeUpKernel({ release: "6.1.5" }), "full"));
    expect(old.checks.find(({ check }) => check === "T4")?.lacks).toContain("irte_store");
  });
});
