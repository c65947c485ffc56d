// A kernel release is one column of the release table: a made-up 6.99, equal to 6.18, is added to the text of
// that file and to nothing else, and the program that is built from it judges by 6.99 as it does by 6.18.

import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { type PluginBuild } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../bundle.config.js";
import { type CheckReport } from "../../src/index.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TABLE = "src/domain/amd/releases/releases.ts";
const scratch = new Scratch();
const installation = scratch.path("-6.99");
const main = join(installation, "dist/bin/main.js");

/** The file with one more column: its head, and in each row the cell of 6.18 once more at the end. */
function withColumn(text: string): string {
  const head = text.replace(/^ {2}\["7\.3", .*\],\n/m, '$&  ["6.99", "6.99"],\n');
  const cell = /((?:yes|no), +)((?:yes|no))\),$/gm;
  return head.replace(cell, (_, before: string, last: string) => {
    return `${before}${last}, ${before.replace(/[, ]/g, "")}),`;
  });
}

beforeAll(async () => {
  mkdirSync(installation);
  cpSync(join(ROOT, "package.json"), join(installation, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(installation, "node_modules"));
  const plugins = [
    {
      name: "one more column",
      setup: (edited: PluginBuild) => {
        edited.onLoad({ filter: /releases\/releases\.ts$/ }, ({ path }) => ({
          contents: withColumn(readFileSync(path, "utf8")),
          loader: "ts",
        }));
      },
    },
  ];
  await bundle(join(installation, "dist/bin"), { plugins });
});

/** Runs the program that knows 6.99. */
function run(...args: readonly string[]): string {
  const { status, stdout, stderr } = irqtwin(args, { main });
  expect(stderr).toBe("");
  expect([0, 1]).toContain(status);
  return stdout;
}

function checked(name: string, rules: string): CheckReport {
  const db = scratch.path(".db");
  run("import", shippedPath(name), "--db", db, "--rules", rules, "--json");
  return JSON.parse(run("check", "--db", db, "--json")) as CheckReport;
}

describe("a release that is one column", () => {
  it("really is one: the table has a cell more in each row, and nothing else was edited", () => {
    const text = readFileSync(join(ROOT, TABLE), "utf8");
    const lines = text.split("\n");
    const edited = withColumn(text).split("\n");
    const changed = edited.filter((line) => !lines.includes(line));
    const rows = [...text.matchAll(/^ {2}\w+: row\(/gm)].length;
    expect(rows).toBeGreaterThan(5);
    expect(changed).toHaveLength(1 + rows);
  });

  it.each(["6.17-x-uaf-crash", "6.18-s1-one"])(
    "judges %s as the release that it equals does: findings, and invariants that were checked",
    (name) => {
      const report = checked(name, "6.99");
      const like = { rules: "6.99", rules_allowed: ["6.99"] };
      expect(report).toEqual({ ...checked(name, "6.18"), ...like });
      expect(report.invariants.filter((each) => each.checked > 0).length).toBeGreaterThan(15);
    },
  );

  it("has a kernel of its own, a tag that names its vCPUs, and a timeline that verifies", () => {
    const db = scratch.path(".db");
    const trace = shippedPath("6.18-s1-one");
    run("import", trace, "--db", db, "--kernel", "6.99.1", "--json");
    const sqlite = new Database(db, { readonly: true });
    const row = sqlite
      .prepare<[], { named: number; posted: number }>(
        "SELECT count(vcpu_id) AS named, count(*) AS posted FROM v_irte WHERE mode = 'posted'",
      )
      .get();
    sqlite.close();
    expect(row?.posted).toBeGreaterThan(0);
    expect(row?.named).toBe(row?.posted);
    expect(JSON.parse(run("verify", "--db", db, "--json"))).toMatchObject({ verdict: "intact" });
    expect(run("rules", "6.18", "6.99")).not.toMatch(/only, patch/);
    expect(run("first", "I10", "--db", db, "--json")).not.toMatch(/never holds/);
  });
});
