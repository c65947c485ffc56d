// Runs the recording script inside real kernels, in emulation: `npm run test:host -- [SERIES...]`, such as 6.1 6.12.
// It needs Debian's packages qemu-system-x86, busybox-static, xz-utils and, for VMs in the guest, a C compiler with a
// static libc. The kernels are downloaded by apt into $IRQTWIN_HOST_CACHE, by default a folder in the system's
// temporary folder. Nothing is installed, and the guests have no network.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Entry } from "./cpio.js";
import { Expectations, type Result } from "./expectations.js";
import { boot } from "./guest.js";
import { debianKernel, type Kernel } from "./kernels.js";
import { lookAt } from "./scenarios.js";
import { beside, scriptFor } from "./script.js";

const CACHE = process.env["IRQTWIN_HOST_CACHE"] ?? join(tmpdir(), "irqtwin-host");
const SERIES = ["6.1", "6.12"];

mkdirSync(CACHE, { recursive: true });
const wanted = process.argv.slice(2);
const vmm = builtVmm();
if (vmm === null) console.log("no static C compiler: the guests run no VM");
const results: Result[] = [];
for (const series of wanted.length > 0 ? wanted : SERIES) {
  const kernel = debianKernel(series, CACHE);
  if (kernel === null) console.log(`${series}: apt has no such kernel, so it is skipped`);
  else results.push(...(await test(kernel)));
}
const failed = results.filter(({ isSo }) => !isSo);
for (const { what, detail } of failed)
  console.log(`failed: ${what}\n${detail.replace(/^/gm, "    ")}`);
console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 || results.length === 0 ? 1 : 0;

async function test(kernel: Kernel): Promise<readonly Result[]> {
  console.log(`${kernel.release}: a guest shows its kernel, and a second one runs the script`);
  const guest = await boot(kernel, {
    script: beside("job.sh").toString(),
    files: [
      { path: "capture.sh", content: await scriptFor(kernel) },
      { path: "scenarios.sh", content: beside("scenarios.sh") },
      ...(vmm === null ? [] : [vmm]),
    ],
  });
  console.log(`${kernel.release}: what the guest left is in ${guest.folder}`);
  const it = new Expectations(guest, kernel.release);
  lookAt(it, kernel.release, vmm !== null);
  return it.results;
}

/** The small VMM as a program that needs no library; null where none can be built. */
function builtVmm(): Entry | null {
  const program = join(CACHE, "vmm");
  const source = fileURLToPath(new URL("vmm.c", import.meta.url));
  const { status } = spawnSync("cc", ["-O1", "-static", "-pthread", "-o", program, source], {
    stdio: "ignore",
  });
  if (status !== 0) return null;
  return { path: "vmm", content: readFileSync(program), isExecutable: true };
}
