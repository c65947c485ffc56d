// Who may import whom. The table is the architecture; a new edge is a decision to be made here.

import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";

/** What a folder may import besides itself: folders, top-level files, packages, `node:NAME`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  domain: [],
  platforms: ["base", "domain", "projections", "rxjs"],
  ftrace: ["base", "domain", "platforms"],
  projections: ["domain", "rxjs"],
  timeline: [
    ...["base", "domain", "ftrace", "platforms", "projections"],
    ...["better-sqlite3", "kysely", "rxjs"],
    ...["node:child_process", "node:crypto", "node:fs", "node:os", "node:path"],
    ...["node:stream", "node:timers/promises", "node:url", "node:zlib"],
  ],
  query: ["base", "domain", "platforms", "timeline"],
  check: ["base", "domain", "platforms", "timeline", "query"],
  "twin-findings.ts": ["base", "platforms", "timeline", "query", "check"],
  "twin.ts": [
    ...["domain", "platforms", "projections", "timeline", "query", "check", "rxjs"],
    ...["twin-findings.ts"],
  ],
  "index.ts": [
    ...["base", "domain", "platforms", "timeline", "query", "check"],
    ...["twin-findings.ts", "twin.ts"],
  ],
  cli: [
    ...["base", "index.ts"],
    ...[
      "node:child_process",
      "node:fs",
      "node:os",
      "node:path",
      "node:url",
      "node:util",
      "node:worker_threads",
    ],
  ],
};

/** What a folder may name in a type and not run. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = {
  query: ["better-sqlite3"],
  check: ["better-sqlite3"],
  "twin-findings.ts": ["better-sqlite3"],
  "twin.ts": ["better-sqlite3"],
};

/** Edges that should not be there, file by file. An entry that no longer holds must go. */
const DEBT: readonly string[] = [
  // The worker opens the file itself, for a connection of its own that can be interrupted.
  "cli/query-worker.ts -> timeline",
];

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
  .filter((file) => file.endsWith(".ts"))
  .sort()
  .map((file) => ({ file, text: readFileSync(new URL(file, SRC), "utf8") }));

/** The part of the source that a file belongs to: its folder, or itself at the top. */
function partOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function partOfSpecifier(file: string, specifier: string): { part: string; target: string } {
  if (!specifier.startsWith(".")) return { part: specifier, target: specifier };
  const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, ".ts");
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
      from: "domain",
      to: "domain",
      target: "domain/fold/state.ts",
      isType: true,
    });
    const counted = files.flatMap(
      ({ text }) => text.match(/^(?:import|export)\b.* from "/gm) ?? [],
    );
    const multiline = files.flatMap(({ text }) => text.match(/^\} from "/gm) ?? []);
    expect(imports).toHaveLength(counted.length + multiline.length);
  });

  it("has only parts that the table names", () => {
    expect([...new Set(files.map(({ file }) => partOf(file)))].sort()).toEqual(
      Object.keys(MAY_IMPORT).sort(),
    );
  });
});

describe("imports", () => {
  const forbidden = imports.filter(({ from, to, isType }) => {
    const allowed = [
      ...(MAY_IMPORT[from] ?? []),
      ...(isType ? (MAY_IMPORT_TYPES[from] ?? []) : []),
    ];
    return from !== to && !allowed.includes(to);
  });
  const edge = ({ file, to }: Import): string => `${file} -> ${to}`;

  it("are those of the table", () => {
    expect(forbidden.map(edge).filter((one) => !DEBT.includes(one))).toEqual([]);
  });

  it("have no debt that is paid and still listed", () => {
    expect(DEBT.filter((one) => !forbidden.some((other) => edge(other) === one))).toEqual([]);
  });

  it("use each entry of the table: an edge that nothing takes is not allowed", () => {
    const unused = Object.entries(MAY_IMPORT).flatMap(([from, targets]) =>
      targets
        .filter((to) => !imports.some((one) => one.from === from && one.to === to))
        .map((to) => `${from} -> ${to}`),
    );
    expect(unused).toEqual([]);
  });

  it("make no cycle between folders", () => {
    expect(
      cycleIn(new Map(Object.keys(MAY_IMPORT).map((part) => [part, edgesOf(part)]))),
    ).toBeNull();
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

  function edgesOf(part: string): readonly string[] {
    const targets = imports.filter(({ from, to }) => from === part && to !== part);
    return targets.map(({ to }) => to);
  }
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
