// Boots a kernel in QEMU with a job, and brings back the files that the job left. The machine has an AMD IOMMU that
// remaps interrupts, and no network.

import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cpioOf, type Entry } from "./cpio.js";
import { run, type Kernel } from "./kernels.js";

/** A job: a script of sh, and files for it. It leaves what is wanted in /out. */
export interface Job {
  readonly script: string;
  readonly files: readonly Entry[];
  /** Words for the kernel's command line. */
  readonly kernelOptions?: string;
}

/** What a job left. */
export interface Outcome {
  readonly console: string;
  /** The text of a file of /out; "" if there is none. */
  readonly text: (path: string) => string;
  /** The folder that has the files of /out. */
  readonly folder: string;
}

/** So long a guest may take, in seconds. It is long, because other work on the machine slows the emulation. */
const SECONDS = 3600;
const RESULT_BYTES = 256 * 1024 * 1024;

/** What the machine needs beside what is built in; a name that a kernel does not have is skipped. */
const MODULES = [
  ...["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci"],
  ...["virtio_blk", "irqbypass", "kvm", "kvm-amd", "ccp", "e1000e"],
  ...["iommufd", "vfio", "vfio_virqfd", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"],
];

const INIT = `#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /tmp /out /root /sbin /usr/bin /usr/sbin
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t securityfs security /sys/kernel/security 2>/dev/null
ln -s /proc/self/fd /dev/fd
hostname guest1
ip link set lo up
depmod
for module in ${MODULES.join(" ")}; do modprobe "$module"  2>/dev/null; done
ip link set eth0 up 2>/dev/null
sh /job.sh >/out/job.log 2>&1
echo "job ended with status $?" >>/out/job.log
cd /out && tar c . >/dev/vda
sync
poweroff -f
`;

/** Boots the kernel, runs the job and waits for its end. */
export async function boot(kernel: Kernel, job: Job): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-guest-"));
  const initrd = join(folder, "initrd");
  const disk = join(folder, "disk");
  const out = join(folder, "out");
  mkdirSync(out);
  writeFileSync(initrd, cpioOf([...system(kernel), ...jobFiles(job)]));
  writeFileSync(disk, Buffer.alloc(0));
  run("truncate", ["-s", String(RESULT_BYTES), disk]);
  const text = await machine(kernel, { initrd, disk, options: job.kernelOptions ?? "" });
  rmSync(initrd);
  const { status } = spawnSync("tar", ["-xf", disk, "-C", out], { stdio: "ignore" });
  rmSync(disk);
  if (status !== 0 || !existsSync(join(out, "job.log")))
    throw new Error(`the guest left nothing; its console said:\n${text}`);
  return { console: text, folder: out, text: (path) => readIfThere(join(out, path)) };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function jobFiles({ script, files }: Job): readonly Entry[] {
  return [...files, { path: "job.sh", content: script }];
}

function system({ release, modules }: Kernel): readonly Entry[] {
  const target = `lib/modules/${release}`;
  return [
    { path: "bin/busybox", content: readFileSync("/bin/busybox"), isExecutable: true },
    { path: "bin/sh", content: "busybox", isLink: true },
    { path: "init", content: INIT, isExecutable: true },
    ...moduleFiles(modules).map((file) => ({
      path: `${target}/${basename(file).replace(/\.xz$/, "")}`,
      content: file.endsWith(".xz") ? unxz(file) : readFileSync(file),
    })),
  ];
}

function unxz(file: string): Buffer {
  return spawnSync("xz", ["-dc", file], { maxBuffer: 1 << 28 }).stdout;
}

/** The files of the modules that are wanted. */
function moduleFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => MODULES.includes(basename(path).replace(/\.ko(\.xz)?$/, "")))
    .map((path) => join(folder, path))
    .filter((path) => /\.ko(\.xz)?$/.test(path));
}

interface Machine {
  readonly initrd: string;
  readonly disk: string;
  readonly options: string;
}

/**
 * Runs the machine until it powers off, or for SECONDS, and returns its console. The CPUs share one thread: with a thread
 * each, qemu now and then lets a CPU run an instruction that another one is patching, and the kernel panics.
 */
function machine(kernel: Kernel, { initrd, disk, options }: Machine): Promise<string> {
  const child = spawn("qemu-system-x86_64", [
    ...["-machine", "q35,kernel-irqchip=off", "-accel", "tcg,thread=single", "-cpu", "max"],
    ...["-smp", "2", "-m", "1G", "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-device", "amd-iommu,intremap=on", "-device", "e1000e"],
    ...["-drive", `file=${disk},format=raw,if=virtio`],
    ...["-serial", "stdio", "-no-reboot"],
    ...["-kernel", kernel.image, "-initrd", initrd],
    ...["-append", `console=ttyS0 quiet panic=-1 random.trust_cpu=on ${options}`],
  ]);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), SECONDS * 1000);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString("latin1"));
    });
  });
}
