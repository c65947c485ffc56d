// What is packed, as a consumer meets it: installed from the tarball, compiled under the strictest settings, bundled.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import * as irqtwin from "../../src/index.js";
import { makeConsumer } from "../support/consumer.js";
import { methodNames } from "../support/method-names.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");
const scratch = new Scratch();
let tarball: string;
/** An empty project that has installed the tarball. */
let consumer: string;

beforeAll(() => {
  ({ tarball, folder: consumer } = makeConsumer(scratch));
});

const PROGRAM = `
import { captureScript, DEFAULT_OPTIONS, drgnScript, openTimeline, type AtDocument, type CheckReport, type Finding, type LogEntry } from "irqtwin";
import { decodeIrte } from "irqtwin/bits";

export async function story(trace: string, db: string) {
  const timeline = await openTimeline(db, { create: true });
  try {
    const { recording_id } = await timeline.import(trace);
    const recording = timeline.recording(recording_id);
    const report: CheckReport = recording.check();
    const findings: readonly Finding[] = report.findings;
    const at: AtDocument = recording.at();
    const entries: LogEntry[] = [...recording.log({ limit: 3 })];
    const rows = await timeline.query("SELECT ? AS asked, count(*) > 0 AS has FROM v_event", [7]);
    const { verdict } = await timeline.verifyAsync();
    return { recording_id, findings, at, entries, rows, verdict };
  } finally {
    timeline.close();
  }
}

export const entry = decodeIrte({ loH: 0, loL: 1, hiH: 0, hiL: 0xef });
const [trace = "", db = ""] = process.argv.slice(2);
const PLAN = { release: null, level: "full", probes: [], tracepoints: [], absent: [] } as const;
const scripts = [drgnScript(), captureScript(PLAN, DEFAULT_OPTIONS)];
void story(trace, db).then(({ recording_id, findings, entries, rows, verdict }) => {
  const known = [recording_id, findings.length > 0, entries.length, entry.vector, rows, verdict];
  console.log(JSON.stringify([...known, ...scripts.map((text) => text.length > 5000)]));
});
`;

function expectToRun(file: string): void {
  const args = [file, shippedPath("6.17-x-uaf-crash"), scratch.path(".db")];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({
    stdout: '[1,true,3,239,[{"asked":7,"has":1}],"intact",true,true]\n',
    stderr: "",
  });
}

/** A program that gives everything on, so that its declarations have to name the types of all. */
function givingAllOn(): string {
  const isClass = (value: unknown): boolean =>
    [irqtwin.Timeline, irqtwin.RecordingView, irqtwin.TwinError, irqtwin.OwnNames].some(
      (each) => each === value,
    );
  const lines = Object.entries(irqtwin).flatMap(([name, value]: readonly [string, unknown]) => {
    const all = `export const all_${name} = lib.${name};`;
    if (isClass(value)) return [all];
    if (typeof value === "function")
      return [
        all,
        `export const of_${name} = (...args: Parameters<typeof lib.${name}>) => lib.${name}(...args);`,
      ];
    const members = Object.keys(value as object).map(
      (member, at) =>
        `export const of_${name}_${at} = lib.${name}[${Array.isArray(value) ? member : JSON.stringify(member)}];`,
    );
    return [all, ...members.slice(0, 100)];
  });
  const asked = ["Timeline", "RecordingView"] as const;
  const methods = asked.flatMap((of) =>
    methodNames(irqtwin[of].prototype)
      .filter((name) => name !== "constructor")
      .map((name) => `export const ${of}_${name} = (of: lib.${of}) => of.${name};`),
  );
  return ['import * as lib from "irqtwin";', ...lines, ...methods].join("\n");
}

/** Compiles a program of the consumer in the strictest way, with its declarations. */
function compiled(name: string, program: string): string {
  writeFileSync(join(consumer, `${name}.ts`), program);
  writeFileSync(
    join(consumer, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        ...{ target: "es2023", module: "node20", types: ["node"], declaration: true },
        ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        ...{ skipLibCheck: false, preserveSymlinks: true },
      },
      files: [`${name}.ts`],
    }),
  );
  return spawnSync(join(BIN, "tsc"), ["-p", consumer], { encoding: "utf8" }).stdout;
}

describe("a consumer", () => {
  test("in the strictest TypeScript that emits declarations compiles and runs", () => {
    expect(compiled("program", PROGRAM)).toBe("");
    expectToRun(join(consumer, "program.js"));
  });

  test("can give on all that is exported: each type of it has a public name", () => {
    const program = givingAllOn();
    expect(program.split("\n").length).toBeGreaterThan(500);
    expect(compiled("all", program)).toBe("");
  });

  test("loads one module of irqtwin, which finds what stands in files beside it", () => {
    const program = join(consumer, "loaded.mjs");
    writeFileSync(
      program,
      `
      import { Session } from "node:inspector/promises";
      const session = new Session();
      session.connect();
      const loaded = [];
      session.on("Debugger.scriptParsed", ({ params }) => loaded.push(params.url));
      await session.post("Debugger.enable");
      const { drgnScript } = await import("irqtwin");
      const ours = loaded.filter((url) => url.includes("/irqtwin/dist/"));
      console.log(JSON.stringify([ours.length, drgnScript().includes("drgn")]));
      `,
    );
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
    expect({ stdout, stderr }).toEqual({ stdout: "[1,true]\n", stderr: "" });
  });

  test("whose better-sqlite3 was not built is told what to do", () => {
    const without = scratch.path("");
    const modules = join(without, "node_modules");
    cpSync(join(consumer, "node_modules/irqtwin"), join(modules, "irqtwin"), { recursive: true });
    for (const each of ["fzstd", "kysely", "rxjs", "bindings", "file-uri-to-path"])
      symlinkSync(join(ROOT, "node_modules", each), join(modules, each));
    for (const each of ["lib", "package.json"])
      cpSync(
        join(ROOT, "node_modules/better-sqlite3", each),
        join(modules, "better-sqlite3", each),
        { recursive: true },
      );
    writeFileSync(
      join(without, "program.mjs"),
      `
      import { openTimeline } from "irqtwin";
      await openTimeline("x.db", { create: true }).catch((error) => console.log(error.message));
      `,
    );
    const { stdout } = spawnSync(process.execPath, [join(without, "program.mjs")], {
      cwd: without,
      encoding: "utf8",
    });
    expect(stdout).toContain("run `npm rebuild better-sqlite3`");
    expect(stdout).not.toContain("damaged");
  });
  test.each([
    ["esm", "mjs"],
    ["cjs", "cjs"],
  ] as const)(
    "that is bundled as %s elsewhere runs, with better-sqlite3 alone beside it",
    async (format, ending) => {
      const elsewhere = scratch.path("");
      mkdirSync(join(elsewhere, "node_modules"), { recursive: true });
      symlinkSync(
        join(ROOT, "node_modules/better-sqlite3"),
        join(elsewhere, "node_modules/better-sqlite3"),
      );
      writeFileSync(join(consumer, "bundled.ts"), PROGRAM);
      const outfile = join(elsewhere, `program.${ending}`);
      await build({
        ...{ entryPoints: [join(consumer, "bundled.ts")], outfile, bundle: true },
        ...{ platform: "node", format, external: ["better-sqlite3"], preserveSymlinks: true },
      });
      expectToRun(outfile);
    },
  );

  /** The module that a browser gets of `irqtwin/bits`. */
  async function forBrowser(contents: string): Promise<Uint8Array> {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: consumer },
      ...{ bundle: true, minify: true, write: false, platform: "browser", format: "esm" },
    });
    return outputFiles[0]?.contents ?? new Uint8Array();
  }

  test.each([
    ["decodeIrte", 1024],
    ["decodeGaTag, RULES, rulesOfRelease", 1500],
    ["decodeGaTag", 200],
  ])("in a browser gets %s in less than %d compressed bytes", async (names, bytes) => {
    const module = await forBrowser(`export { ${names} } from "irqtwin/bits";`);
    expect(gzipSync(module).length).toBeLessThan(bytes);
  });

  test("in a browser knows the vCPU of a GA tag by the kernel's release, from that subpath alone", async () => {
    const module = await forBrowser(`
      import { decodeGaTag, RULES, rulesOfRelease } from "irqtwin/bits";
      export const vcpuOf = (tag, release) => decodeGaTag(tag, RULES[rulesOfRelease(release)]);
    `);
    const url = `data:text/javascript;base64,${Buffer.from(module).toString("base64")}`;
    const { vcpuOf } = (await import(url)) as { vcpuOf: (tag: number, release: string) => unknown };
    expect(vcpuOf(0x203, "6.17.13+deb13-amd64")).toEqual({ vm_id: 1, vcpu: 3 });
    expect(vcpuOf(0x1003, "7.3.0")).toEqual({ vm_id: 1, vcpu: 3 });
  });
});

describe("the tarball", () => {
  test("has what is needed and nothing else", () => {
    const files = execFileSync("tar", ["tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    const others = files.filter(
      (file) =>
        !/^package\/(?:package\.json|(?:README|CHANGELOG)\.md|LICENSE|dist\/bin\/(?:page\/)?[\w.-]+|data\/[\w.-]+)$/.test(
          file,
        ) &&
        !/^package\/docs\/(?:library\.md|page\.md|page-\w+\.png|examples\/\w+\.mjs)$/.test(file) &&
        !/^package\/dist\/(?!cli|launch|test).+\.(?:js|d\.ts)$/.test(file),
    );
    expect(others).toEqual([]);
    // docs/library.md refers to it.
    // Programs and the library are bundled: of the modules that they are made of none is packed but those of `irqtwin/bits`.
    const modules = files.filter((file) => /^package\/dist\/(?!bin|library).*\.js$/.test(file));
    expect(modules.filter((file) => !/^package\/dist\/(?:bits\.js|domain\/)/.test(file))).toEqual(
      [],
    );
    expect(files).toContain("package/CHANGELOG.md");
    for (const file of [
      "dist/library/index.js",
      "dist/index.d.ts",
      "dist/bits.js",
      "dist/bin/main.js",
    ])
      expect(files).toContain(`package/${file}`);
  });

  test("is right in the eyes of publint and of are-the-types-wrong", () => {
    const publint = spawnSync(join(BIN, "publint"), [tarball, "--strict"], { encoding: "utf8" });
    expect(publint.stdout).toContain("All good!");
    const attw = spawnSync(join(BIN, "attw"), [tarball, "--profile", "esm-only"], {
      encoding: "utf8",
    });
    expect(attw.status, attw.stdout).toBe(0);
  });
});
