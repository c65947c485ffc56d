// Bundles the command line into dist/bin: a launcher, the program that it loads with V8's code cache, and the
// process that runs queries. All are CommonJS, because only scripts can be loaded with a code cache.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("./", import.meta.url));

/** Writes the bundle into a folder; `plugins`: of esbuild, default: none. */
export async function bundle(outdir: string, plugins: Plugin[] = []): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
  const recorder = join(outdir, "../capture/recorder");
  cpSync(join(ROOT, "src/capture/recorder"), recorder, { recursive: true });
  const shared: BuildOptions = {
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    packages: "bundle",
    external: ["better-sqlite3"],
    // rxjs's ES modules can be cut down to what is used; what Node would take cannot.
    alias: { rxjs: join(ROOT, "node_modules/rxjs/dist/esm/index.js") },
    define: { "import.meta.url": "fileUrl" },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    logLevel: "warning",
    outdir,
    plugins,
  };
  await Promise.all([
    build({
      ...shared,
      entryPoints: [{ in: "src/cli/main.ts", out: "program" }],
      outExtension: { ".js": ".cjs" },
    }),
    build({
      ...shared,
      entryPoints: ["src/cli/query-worker.ts"],
      banner: { js: 'const fileUrl = require("node:url").pathToFileURL(__filename).href;' },
    }),
    build({ ...shared, entryPoints: ["src/launch/main.ts", "src/launch/write-cache.ts"] }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = join(ROOT, "dist/bin");
  await bundle(outdir);
  execFileSync(process.execPath, [join(outdir, "write-cache.js")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
