// Reads what a host, or a copy of its files, tells of its kernel.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TwinError } from "../../base/errors.js";
import { Btf } from "../btf/btf.js";
import { KernelBtf } from "../plan/kernel-types.js";
import { kernelOf, type Kernel } from "../plan/kernel.js";
import { MODULES } from "../plan/symbol.js";
import { Kallsyms } from "../symbols/kallsyms.js";
import { codeOfHost } from "./host-code.js";
import { readFirst, readPlain } from "./files.js";

/** Where the files of a host are. */
export interface HostFiles {
  /** The root of the host's file system, or of a copy with the same folders. */
  readonly root: string;
  /** A folder as /sys/kernel/btf; null = the one of the root. */
  readonly btf: string | null;
  /** A file as /proc/kallsyms; null = the one of the root. */
  readonly kallsyms: string | null;
  /** The kernel's ELF file; null = /proc/kcore of the root, if it is there. */
  readonly vmlinux: string | null;
  /** What `uname -r` prints; null = what the root says. */
  readonly release: string | null;
}

/** A host's kernel, and what could not be read of it. */
export interface Host {
  /** What a plan is made from. */
  readonly kernel: Kernel;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

/** Reads it all. Throws ERR_BTF, ERR_KALLSYMS, ERR_VMLINUX or ERR_NO_KPROBES. */
export function readHost(files: HostFiles): Host {
  const btf = readBtf(files.btf ?? join(files.root, "sys/kernel/btf"));
  const kallsyms = readKallsyms(files.kallsyms ?? join(files.root, "proc/kallsyms"));
  const isWhole = files.btf === null && files.kallsyms === null;
  const told = isWhole ? releaseOf(files.root) : null;
  const code = codeOfHost(files.vmlinux, isWhole ? join(files.root, "proc/kcore") : null, {
    btf: btf.bytes,
    kallsyms,
    release: files.release ?? told,
  });
  const tracepoints = isWhole ? tracepointsOf(files.root) : null;
  const kernel = kernelOf({
    release: files.release ?? told ?? code.release,
    btf: btf.types,
    kallsyms,
    codeOf: code.codeOf,
    tracepoints,
  });
  return { kernel, notes: [...code.notes, ...notesOf(kernel, isWhole && tracepoints === null)] };
}

function notesOf(kernel: Kernel, lacksTracefs: boolean): readonly string[] {
  const { release, kallsyms, btf } = kernel;
  const missing = MODULES.filter((name) => kallsyms.modules.has(name) && !btf.modules.has(name));
  const isLoaded = kallsyms.modules.has("kvm_amd") || kallsyms.has("svm_vcpu_run");
  return [
    ...(release === null
      ? [
          "The kernel's release is not known, so nothing can be looked up that was verified on one: give `release`.",
        ]
      : []),
    ...(isLoaded
      ? []
      : ["kvm_amd is not loaded there: load it, or start a VM, and read the files again."]),
    ...(missing.length === 0 ? [] : [`The BTF of ${missing.join(", ")} is not at hand.`]),
    ...(lacksTracefs
      ? ["tracefs could not be read: which tracepoints there are is told by BTF."]
      : []),
  ];
}

interface ReadBtf {
  readonly types: KernelBtf;
  /** The file of vmlinux as it is. */
  readonly bytes: Buffer;
}

function readBtf(folder: string): ReadBtf {
  const read = (name: string): ReturnType<typeof readFirst> =>
    readFirst([join(folder, name), join(folder, `${name}.gz`)], "ERR_BTF");
  const vmlinux = read("vmlinux");
  if (vmlinux === null)
    throw new TwinError(
      "ERR_BTF",
      `${join(folder, "vmlinux")} is not there: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF), or the folder is no copy of /sys/kernel/btf`,
    );
  const base = new Btf(vmlinux.path, vmlinux.bytes);
  const modules = MODULES.flatMap((name) => {
    const file = read(name);
    return file === null ? [] : [[name, new Btf(file.path, file.bytes, base)] as const];
  });
  return { types: new KernelBtf(base, new Map(modules)), bytes: vmlinux.bytes };
}

function readKallsyms(path: string): Kallsyms {
  const bytes = readPlain(path, "ERR_KALLSYMS");
  if (bytes === null)
    throw new TwinError("ERR_KALLSYMS", `${path} is not there: copy /proc/kallsyms of the host`);
  return new Kallsyms(path, bytes.toString("latin1"));
}

function releaseOf(root: string): string | null {
  const text = readPlain(join(root, "proc/sys/kernel/osrelease"), "ERR_KALLSYMS");
  return text?.toString("latin1").trim() ?? null;
}

/** The tracepoints that tracefs lists, wherever it is mounted; null = it is not, or it may not be read. */
function tracepointsOf(root: string): ((system: string, name: string) => boolean) | null {
  const folder = ["sys/kernel/tracing", "sys/kernel/debug/tracing"]
    .map((each) => join(root, each, "events"))
    .find((each) => isFilled(each));
  if (folder === undefined) return null;
  return (system, name) => existsSync(join(folder, system, name));
}

function isFilled(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
