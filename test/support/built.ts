// Tests run what is built: Node loads it in a tenth of the time in which Vite compiles the sources for each worker.

import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin } from "vitest/config";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = join(ROOT, "src");
const BUILT = join(ROOT, "dist");
/** The build writes it last. */
const LAST = join(BUILT, "bin/program.cache");

/** Who gets what is built. What builds it asks for the sources. */
const ASKS = /^(?:src|test)\//;

/** Files that are loaded by Node as they stand. */
export const AS_BUILT = /\/dist\/.*\.js$/;

/**
 * Gives who imports a module of `src` the one that was built of it. The command line, the server and the page are built
 * as bundles only: their modules are compiled. Where a source is newer than the build, all are.
 */
export function built(): Plugin {
  const isBuilt = existsSync(LAST) && newestIn(SOURCES) <= statSync(LAST).mtimeMs;
  return {
    name: "built",
    enforce: "pre",
    resolveId: (wanted, importer) => {
      if (!isBuilt || importer === undefined || !wanted.startsWith(".")) return null;
      if (!ASKS.test(relative(ROOT, importer))) return null;
      const path = relative(SOURCES, resolve(dirname(importer), wanted));
      const file = join(BUILT, path);
      return !path.startsWith("..") && path.endsWith(".js") && existsSync(file) ? file : null;
    },
  };
}

/** When a file of a folder was changed last, in milliseconds. */
function newestIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(...entries.map((entry) => statSync(join(folder, entry)).mtimeMs));
}
