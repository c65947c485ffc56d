// Debian's kernel packages: downloads them with apt, and unpacks them without installing anything.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A kernel on disk. */
export interface Kernel {
  /** `uname -r`. */
  readonly release: string;
  readonly image: string;
  /** The folder that holds its modules. */
  readonly modules: string;
}

/**
 * The newest Debian kernel of a series ("6.1", "6.12"), from the cache folder or by apt; null where apt knows none.
 */
export function debianKernel(series: string, cache: string): Kernel | null {
  const name = packageOf(series);
  if (name === null) return null;
  const folder = join(cache, name);
  if (!existsSync(folder)) unpack(name, folder, cache);
  const release = readdirSync(join(folder, "lib/modules"))[0] ?? "";
  const image = join(folder, "boot", `vmlinuz-${release}`);
  return { release, image, modules: join(folder, "lib/modules", release, "kernel") };
}

function packageOf(series: string): string | null {
  const pattern = `^linux-image-${series.replaceAll(".", "\\.")}\\.[0-9.]+(-[0-9]+|\\+deb[0-9]+)-amd64$`;
  const names = run("apt-cache", ["search", "--names-only", pattern])
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "")
    .filter((name) => name !== "");
  return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1) ?? null;
}

function unpack(name: string, folder: string, cache: string): void {
  const downloads = join(cache, "downloads");
  mkdirSync(downloads, { recursive: true });
  run("apt-get", ["-q", "download", name], downloads);
  const file = readdirSync(downloads).find((each) => each.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get downloaded no ${name}`);
  run("dpkg-deb", ["-x", join(downloads, file), `${folder}.part`]);
  run("mv", [`${folder}.part`, folder]);
  rmSync(join(downloads, file));
}

/** Runs a program to its end and returns what it prints. Throws if it fails. */
export function run(program: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
}
