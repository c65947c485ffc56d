// A project that has installed the package as it is packed.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Scratch } from "./scratch.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the package depends on, and what a program in TypeScript needs. */
const BESIDES = [
  ...["better-sqlite3", "fzstd", "kysely", "rxjs"],
  ...["@types/better-sqlite3", "@types/node", "undici-types"],
];

/** A project without a program of its own. */
export interface Consumer {
  readonly folder: string;
  readonly tarball: string;
}

/** Packs the package, and makes an empty project that has installed it. */
export function makeConsumer(scratch: Scratch): Consumer {
  const packed = scratch.path("");
  mkdirSync(packed);
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", packed], {
    cwd: ROOT,
    stdio: "ignore",
  });
  const tarball = join(packed, readdirSync(packed)[0] ?? "");
  const folder = scratch.path("");
  install(folder, tarball);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  return { folder, tarball };
}

/** Unpacks a tarball as `npm install` does, and links what it depends on to what is installed here. */
function install(folder: string, tarball: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "irqtwin"), { recursive: true });
  execFileSync("tar", ["xzf", tarball, "-C", join(modules, "irqtwin"), "--strip-components=1"]);
  for (const each of BESIDES) {
    mkdirSync(dirname(join(modules, each)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", each), join(modules, each));
  }
}
