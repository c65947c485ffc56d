// The script that irqtwin makes from what a guest shows of its kernel.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { irqtwin } from "../support/irqtwin.js";
import { boot } from "./guest.js";
import { run, type Kernel } from "./kernels.js";

/** Boots the kernel, copies its files as `irqtwin capture --files` says, and has irqtwin make the script for it. */
export async function scriptFor(kernel: Kernel): Promise<string> {
  const lines = made(["capture", "--files"]);
  const copy = `${lines}\nmv /tmp/irqtwin-host.tar.gz /out/\n`;
  const { folder, text } = await boot(kernel, { script: copy, files: [] });
  const host = join(folder, "host");
  mkdirSync(host);
  run("tar", ["-C", host, "-xzf", join(folder, "irqtwin-host.tar.gz")]);
  console.log(`${kernel.release}: ${text("job.log").trim().replaceAll("\n", "; ")}`);
  return made(["capture", "--root", host, "--level", "full"]);
}

function made(args: readonly string[]): string {
  const { status, stdout, stderr } = irqtwin(args);
  if (status !== 0) throw new Error(`irqtwin ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A file beside this one. */
export function beside(name: string): Buffer {
  return readFileSync(new URL(name, import.meta.url));
}
