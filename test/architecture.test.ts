// Who may import whom. The table is the architecture; a new edge is a decision to be made here.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Every folder of src/ and every file at its top, from the bottom up, and the packages that it may import. A
 * folder imports only from those above it in this list: nothing runs up, and nothing runs in a circle.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  "domain/values": [],
  "domain/events": [],
  "domain/model": [],
  "domain/fold": [],
  "domain/platform": [],
  "domain/amd/releases": [],
  "domain/amd/irte": [],
  "domain/amd/fate": [],
  "bits.ts": [],
  "domain/amd/rules": [],
  "domain/amd/invariants": [],
  "domain/amd/probes": [],
  "domain/amd/consistency": [],
  "domain/amd/prediction": [],
  "domain/amd": [],
  "source/header": [],
  "source/join": [],
  source: [],
  "ftrace/text": [],
  "ftrace/interpret": [],
  "ftrace/readers": [],
  "ftrace/order": [],
  ftrace: [],
  bpftrace: [],
  latency: [],
  perf: [],
  "tracedat/file": ["fzstd", "node:zlib"],
  "tracedat/ring": [],
  "tracedat/stream": [],
  "tracedat/print": [],
  tracedat: [],
  capture: [],
  "capture/btf": [],
  "capture/symbols": [],
  "capture/plan": [],
  "capture/script": ["node:fs"],
  "capture/bpftrace": [],
  "capture/drgn": ["node:fs"],
  "capture/host": ["node:fs", "node:path", "node:zlib"],
  projections: ["rxjs"],
  platforms: ["rxjs"],
  formats: [],
  "timeline/schema": ["kysely"],
  "timeline/redact": ["node:crypto"],
  "timeline/store": [
    ...["better-sqlite3", "kysely", "node:crypto", "node:fs", "node:module", "node:os"],
    ...["node:path", "node:worker_threads"],
  ],
  "timeline/read": ["better-sqlite3", "kysely"],
  "timeline/derive": ["better-sqlite3"],
  "timeline/open": [
    ...["better-sqlite3", "kysely"],
    ...["node:crypto", "node:fs", "node:path", "node:url"],
  ],
  "timeline/integrity": [...["better-sqlite3", "kysely", "node:crypto", "node:worker_threads"]],
  "timeline/import": [
    ...["better-sqlite3", "kysely", "rxjs"],
    ...[
      "node:child_process",
      "node:crypto",
      "node:fs",
      "node:fs/promises",
      "node:os",
      "node:path",
      "node:stream",
    ],
    ...["node:stream/promises", "node:timers/promises", "node:zlib"],
  ],
  "timeline/follow": ["better-sqlite3", "node:timers/promises"],
  "timeline/rewind": ["better-sqlite3", "node:fs", "node:fs/promises", "node:path"],
  "query/document": [],
  "query/subject": ["better-sqlite3"],
  "query/log": ["better-sqlite3"],
  "query/state": ["better-sqlite3"],
  "query/carry": ["better-sqlite3", "kysely"],
  "query/first": ["better-sqlite3"],
  "query/info": ["better-sqlite3"],
  "query/sql": ["better-sqlite3", "kysely"],
  "query/rows": ["kysely", "node:child_process", "node:events"],
  check: ["better-sqlite3"],
  "query/lanes": ["better-sqlite3"],
  live: ["better-sqlite3", "rxjs"],
  "twin-options.ts": [],
  "twin-asked.ts": [],
  "twin-growing.ts": [],
  "twin-findings.ts": ["better-sqlite3"],
  recording: ["better-sqlite3"],
  "twin-recording.ts": ["better-sqlite3"],
  "twin.ts": ["rxjs"],
  "index.ts": [],
  "serve/page/pure": [],
  "serve/page/data": [],
  "serve/page/paint": ["@preact/signals", "preact", "preact/hooks"],
  "serve/page/state": ["@preact/signals"],
  "serve/page/inspector": ["@preact/signals", "preact"],
  "serve/page/sql": [
    ...["@codemirror/autocomplete", "@codemirror/commands", "@codemirror/lang-sql"],
    ...["@codemirror/language", "@codemirror/state", "@codemirror/view", "@lezer/highlight"],
  ],
  "serve/page/tabs": ["@preact/signals", "preact", "preact/hooks", "uplot"],
  "serve/page/view": ["@preact/signals", "preact", "preact/hooks", "uplot"],
  "serve/page": ["preact"],
  "serve/api": ["node:child_process", "node:crypto", "node:stream"],
  "serve/routes": ["node:path"],
  serve: [
    ...["@hono/node-server", "hono"],
    ...["node:crypto", "node:fs", "node:http", "node:net", "node:os", "node:path"],
    ...["node:stream", "node:timers/promises", "node:v8", "node:zlib"],
  ],
  launch: [...["node:fs", "node:module", "node:os", "node:path", "node:url", "node:v8", "node:vm"]],
  cli: [
    ...["node:child_process", "node:crypto", "node:events", "node:fs", "node:fs/promises"],
    ...[
      "node:http",
      "node:net",
      "node:os",
      "node:path",
      "node:perf_hooks",
      "node:stream",
      "node:timers/promises",
      "node:url",
      "node:util",
      "node:v8",
      "node:vm",
    ],
  ],
};

/** Folders that a folder of `domain/` or the command line may import, where that is less than all above it. */
const ONLY: readonly (readonly [from: string, may: readonly string[]])[] = [
  ["domain/", ["domain/"]],
  ["source", ["base", "domain/", "source"]],
  ["ftrace", ["base", "domain/", "source", "ftrace"]],
  ["bpftrace", ["base", "domain/", "source", "ftrace"]],
  ["latency", ["base", "domain/", "source", "ftrace"]],
  ["perf", ["base", "domain/", "source", "ftrace"]],
  ["tracedat", ["base", "domain/", "source", "ftrace", "tracedat"]],
  ["projections", ["domain/"]],
  ["capture", ["base", "domain/", "capture"]],
  ["serve", ["base", "index.ts", "serve"]],
  ["cli", ["base", "index.ts", "serve"]],
];

/** The folders that implement the port of `source/`, one for each format. */
const FORMATS: readonly string[] = ["bpftrace", "ftrace", "latency", "perf", "tracedat"];

/** Who may import them: the list of formats, and the platforms, which say how their names are read. */
const KNOW_FORMATS: readonly string[] = [...FORMATS, "formats", "platforms"];

/** Above the store, these folders name better-sqlite3 in types only: they run no statement of their own making. */
const SQLITE_IN_TYPES = [
  "query/",
  "check",
  "live",
  "recording",
  "twin-recording.ts",
  "twin-findings.ts",
];

/** Edges that should not be there, file by file. An entry that no longer holds must go. */
const DEBT: readonly string[] = [];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly target: string;
  readonly isType: boolean;
}

const SRC = new URL("../src/", import.meta.url);

const files: readonly { readonly file: string; readonly text: string }[] = readdirSync(SRC, {
  recursive: true,
  encoding: "utf8",
})
  .filter((file) => /\.tsx?$/.test(file))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(file, SRC), "utf8") }));

/** The part of the source that a file belongs to: its folder, or itself at the top. */
function partOf(file: string): string {
  const folder = posix.dirname(file);
  return folder === "." ? file : folder;
}

function partOfSpecifier(file: string, specifier: string): { part: string; target: string } {
  if (!specifier.startsWith(".")) return { part: specifier, target: specifier };
  const path = posix.join(posix.dirname(file), specifier).replace(/\.js$/, "");
  const target = existsSync(new URL(`${path}.tsx`, SRC)) ? `${path}.tsx` : `${path}.ts`;
  return { part: partOf(target), target };
}

const STATIC = /^(?:import|export) (type )?(?:[^"';]*? from )?"([^"]+)";/gm;
const DYNAMIC = /\bawait import\((?:"([^"]+)")?/g;

const imports: readonly Import[] = files.flatMap(({ file, text }) => {
  const found = [
    ...[...text.matchAll(STATIC)].map(([all, type, specifier = ""]) => ({
      specifier,
      isType: type !== undefined || /^import \{(?: type \w+,?| type \w+ as \w+,?)+ \}/.test(all),
    })),
    ...[...text.matchAll(DYNAMIC)].map(([, specifier = "(computed)"]) => ({
      specifier,
      isType: false,
    })),
  ];
  return found.map(({ specifier, isType }) => {
    const { part, target } = partOfSpecifier(file, specifier);
    return { file, from: partOf(file), to: part, target, isType };
  });
});

describe("the source", () => {
  it("is found, with its imports", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports).toContainEqual({
      file: "domain/fold/evolve.ts",
      from: "domain/fold",
      to: "domain/fold",
      target: "domain/fold/state.ts",
      isType: true,
    });
    const counted = files.flatMap(
      ({ text }) => text.match(/^(?:import|export)\b.* from "/gm) ?? [],
    );
    const multiline = files.flatMap(({ text }) => text.match(/^\} from "/gm) ?? []);
    const dynamic = files.flatMap(({ text }) => text.match(/\bawait import\(/g) ?? []);
    expect(imports).toHaveLength(counted.length + multiline.length + dynamic.length);
  });

  it("has only parts that the list names", () => {
    const parts = [...new Set(files.map(({ file }) => partOf(file)))];
    expect(parts.sort()).toEqual(Object.keys(LAYERS).sort());
  });
});

describe("imports", () => {
  const order = Object.keys(LAYERS);
  const edge = ({ file, to }: Import): string => `${file} -> ${to}`;
  const isOfSource = ({ to }: Import): boolean => order.includes(to);
  const startsWith = (name: string, prefixes: readonly string[]): boolean =>
    prefixes.some((prefix) => name === prefix || name.startsWith(prefix));

  it("of folders run down only", () => {
    const up = imports.filter(
      (one) => isOfSource(one) && order.indexOf(one.to) > order.indexOf(one.from),
    );
    expect(up.map(edge)).toEqual([]);
  });

  const besides = imports.filter((one) =>
    ONLY.some(
      ([from, may]) =>
        one.from.startsWith(from) && isOfSource(one) && !startsWith(one.to, [...may, from]),
    ),
  );

  it("of the core, the readers, the folds and the command line keep to their own", () => {
    expect(besides.map(edge).filter((one) => !DEBT.includes(one))).toEqual([]);
  });

  it("have no debt that is paid and still listed", () => {
    expect(DEBT.filter((one) => !besides.some((other) => edge(other) === one))).toEqual([]);
  });

  it("of formats are made by the list of formats and by platforms alone", () => {
    const knowing = imports.filter(
      ({ from, to }) => startsWith(to, FORMATS) && !startsWith(from, KNOW_FORMATS),
    );
    expect(knowing.map(edge)).toEqual([]);
  });

  it("of packages are those of the list, and each one of it is used", () => {
    const used = new Map(order.map((folder) => [folder, new Set<string>()]));
    for (const one of imports) if (!isOfSource(one)) used.get(one.from)?.add(one.to);
    expect(
      Object.fromEntries([...used].map(([folder, names]) => [folder, [...names].sort()])),
    ).toEqual(
      Object.fromEntries(
        Object.entries(LAYERS).map(([folder, names]) => [folder, [...names].sort()]),
      ),
    );
  });

  it("of better-sqlite3 are types above the store", () => {
    const running = imports.filter(
      ({ from, to, isType }) =>
        to === "better-sqlite3" && !isType && startsWith(from, SQLITE_IN_TYPES),
    );
    expect(running.map(edge)).toEqual([]);
  });

  it("make no cycle between files, types aside", () => {
    const running = imports.filter(({ isType }) => !isType);
    const graph = new Map(
      files.map(({ file }) => [
        file,
        running.filter((one) => one.file === file).map(({ target }) => target),
      ]),
    );
    expect(cycleIn(graph)).toBeNull();
  });
});

describe("exports", () => {
  it("have names: no default, no `export *`", () => {
    const nameless = /^export (?:default\b|\*)|\bas default\b/m;
    expect(files.filter(({ text }) => nameless.test(text)).map(({ file }) => file)).toEqual([]);
  });
});

/** The first cycle of a graph, or null. */
function cycleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== null) return cycle;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
