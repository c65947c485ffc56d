// `--json` on every command means JSON, and no other format beside it.

import { describe, expect, it } from "vitest";
import { SCHEMA } from "../../src/index.js";
import { irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
irqtwin(["import", shippedPath("6.16-m2-mono-standard"), "--db", db]);

describe("--json", () => {
  it("makes audit --sql a document with the statement", () => {
    const text = irqtwin(["audit", "--sql", "--db", db]).stdout.trimEnd();
    const document = json(irqtwin(["audit", "--sql", "--json", "--db", db]));
    expect(document).toEqual({ by: "cause", sql: text.replace(/;$/, "") });
  });

  it.each(["check --format tap", "query v_gap --format csv", "explain F1 --format mail"])(
    "is refused beside another format: %s",
    (command) => {
      const ran = irqtwin([...command.split(" "), "--json", "--db", db]);
      expect(ran).toMatchObject({ status: 2, stdout: "" });
      expect(ran.stderr).toMatch(/--json and --format \w+ .*ERR_USAGE/);
    },
  );

  it("is the same as --format json, and may stand beside it", () => {
    const by = (...options: readonly string[]): string =>
      irqtwin(["check", ...options, "--db", db]).stdout;
    expect(by("--json", "--format", "json")).toBe(by("--json"));
    expect(by("--format", "json")).toBe(by("--json"));
  });

  it("makes demo a story of documents, one a line", () => {
    const { stdout, status } = irqtwin(["demo", "--json"]);
    expect(status).toBe(0);
    const told = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { text?: string; command?: string; output?: unknown[] });
    const commands = told.filter(({ command }) => command !== undefined);
    expect(commands.length).toBeGreaterThan(5);
    for (const { output } of commands) expect(output?.length).toBeGreaterThan(0);
    expect(told.filter(({ text }) => text !== undefined).length).toBeGreaterThan(5);
  });
});

describe("the help of query", () => {
  it("names every view", () => {
    const { stdout } = irqtwin(["query", "--help"]);
    const views = SCHEMA.filter(({ kind }) => kind === "view").map(({ name }) => name);
    expect(views.length).toBeGreaterThan(8);
    for (const view of views) expect(stdout).toMatch(new RegExp(`\\b${view}\\b`));
  });
});

describe("the examples of a WHEN", () => {
  it.each(["16.519052", "16519052000ns", "-50ms", "end"])(
    "%s is a moment of the recording",
    (when) => {
      expect(irqtwin(["at", when, "--db", db]).status).toBe(0);
    },
  );
});
