// The library's messages name its own options; the command line says them as its flags.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { inFlags } from "../../src/cli/flags.js";
import { openTimeline, type TwinError } from "../../src/index.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));
/** These folders write for who types commands. */
const OF_THE_COMMAND_LINE = /^(?:cli|launch)\//;
/** What a capture's plan says is said by the library too. */
const OF_PLANS = /^capture\/(?:plan|host\/(?!copy-lines))/;
const scratch = new Scratch();

/** The texts of a file that are no comment, with a mark for what is put in. */
function textsOf(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023);
  const texts: string[] = [];
  const add = (each: ts.Expression): void => {
    if (!ts.isConditionalExpression(each)) texts.push(each.getText(source));
    else [each.whenTrue, each.whenFalse].forEach(add);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText(source) === "TwinError")
      node.arguments?.forEach(add);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return texts;
}

describe("an error of the library", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !OF_THE_COMMAND_LINE.test(file),
  );
  const texts = files.flatMap((file) => textsOf(join(SOURCES, file)));

  test("names no flag, but in a whole command", () => {
    expect(texts.length).toBeGreaterThan(80);
    const commands = /(?<!^)\\?`(?:irqtwin|perf|trace-cmd) [^`]*\\?`/g;
    expect(texts.filter((text) => / --[a-z]/.test(` ${text.replace(commands, "")}`))).toEqual([]);
  });

  test("names no flag in what it says of a capture", () => {
    const plans = files.filter((file) => OF_PLANS.test(file));
    expect(plans.length).toBeGreaterThan(10);
    const said = plans.flatMap((file) =>
      readFileSync(join(SOURCES, file), "utf8")
        .split("\n")
        .filter((line) => !/^\s*(?:\*|\/[/*])/.test(line) && /["`].*[ (]--[a-z]/.test(line)),
    );
    expect(said).toEqual([]);
  });

  test("names an option in backticks, and each has a flag", () => {
    const named = texts.flatMap((text) =>
      [...text.matchAll(/\\?`([a-z][A-Za-z.]*)(?:: \$\{[\w.]+\})?\\`/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(named).toEqual(expect.arrayContaining(["since", "until", "clockHz", "supersedes"]));
    const unknown = named.filter((name) => inFlags(`\`${name}\``) === `\`${name}\``);
    expect(unknown.filter((name) => !["irqtwin", "create"].includes(name))).toEqual([]);
  });

  test("says flags on the command line, and its own names in the library", async () => {
    const db = scratch.path(".db");
    expect(irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]).status).toBe(0);
    const said = irqtwin(["log", "--since", "@9", "--until", "@5", "--db", db]).stderr;
    expect(said).toContain("error: --since @9 is after --until @5: no event is between (ERR_WHEN)");
    const timeline = await openTimeline(db);
    const thrown = (): unknown => {
      try {
        return timeline.recording().log({ since: "@9", until: "@5" });
      } catch (error) {
        return (error as TwinError).message;
      }
    };
    expect(thrown()).toBe("`since: @9` is after `until: @5`: no event is between");
    timeline.close();
  });
});

test("what is no option stays as it is", () => {
  expect(inFlags("run `irqtwin verify`: `rules: 6.17` and `clockHz`")).toBe(
    "run `irqtwin verify`: --rules 6.17 and --clock-hz",
  );
});
