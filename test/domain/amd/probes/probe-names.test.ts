// No probe is named outside of the probe table: what knows a name twice forgets one of them.

import { readFileSync, readdirSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { PROBES } from "../../../../src/domain/amd/probes/probes.js";
import { EVENT_KINDS } from "../../../../src/domain/events/kinds.js";

const SRC = new URL("../../../../src/", import.meta.url);
const TABLE = /^domain\/amd\/probes(?:\.ts$|\/)/;

/**
 * Tables below the probe table whose texts have a word of the kernel's that is also a name there: the event
 * kinds, which a migration stores too, and the titles of patches and differences.
 */
const KERNEL_WORDS: Readonly<Record<string, readonly string[]>> = {
  // What a bug costs is counted where that tracepoint was on. A test holds it to be a probe.
  "domain/amd/invariants/known-bugs.ts": ["kvm_avic_ga_log"],
  "domain/amd/releases/patches.ts": ["kvm_pi_irte_update"],
  "domain/amd/releases/releases.ts": ["del_producer"],
  "domain/events/kinds.ts": [
    "kvm_msi_set_irq",
    "kvm_pi_irte_update",
    "kvm_vcpu_wakeup",
    "sched_switch",
  ],
  // perf prints the tracepoint's own name, and its line tells the thread.
  "perf/unusable.ts": ["sched_switch"],
  "query/sql/schema-views.ts": ["kvm_vcpu_wakeup"],
  "ftrace/readers/markers.ts": ["tracing_mark_write"],
};

/** Names of one word say other things too, and a kind of event may have its probe's name. */
const NAMES = new Set<string>(
  PROBES.map(({ name }) => name).filter((name) => name.includes("_") && !(name in EVENT_KINDS)),
);

const isLiteral = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateHead(node) ||
  ts.isTemplateMiddleOrTemplateTail(node) ||
  ts.isRegularExpressionLiteral(node) ||
  ts.isJsxText(node);

const isKey = (node: ts.Node): boolean =>
  ts.isIdentifier(node) &&
  "name" in node.parent &&
  node.parent.name === node &&
  (ts.isPropertyAssignment(node.parent) || ts.isShorthandPropertyAssignment(node.parent));

/** The probes that the literals and object keys of a source name; `function()` is the kernel's function. */
function namesIn(source: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isLiteral(node) || isKey(node)) {
      for (const { 0: word } of node.getText().matchAll(/\w+(?!\w|\(\))/g))
        if (NAMES.has(word)) found.push(word);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true));
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort();

describe("the names of probes", () => {
  it("are found wherever a source can have them", () => {
    expect(NAMES.size).toBeGreaterThan(130);
    for (const source of [
      'f("irte_write")',
      "f('no irte_write probe')",
      "f(`no ${a} irte_write`)",
      "f(`irte_write ${a}`)",
      "f(`${a} irte_write ${b}`)",
      "/ irte_write: (\\d+)/.test(a)",
      "const a = { irte_write: 1 }",
      'const a = { "irte_write": 1 }',
    ])
      expect(namesIn(source), source).toEqual(["irte_write"]);
  });

  it("are not what stands in comments, in accesses, and in the names of kernel functions", () => {
    for (const source of [
      "// irte_write",
      "f(PROBE.irte_write)",
      "const a = { [PROBE.irte_write]: 1 }",
      'f("avic_vcpu_load(), amd/avic.c")',
      'f("irte_written", "vcpu_put", "map", "print")',
    ])
      expect(namesIn(source), source).toEqual([]);
  });

  it.each(files.filter((file) => !TABLE.test(file)))("do not stand in src/%s", (file) => {
    const found = namesIn(readFileSync(new URL(file, SRC), "utf8"));
    const words = KERNEL_WORDS[file] ?? [];
    expect([...new Set(found)].sort()).toEqual([...words].sort());
  });
});
