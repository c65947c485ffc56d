import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { elfOf } from "../support/elf.js";
import { irqtwin, type Ran } from "../support/irqtwin.js";
import { layOut, madeUpFiles, type MadeUp } from "../support/made-up-kernel.js";
import { Scratch } from "../support/scratch.js";

const scratch = new Scratch();

function root(how: MadeUp = { release: "6.17.13+deb13-amd64" }): string {
  const folder = scratch.path("");
  layOut(folder, how);
  return folder;
}

const capture = (...args: readonly string[]): Ran => irqtwin(["capture", ...args]);

interface Document {
  readonly release: string | null;
  readonly level: string;
  readonly probes: readonly { readonly name: string; readonly definition: string }[];
  readonly absent: readonly { readonly name: string; readonly expected: boolean }[];
  readonly undecidable: readonly { readonly check: string; readonly lacks: readonly string[] }[];
  readonly script: string | null;
}

function json(...args: readonly string[]): Document {
  const { stdout, stderr, status } = capture(...args, "--json");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return JSON.parse(stdout) as Document;
}

describe("irqtwin capture", () => {
  it("prints a script with the definitions for the kernel, and warns of what is missing", () => {
    const { stdout, stderr, status } = capture("--root", root(), "--seconds", "5");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^#!\/bin\/sh\n/);
    expect(stdout).toContain(
      "p:pi/vm_destroy kvm_arch_destroy_vm kvm=$arg1:x64 vm_id=+64($arg1):u32",
    );
    expect(stderr).toMatch(
      /warning: \d+ of the probes and tracepoints cannot be set on this kernel/,
    );
    expect(spawnSync("sh", ["-n"], { input: stdout }).status).toBe(0);
  });

  it("says with --dry-run what is missing, and what that leaves open", () => {
    const { stdout, status } = capture("--root", root(), "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^kernel 6\.17\.13\+deb13-amd64, set full: \d+ probes, \d+ tracepoints\n/,
    );
    expect(stdout).toMatch(/^ {2}irte_alloc: there is no symbol alloc_irq_index: /m);
    expect(stdout).toMatch(/^ {2}T10 needs irte_alloc, irte_alloc_ret$/m);
    expect(stdout).toMatch(/^ {2}which irqfds exist \(kvm_irqfd\)$/m);
  });

  it("gives it all as JSON, with the script unless it is a dry run", () => {
    const folder = root();
    const document = json("--root", folder, "--level", "minimal");
    expect(document).toMatchObject({ release: "6.17.13+deb13-amd64", level: "minimal" });
    expect(document.probes.map(({ name }) => name)).toEqual(["irte_write", "irte_free"]);
    expect(document.undecidable.map(({ check }) => check)).toContain("T10");
    expect(document.script).toMatch(/^#!\/bin\/sh\n/);
    expect(json("--root", folder, "--dry-run").script).toBeNull();
  });

  it("prints the script for drgn, which needs no host and takes no other option", () => {
    const { stdout, stderr, status } = capture("--drgn");
    expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    expect(stdout).toMatch(/^#!\/usr\/bin\/env drgn\n/);
    expect(stdout).toContain('"irqtwin_state": 1');
    const refused = capture("--drgn", "--seconds", "5");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("leave out --seconds");
  });

  it("reads a folder and a file instead of a root, also packed", () => {
    const files = madeUpFiles();
    const btf = scratch.path("");
    mkdirSync(btf);
    for (const name of ["vmlinux", "kvm", "kvm_amd"] as const)
      writeFileSync(join(btf, `${name}.gz`), gzipSync(files[name]));
    const kallsyms = scratch.file(".gz", gzipSync(files.kallsyms));
    const args = ["--btf", btf, "--kallsyms", kallsyms];
    expect(json(...args).release).toBeNull();
    // The plan of the library names its options; who types a command is told flags.
    expect(capture(...args).stderr).toContain("give --release");
    expect(capture(...args, "--dry-run").stdout).toContain("or give --vmlinux");
    expect(JSON.stringify(json(...args))).toContain("or give --vmlinux");
    expect(
      json(...args, "--release", "6.17.13+deb13-amd64").probes.map(({ name }) => name),
    ).toContain("irte_cmpxchg");
  });

  it("finds places inside of functions in a vmlinux of the same kernel, and takes its release", () => {
    const folder = root({});
    const code = Buffer.alloc(0x1000, 0x90);
    code.set(Buffer.from("f0480fc70e", "hex"), 0x120);
    const banner = Buffer.from("Linux version 6.17.1-test (x) \0");
    const vmlinux = scratch.file(
      "",
      elfOf(0xffffffff80000000n, code, madeUpFiles().vmlinux, banner),
    );
    const document = json("--root", folder, "--vmlinux", vmlinux);
    expect(document.release).toBe("6.17.1-test");
    expect(document.probes.find(({ name }) => name === "irte_cmpxchg")?.definition).toContain(
      "__modify_irte_ga.isra.0+32 addr=%si:x64 ",
    );
    const other = scratch.file("", elfOf(0xffffffff80000000n, code, banner));
    expect(capture("--root", folder, "--vmlinux", other)).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/another kernel \(ERR_VMLINUX\)/) as string,
    });
    expect(capture("--root", folder, "--vmlinux", vmlinux, "--release", "6.12.1").stderr).toContain(
      "is Linux 6.17.1-test, and the host runs 6.12.1",
    );
  });

  it("takes the tracepoints that tracefs lists", () => {
    const folder = root();
    mkdirSync(join(folder, "sys/kernel/tracing/events/kvm/kvm_msi_set_irq"), { recursive: true });
    const { stdout } = capture("--root", folder, "--dry-run");
    expect(stdout).toMatch(/ probes, 1 tracepoints\n/);
    expect(stdout).toMatch(/^ {2}sched_switch: the kernel has no such tracepoint/m);
  });

  it("says with hidden addresses what they are needed for", () => {
    const hidden = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => line.replace(/^\w+/, "0000000000000000"));
    const { stdout } = capture("--root", root({ symbols: hidden }), "--dry-run");
    expect(stdout).toContain("kallsyms hides all addresses");
    expect(stdout).toContain("p:pi/vm_destroy kvm_arch_destroy_vm ");
  });

  it("prints lines that copy what it needs", () => {
    const { stdout, status } = capture("--files");
    expect(status).toBe(0);
    expect(spawnSync("sh", ["-n"], { input: stdout }).status).toBe(0);
    for (const name of ["proc/kallsyms", "sys/kernel/btf/kvm_amd", "proc/sys/kernel/osrelease"])
      expect(stdout).toContain(name);
  });

  it("copies with these lines what it can read", () => {
    const { stdout } = capture("--files");
    const [from, to] = [root(), scratch.path(".tar.gz")];
    const lines = stdout
      .replace("cd / &&", `cd '${from}' &&`)
      .replaceAll("/tmp/irqtwin-host.tar.gz", to);
    expect(spawnSync("sh", ["-eu"], { input: lines, encoding: "utf8" })).toMatchObject({
      status: 0,
      stderr: "",
    });
    const copy = scratch.path("");
    mkdirSync(copy);
    expect(spawnSync("tar", ["-C", copy, "-xzf", to]).status).toBe(0);
    expect(json("--root", copy)).toEqual(json("--root", from));
  });
});

describe("irqtwin capture refuses", () => {
  it.each([
    [["--btf", "x"], "--btf alone says only half"],
    [["--kallsyms", "x"], "--kallsyms alone says only half"],
    [["--root", "/", "--btf", "x", "--kallsyms", "y"], "--root and --btf name two hosts"],
    [["--level", "most"], "--level most is not one of minimal, standard, full"],
    [["--release", "new"], "--release new is no kernel release"],
    [["--seconds", "0"], "--seconds 0 is too few"],
    [["--seconds", "1.5"], "--seconds 1.5 is not a whole number"],
    [["--clock", "counter"], "--clock counter is not one of mono"],
    [["--flight", "--cost"], "--flight and --cost are two jobs"],
  ])("%j", (args, message) => {
    const { stderr, status } = capture(...args);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain("(ERR_USAGE)");
    expect(status).toBe(2);
  });

  const damaged: readonly (readonly [string, (folder: string) => void, string])[] = [
    [
      "a host without BTF",
      (folder) => {
        rmSync(join(folder, "sys/kernel/btf/vmlinux"));
      },
      "is not there: the kernel has no BTF",
    ],
    [
      "BTF that is empty",
      (folder) => {
        writeFileSync(join(folder, "sys/kernel/btf/kvm"), "");
      },
      "kvm is empty",
    ],
    [
      "a copy that is cut off",
      (folder) => {
        writeFileSync(
          join(folder, "sys/kernel/btf/kvm"),
          gzipSync(Buffer.alloc(99)).subarray(0, 20),
        );
      },
      "kvm is damaged",
    ],
    [
      "a host without kallsyms",
      (folder) => {
        rmSync(join(folder, "proc/kallsyms"));
      },
      "kallsyms is not there",
    ],
    [
      "kallsyms that are none",
      (folder) => {
        writeFileSync(join(folder, "proc/kallsyms"), "hello\n");
      },
      "has no symbols of functions",
    ],
    [
      "a folder in place of a file",
      (folder) => {
        rmSync(join(folder, "proc/kallsyms"));
        mkdirSync(join(folder, "proc/kallsyms"));
      },
      "cannot be read (EISDIR)",
    ],
  ];

  it.each(damaged)("%s", (_, damage, message) => {
    const folder = root();
    damage(folder);
    const { stdout, stderr, status } = capture("--root", folder);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^error: .* \(ERR_(?:BTF|KALLSYMS)\)\n$/);
    expect({ stdout, status }).toEqual({ stdout: "", status: 3 });
  });

  it.skipIf(process.getuid?.() === 0)("a file that may not be read", () => {
    const folder = root();
    chmodSync(join(folder, "proc/kallsyms"), 0);
    expect(capture("--root", folder).stderr).toContain("cannot be read (EACCES): run as root");
  });

  it("a kernel without kprobe events, and one that can have none of the probes", () => {
    expect(capture("--root", root({ hasKprobes: false }))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining("(ERR_NO_KPROBES)") as string,
    });
  });
});
