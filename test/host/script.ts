// The script that irqtwin makes from what a guest shows of its kernel.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { irqtwin } from "../support/irqtwin.js";
import { boot } from "./guest.js";
import { type Kernel } from "./kernels.js";

/** Copies what `irqtwin capture --files` asks for. */
const COPY = `
cp /proc/kallsyms /out/
mkdir /out/btf
cp /sys/kernel/btf/* /out/btf/
`;

/** Boots the kernel to get its symbols and types, and has irqtwin make the script for it. */
export async function scriptFor(kernel: Kernel): Promise<string> {
  const { folder } = await boot(kernel, { script: COPY, files: [] });
  const { status, stdout, stderr } = irqtwin([
    ...["capture", "--btf", join(folder, "btf"), "--kallsyms", join(folder, "kallsyms")],
    ...["--release", kernel.release, "--level", "full"],
  ]);
  if (status !== 0) throw new Error(`irqtwin capture failed: ${stderr}`);
  return stdout;
}

/** A file beside this one. */
export function beside(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url));
}
