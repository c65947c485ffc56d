// A kernel with a handful of functions, for what no real kernel at hand shows.

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Btf } from "../../src/capture/btf/btf.js";
import { KernelBtf } from "../../src/capture/plan/kernel-types.js";
import { kernelOf, type Kernel } from "../../src/capture/plan/kernel.js";
import { Kallsyms } from "../../src/capture/symbols/kallsyms.js";
import { BtfEncoder } from "./btf-encoder.js";

/** How the kernel differs from the one that has everything. */
export interface MadeUp {
  readonly release?: string | null;
  /** Return probes can fetch arguments. */
  readonly returnsTakeArguments?: boolean;
  readonly hasKprobes?: boolean;
  /** The physical ID entry is a member, and not behind a pointer. */
  readonly hasEntry?: boolean;
  /** The width of `avic_vm_id` in bits, if it is a bit field. */
  readonly vmIdBits?: number;
  /** The device ID takes four bytes. */
  readonly hasWideDevid?: boolean;
  /** Changes the lines of kallsyms. */
  readonly symbols?: (lines: readonly string[]) => readonly string[];
  /** The code of a function. */
  readonly codeOf?: (name: string) => Uint8Array | null;
}

/** The files of /sys/kernel/btf. */
export interface MadeUpFiles {
  readonly vmlinux: Buffer;
  readonly kvm: Buffer;
  readonly kvm_amd: Buffer;
  readonly kallsyms: string;
}

/** Writes the files. */
export function madeUpFiles(how: MadeUp = {}): MadeUpFiles {
  const vmlinux = vmlinuxOf(how);
  const kvm = new BtfEncoder(vmlinux.end);
  const int = kvm.int("int", 4);
  const bool = kvm.int("bool", 1);
  const lapic = kvm.struct("kvm_lapic", 160, [{ name: "apicv_active", type: bool, bit: 1216 }]);
  const apic = kvm.pointer(lapic);
  const arch = kvm.struct("kvm_vcpu_arch", 8, [{ name: "apic", type: apic, bit: 0 }]);
  const vm = kvm.pointer(kvm.struct("kvm", 64, [{ name: "fd", type: int, bit: 0 }]));
  const vcpu = kvm.pointer(vcpuStruct(kvm, { int, vm, arch }));
  kvm.function("kvm_vcpu_block", bool, [["vcpu", vcpu]]);
  kvm.function("kvm_arch_destroy_vm", 0, [["kvm", vm]]);
  return {
    vmlinux: vmlinux.bytes(),
    kvm: kvm.bytes(),
    kvm_amd: kvmAmdOf(vmlinux, how).bytes(),
    kallsyms: symbolsOf(how),
  };
}

/** The kernel as the plan's maker sees it. */
export function madeUpKernel(how: MadeUp = {}): Kernel {
  const files = madeUpFiles(how);
  const base = new Btf("vmlinux", files.vmlinux);
  const modules = (["kvm", "kvm_amd"] as const).map(
    (name) => [name, new Btf(name, files[name], base)] as const,
  );
  return kernelOf({
    release: how.release ?? null,
    btf: new KernelBtf(base, new Map(modules)),
    kallsyms: new Kallsyms("kallsyms", files.kallsyms),
    codeOf: how.codeOf ?? (() => null),
    tracepoints: null,
  });
}

/** Lays the files out below a root, as on a host. */
export function layOut(root: string, how: MadeUp = {}): void {
  const { kallsyms, ...btf } = madeUpFiles(how);
  const put = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  for (const [name, bytes] of Object.entries(btf)) put(`sys/kernel/btf/${name}`, bytes);
  put("proc/kallsyms", kallsyms);
  if (how.release != null) put("proc/sys/kernel/osrelease", `${how.release}\n`);
}

function vmlinuxOf({
  returnsTakeArguments = true,
  hasKprobes = true,
  hasWideDevid = false,
}: MadeUp): BtfEncoder {
  const btf = new BtfEncoder();
  const int = btf.int("int", 4);
  const u16 = btf.int("u16", 2);
  const u64 = btf.int("u64", 8);
  if (hasKprobes) btf.struct("trace_kprobe", 8, []);
  if (returnsTakeArguments) btf.struct("probe_entry_arg", 8, []);
  btf.struct("irte_ga", 16, [
    { name: "lo", type: u64, bit: 0 },
    { name: "hi", type: u64, bit: 64 },
  ]);
  const iommu = btf.pointer(btf.forward("amd_iommu"));
  const devid = hasWideDevid ? int : u16;
  btf.function("free_irte", 0, [
    ["iommu", iommu],
    ["devid", devid],
    ["index", int],
  ]);
  btf.typedef("btf_trace_sched_switch", u64);
  return btf;
}

interface Ids {
  readonly int: number;
  readonly vm: number;
  readonly arch: number;
}

function vcpuStruct(btf: BtfEncoder, { int, vm, arch }: Ids): number {
  return btf.struct("kvm_vcpu", 256, [
    { name: "kvm", type: vm, bit: 0 },
    { name: "vcpu_id", type: int, bit: 8 * 36 },
    { name: "arch", type: arch, bit: 8 * 128 },
  ]);
}

/** AMD's module sees `struct kvm_lapic` by its name only. */
function kvmAmdOf(vmlinux: BtfEncoder, { hasEntry = true, vmIdBits }: MadeUp): BtfEncoder {
  const btf = new BtfEncoder(vmlinux.end);
  const int = btf.int("int", 4);
  const u64 = btf.int("u64", 8);
  const kvm = btf.struct("kvm", 64, []);
  const arch = btf.struct("kvm_vcpu_arch", 8, [
    { name: "apic", type: btf.pointer(btf.forward("kvm_lapic")), bit: 0 },
  ]);
  const vcpu = vcpuStruct(btf, { int, vm: btf.pointer(kvm), arch });
  btf.struct("kvm_svm", 80, [
    { name: "kvm", type: kvm, bit: 0 },
    {
      name: "avic_vm_id",
      type: int,
      bit: 512,
      ...(vmIdBits === undefined ? {} : { bits: vmIdBits }),
    },
  ]);
  btf.struct("vcpu_svm", 280, [
    { name: "vcpu", type: vcpu, bit: 8 * 16 },
    hasEntry
      ? { name: "avic_physical_id_entry", type: u64, bit: 8 * 272 }
      : { name: "avic_physical_id_cache", type: btf.pointer(u64), bit: 8 * 272 },
  ]);
  btf.function("avic_vcpu_load", 0, [
    ["vcpu", btf.pointer(vcpu)],
    ["cpu", int],
  ]);
  btf.function("avic_vcpu_blocking", 0, [["vcpu", btf.pointer(vcpu)]]);
  return btf;
}

function symbolsOf({ symbols = (lines) => lines }: MadeUp): string {
  const lines = [
    "ffffffff81000000 T _text",
    "ffffffff81000000 T _stext",
    "ffffffff81000100 t __modify_irte_ga.isra.0",
    "ffffffff81000200 t free_irte",
    "ffffffff81000300 t irte_ga_prepare.cold",
    "ffffffff81000400 T amd_iommu_update_ga",
    "ffffffffc0000000 t kvm_vcpu_block\t[kvm]",
    "ffffffffc0000100 t kvm_arch_destroy_vm\t[kvm]",
    "ffffffffc0001000 t avic_vcpu_load\t[kvm_amd]",
    "ffffffffc0001100 t avic_vcpu_blocking\t[kvm_amd]",
  ];
  return `${symbols(lines).join("\n")}\n`;
}
