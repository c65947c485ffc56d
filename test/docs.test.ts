// README says what the program does: every command, error code, view column.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../src/base/errors.js";
import { migrationFiles } from "../src/timeline/open/migrate.js";
import { COOKBOOK } from "../src/query/sql/cookbook.js";
import { irqtwin } from "./support/irqtwin.js";
import { Scratch } from "./support/scratch.js";

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("README", () => {
  it.each(Object.entries(ERROR_CODES))("gives %s and its exit status", (code, status) => {
    expect(README).toContain(`| ${code} | ${status} |`);
  });

  it("names every command of --help", () => {
    const help = irqtwin(["--help"]).stdout;
    const commands = [...help.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(5);
    for (const name of commands) expect(README).toMatch(new RegExp(`\\| \`${name}[ \`]`));
  });

  it("says of every command whether --json prints a document or lines, as its help does", () => {
    const [, said = ""] = /`--json` and `--help`\. (With `--json`[^]*?)\n\n|$/.exec(README) ?? [];
    const [documents = "", lines = ""] = said.split("The others");
    const help = irqtwin(["--help"]).stdout;
    for (const [, name = ""] of help.matchAll(/^ {2}(\w+) {2,}/gm)) {
      const text = irqtwin([name, "--help"]).stdout;
      const [, of] = /--json +print JSON Lines: one for (.+)$/m.exec(text) ?? [];
      const isDocument = /--json +print one JSON document$/m.test(text);
      expect([name, isDocument], text).toEqual([name, of === undefined]);
      expect(isDocument ? documents : lines, name).toContain(`\`${name}\``);
      if (of !== undefined)
        expect(lines.replace(/\s+/g, " ")).toMatch(new RegExp(`\`${name}\` (one )?for ${of}`));
    }
  });

  it("shows a session as the program runs it", () => {
    const [, session = ""] = /^This is real output[^]*?```console\n([^]*?)```/m.exec(README) ?? [];
    const scratch = new Scratch();
    const env = { IRQTWIN_DB: scratch.path(".db") };
    const steps = session.split(/^\$ irqtwin /m).slice(1);
    expect(steps.length).toBeGreaterThan(4);
    for (const step of steps) {
      const [command = "", ...shown] = step.trimEnd().split("\n");
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? "");
      const untimed = (text: string): string => text.trimEnd().replace(/[\d.]+ s$/m, "");
      expect(untimed(irqtwin(words, { env }).stdout)).toBe(untimed(shown.join("\n")));
    }
  });

  it("lists the cookbook, and shows answers as the program gives them", () => {
    const golden = readFileSync(
      new URL("./query/sql/cookbook.golden.txt", import.meta.url),
      "utf8",
    );
    for (const { id, question } of COOKBOOK)
      expect(README).toMatch(new RegExp(`\\| \`${id}\` +\\| ${question.replaceAll("?", "\\?")}`));
    for (const id of ["stale-links", "posting"]) {
      const question = COOKBOOK.find((each) => each.id === id)?.question ?? "";
      const [, rest = ""] = golden.split(`${id}: ${question}\n`);
      expect(README).toContain(rest.split("\n\n")[0]?.trimEnd());
    }
  });

  it("lists the columns of the views that it describes column by column", () => {
    const sqlite = new Database(":memory:");
    for (const { sql } of migrationFiles()) sqlite.exec(sql);
    for (const view of ["v_event", "v_irte", "v_irte_change", "v_vcpu", "v_link", "v_route"]) {
      const row = README.split("\n").find((line) => line.startsWith(`| \`${view}\``)) ?? "";
      const listed = [...row.matchAll(/\b[a-z_]+\b/g)].map(([word]) => word);
      const columns = sqlite.prepare<[], { name: string }>(`PRAGMA table_info(${view})`).all();
      const missing = columns.filter(({ name }) => !listed.includes(name)).map(({ name }) => name);
      expect(missing, view).toEqual([]);
    }
  });
});
