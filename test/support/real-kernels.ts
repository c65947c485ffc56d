// BTF and symbols of real kernels, where they are at hand: they are not part of the repository.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../../shared/kernels/", import.meta.url);
const DEFINITIONS = new URL("../../../shared/traces/probes/", import.meta.url);

/** Releases as `uname -r` prints them; empty where the folder is absent. */
export const REAL_KERNELS: readonly string[] = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((name) => /^\d/.test(name))
  : [];

/** For `skipIf`, with the reason in the suite's title. */
export const NO_REAL_KERNELS = REAL_KERNELS.length === 0;
export const WHERE_KERNELS_ARE = "(in ../shared/kernels; skipped where that folder is absent)";

/** A file of a kernel's folder. */
export function kernelFile(release: string, name: string): string {
  return fileURLToPath(new URL(`${release}/${name}`, FOLDER));
}

/** The definitions of the probes that recordings of a release were made with, by the probes' names. */
export function definitionsOf(version: string, level: string): ReadonlyMap<string, string> {
  const text = readFileSync(new URL(`${version}/${level}.defs`, DEFINITIONS), "utf8");
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [/:pi\/(\S+)/.exec(line)?.[1] ?? "", line]));
}
