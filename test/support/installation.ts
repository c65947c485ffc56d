// The program, built anew with other migrations than the project's.

import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "../../bundle.config.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Builds the program into a new folder. `edit` gets the path of a copy of the folder `migrations` and may change it.
 * Returns the path of its main.js.
 */
export async function installation(
  folder: string,
  edit: (migrations: string) => void = () => undefined,
): Promise<string> {
  const migrations = join(folder, "migrations");
  mkdirSync(folder);
  for (const part of ["migrations", "package.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  edit(migrations);
  const bin = join(folder, "dist/bin");
  await bundle(bin, { migrations: pathToFileURL(`${migrations}/`) });
  return join(bin, "main.js");
}
