// Bundles the command line into dist/bin: a launcher, the program that it loads with V8's code cache, and the
// process that runs queries. All are CommonJS, because only scripts can be loaded with a code cache. Bundles the library into
// dist/library, because Node loads one module in less time than hundreds.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROGRAMS, WRAPPER } from "./src/launch/program.js";
import { STATE_TEXT } from "./src/capture/drgn/state-text.js";
import { RECORDER_TEXT } from "./src/capture/script/part-texts.js";
import { readMigrations } from "./src/timeline/open/migration-texts.js";
import { build, type BuildOptions, type Plugin } from "esbuild";

const ROOT = fileURLToPath(new URL("./", import.meta.url));

/** The folder of migrations that is built in. */
const MIGRATIONS_FOLDER = new URL("./migrations/", import.meta.url);

/** The module that holds the texts of a folder of migrations, in the place of the one that reads the folder. */
function migrationsModule(folder: URL): string {
  return constant("MIGRATIONS", readMigrations(folder));
}

function constant(name: string, value: unknown): string {
  return `export const ${name} = ${JSON.stringify(value)};\n`;
}

/** The modules that hold texts, by their paths, in the place of those that read files. */
function textModules(migrations: URL): ReadonlyMap<string, string> {
  return new Map([
    ["timeline/open/migration-texts", migrationsModule(migrations)],
    ["capture/script/part-texts", constant("RECORDER_TEXT", RECORDER_TEXT)],
    ["capture/drgn/state-text", constant("STATE_TEXT", STATE_TEXT)],
  ]);
}

/** Builds the texts in. */
function builtIn(migrations: URL): Plugin {
  return {
    name: "texts",
    setup: (build) => {
      for (const [path, contents] of textModules(migrations))
        build.onLoad({ filter: new RegExp(`${path}\\.ts$`) }, () => ({ contents }));
    },
  };
}

/** Leaves the server out of a program that is never asked for it. */
const WITHOUT_SERVER: Plugin = {
  name: "without-server",
  setup: (build) => {
    build.onLoad({ filter: /src\/serve\/index\.ts$/ }, () => ({
      contents: 'throw new Error("this program has no server");',
    }));
  },
};

/** What a bundle is made of besides the sources. */
export interface BundleOptions {
  readonly plugins?: readonly Plugin[] | undefined;
  /** Default: the project's own. */
  readonly migrations?: URL | undefined;
}

/** Writes the bundle into a folder. */
export async function bundle(
  outdir: string,
  { plugins = [], migrations = MIGRATIONS_FOLDER }: BundleOptions = {},
): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  writeFileSync(join(outdir, "package.json"), '{ "type": "commonjs" }\n');
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
    logLevel: "warning",
    outdir,
    plugins: [...plugins, builtIn(migrations)],
  };
  const program: BuildOptions = {
    ...shared,
    outExtension: { ".js": ".cjs" },
    banner: { js: WRAPPER[0] },
    footer: { js: WRAPPER[1] },
  };
  await Promise.all([
    build({
      ...program,
      entryPoints: [{ in: "src/cli/main.ts", out: PROGRAMS.usual }],
      plugins: [...(shared.plugins ?? []), WITHOUT_SERVER],
    }),
    build({ ...program, entryPoints: [{ in: "src/cli/main.ts", out: PROGRAMS.serving }] }),
    build({ ...shared, entryPoints: ["src/launch/main.ts", "src/launch/write-cache.ts"] }),
    bundlePage(join(outdir, "page")),
  ]);
}

/** Writes the library as one module, which leaves other packages to Node: its user may have them too. */
export async function bundleLibrary(outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/index.ts"],
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    logLevel: "warning",
    plugins: [builtIn(MIGRATIONS_FOLDER)],
  });
}

/** Writes the page that `irqtwin serve` shows: its script, that of the SQL tab alone, and its style sheet. */
async function bundlePage(outdir: string): Promise<void> {
  const page = join(ROOT, "src/serve/page");
  await build({
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    splitting: true,
    chunkNames: "part-[hash]",
    target: ["chrome120", "firefox121"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    jsx: "automatic",
    jsxImportSource: "preact",
    tsconfigRaw: {},
    entryPoints: [
      { in: join(page, "main.tsx"), out: "page" },
      { in: join(page, "sql/sql-tab.ts"), out: "sql-tab" },
      { in: join(page, "css/page.css"), out: "page" },
    ],
    outdir,
  });
  cpSync(join(page, "index.html"), join(outdir, "index.html"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outdir = join(ROOT, "dist/bin");
  await bundle(outdir);
  await bundleLibrary(join(ROOT, "dist/library"));
  for (const [path, contents] of textModules(MIGRATIONS_FOLDER))
    writeFileSync(join(ROOT, `dist/${path}.js`), contents);
  execFileSync(process.execPath, [join(outdir, "write-cache.js")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
