// The script for drgn: Python understands it, every kernel has what it reads, and it reads what is there.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { readHostState } from "../../../src/source/header/host-state.js";
import { drgnScript } from "../../../src/capture/drgn/script.js";
import { readHost } from "../../../src/capture/host/read-host.js";
import { type KernelBtf } from "../../../src/capture/plan/kernel-types.js";
import { memberOf, pointedTo, type TypeRef } from "../../../src/capture/btf/types.js";
import {
  kernelFile,
  NO_REAL_KERNELS,
  REAL_KERNELS,
  WHERE_KERNELS_ARE,
} from "../../support/real-kernels.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();
const SCRIPT = drgnScript();

/** Debian's drgn is for Debian's Python. */
const PYTHON = ["/usr/bin/python3", "python3"].find(
  (each) => spawnSync(each, ["--version"]).status === 0,
);
const HAS_DRGN = PYTHON !== undefined && spawnSync(PYTHON, ["-c", "import drgn"]).status === 0;
const HAS_COMPILER = spawnSync("gcc", ["--version"]).status === 0;

/** A member that the script reads. */
interface Need {
  readonly module: string | null;
  readonly struct: string;
  readonly path: string;
  /** Some releases lack it. */
  readonly isOptional: boolean;
}

const NEEDS = ((): readonly Need[] => {
  const [, table = ""] = /^NEEDS = """\n(.*?)^"""/ms.exec(SCRIPT) ?? [];
  return table
    .trimEnd()
    .split("\n")
    .flatMap((line) => {
      const [module = "", struct = "", ...members] = line.split(/\s+/);
      return members.map((path) => ({
        module: module === "vmlinux" ? null : module,
        struct: struct.replace("?", ""),
        path: path.replace("?", ""),
        isOptional: struct.startsWith("?") || path.startsWith("?"),
      }));
    });
})();

/** Of each of these every release has one at least. */
const ONE_OF = [
  ["kvm_kernel_irqfd.irq_bypass_data", "amd_svm_iommu_ir.data"],
  ["kvm_kernel_irqfd.vcpu_list", "amd_svm_iommu_ir.node"],
  ["vcpu_svm.avic_physical_id_entry", "vcpu_svm.avic_physical_id_cache"],
];

function hasMember(types: KernelBtf, { module, struct, path }: Need): boolean {
  const found = types.seenBy(module).struct(struct);
  let at: TypeRef | null = typeof found === "string" ? null : found;
  for (const name of path.split(".")) {
    if (at === null) return false;
    at = memberOf(pointedTo(at) ?? at, name)?.type ?? null;
  }
  return at !== null;
}

function typesOf(release: string): KernelBtf {
  const btf = kernelFile(release, "btf");
  const kallsyms = kernelFile(release, "kallsyms.gz");
  return readHost({ root: "/nowhere", btf, kallsyms, vmlinux: null, release }).kernel.btf;
}

describe("the table of members in the script", () => {
  it("has every member that the script reads of a struct", () => {
    const named = new Set(NEEDS.flatMap(({ path }) => path.split(".")));
    const code = SCRIPT.slice(SCRIPT.indexOf("class Host"), SCRIPT.indexOf("def same("));
    const read = [...code.matchAll(/(?<![\w"])(?:\w+|\]|\))\.([a-z]\w*)(?!\w*\()/g)];
    const others = new Set([
      "prog",
      "linux",
      "helpers",
      "irq",
      "cpumask",
      "percpu",
      "value",
      "size",
      "stderr",
    ]);
    const unknown = read
      .map(([, name = ""]) => name)
      .filter((name) => !named.has(name) && !others.has(name));
    expect([...new Set(unknown)]).toEqual([]);
    expect(read.length).toBeGreaterThan(40);
  });
});

describe.skipIf(NO_REAL_KERNELS)(`a real kernel ${WHERE_KERNELS_ARE}`, () => {
  describe.each(REAL_KERNELS)("%s", (release) => {
    let types: KernelBtf;
    beforeAll(() => {
      types = typesOf(release);
    });

    test.each(NEEDS.filter(({ isOptional }) => !isOptional))("has $struct.$path", (need) => {
      expect(hasMember(types, need)).toBe(true);
    });

    test.each(ONE_OF)("has %s or %s", (...names) => {
      const some = NEEDS.filter(({ struct, path }) => names.includes(`${struct}.${path}`));
      expect(some).toHaveLength(names.length);
      expect(some.some((need) => hasMember(types, need))).toBe(true);
    });

    it("tells a table's size where it can be larger than 256 entries", () => {
      const size = NEEDS.find(({ path }) => path === "max_irqs");
      const isOld = release.startsWith("6.12.");
      expect(size !== undefined && hasMember(types, size)).toBe(!isOld);
    });

    test.each([
      ["kvm.gz", "kvm_running_vcpu"],
      ["vmlinux.gz", "cpu_info"],
    ])("%s describes the variable %s of each CPU", (file, name) => {
      const bytes = gunzipSync(readFileSync(kernelFile(release, `btf/${file}`)));
      expect(bytes.includes(`\0${name}\0`)).toBe(true);
    });
  });
});

describe.skipIf(PYTHON === undefined)("Python (skipped where there is no python3)", () => {
  it("compiles the script", () => {
    const file = scratch.file(".py", SCRIPT);
    const run = spawnSync(PYTHON ?? "", ["-B", "-m", "py_compile", file], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
  });
});

const support = (name: string): string =>
  fileURLToPath(new URL(`../../support/drgn/${name}`, import.meta.url));

const LACKS = "(skipped where drgn for Python or gcc is missing)";
describe.skipIf(!HAS_DRGN || !HAS_COMPILER)(`a process with a kernel's structs ${LACKS}`, () => {
  const running: ChildProcess[] = [];
  afterAll(() => {
    for (const each of running) each.kill();
  });

  async function dumpOf(flags: readonly string[]): Promise<Record<string, unknown>> {
    const program = scratch.path("");
    const built = spawnSync("gcc", ["-g", "-no-pie", ...flags, "-o", program, support("host.c")]);
    expect(built.status).toBe(0);
    const process = spawn(program, { stdio: ["ignore", "pipe", "ignore"] });
    running.push(process);
    await once(process.stdout, "data");
    const script = scratch.file(".py", SCRIPT);
    const args = ["-B", support("run.py"), script, program, String(process.pid)];
    const run = spawnSync(PYTHON ?? "", args, { encoding: "utf8" });
    expect(run.stderr).toBe("");
    // The import takes what the script prints: each fact has the form that it asks for.
    expect(readHostState(run.stdout)).not.toHaveProperty("problem");
    return JSON.parse(run.stdout) as Record<string, unknown>;
  }

  const entry = {
    address: expect.stringMatching(/^0x0{8}/) as unknown,
    shadow_hi: expect.anything() as unknown,
  };
  const pointer = expect.stringMatching(/^0x[0-9a-f]{16}$/) as unknown;
  const posted = {
    ...{ kind: "irte", irte: "0000:00:08.0/0", ...entry, host_irq: 30 },
    ...{ lo: "0x0000020000000085", hi: "0x000000010168a063", shadow_lo: "0x0000020000000085" },
  };
  const remapped = {
    ...{ kind: "irte", irte: "0000:00:08.0/3", ...entry, host_irq: 33 },
    ...{ lo: "0x0000000000000001", hi: "0x0000000000000022", shadow_lo: "0x0000000000000000" },
  };

  test.each([
    ["since the series", ["-DSERIES"], "0x0000000000000000"],
    ["before the series", [], null],
  ])("is read as it is, %s", async (_, flags, none) => {
    const { facts, ...head } = await dumpOf(flags);
    const boot_id = "3f1c0000-0000-0000-0000-000000000000";
    expect(head).toMatchObject({ irqtwin_state: 1, live: true, boot_id });
    const vm = { vm: pointer };
    expect(facts).toEqual([
      { kind: "cpu", cpu: 0, apic: 0 },
      { kind: "cpu", cpu: 1, apic: 5 },
      posted,
      remapped,
      { kind: "vm", ...vm, vm_id: 9, tgid: 77, inhibits: 4 },
      {
        ...{ kind: "vcpu", vcpu: pointer, ...vm, vcpu_id: 2, vcpu_idx: 0, cpu: 1 },
        ...{ entry: "0xc000000001234005", apicv_active: true, blocking: false },
        ir_list: ["0000:00:08.0/3", "0000:00:08.0/0"],
      },
      {
        ...{ kind: "vcpu", vcpu: pointer, ...vm, vcpu_id: 3, vcpu_idx: 1, cpu: -1 },
        ...{ entry: none, apicv_active: false, blocking: true, ir_list: [] },
      },
      { kind: "irqfd", irqfd: pointer, ...vm, gsi: 24, host_irq: 30 },
      { kind: "route", ...vm, gsi: 24, type: 2, address: "0x00000001fee02000", data: 0x4063 },
      { kind: "irqfd", irqfd: pointer, ...vm, gsi: 25, host_irq: -1 },
      { kind: "route", ...vm, gsi: 25, type: 0, address: null, data: null },
    ]);
  });
});
