// Help, completion and pages for man come from one table; what was meant is said.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EVENT_KINDS, CAUSES, TRANSITIONS } from "../../src/index.js";
import { irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const COMMANDS = (json(irqtwin(["help", "--json"])) as { name: string }[]).map(({ name }) => name);

describe("help", () => {
  test.each(COMMANDS)("help %s is what --help prints", (name) => {
    const { stdout } = irqtwin([name, "--help"]);
    expect(irqtwin(["help", name]).stdout).toBe(stdout);
  });

  test("help of one command as JSON is its part of that of all", () => {
    expect((json(irqtwin(["help", "log", "--json"])) as { name: string }).name).toBe("log");
  });

  test("log --help says what each kind, cause and rule means, with its kernel function", () => {
    const { stdout } = irqtwin(["log", "--help"]);
    const [, words = ""] = stdout.split("\nkinds of event");
    const meant = (word: string): string =>
      new RegExp(`^  ${word}  +(.*(?:\\n   .*)*)`, "m").exec(words)?.[1] ?? "";
    for (const kind of Object.keys(EVENT_KINDS)) {
      if (!kind.endsWith("_anchored") && kind !== "events_lost")
        expect(meant(kind), kind).toMatch(/\w+\(/);
    }
    for (const cause of CAUSES) expect(meant(cause), cause).toMatch(/\w+\(\)/);
    for (const { id } of TRANSITIONS) expect(meant(id), id).toMatch(/\w+\(\)/);
    for (const line of words.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe("the version", () => {
  test("as JSON names the rules and the kernels that they are for", () => {
    const document = json(irqtwin(["--version", "--json"])) as {
      version: string;
      rules: { id: string; kernels: string[] }[];
    };
    expect(irqtwin(["--version"]).stdout).toBe(`irqtwin ${document.version}\n`);
    expect(document.rules.find(({ id }) => id === "7.3")?.kernels).toContain("6.19");
  });
});

describe("options", () => {
  test("may stand before the command", () => {
    const db = scratch.path(".db");
    const trace = shippedPath("6.17-s1-one");
    expect(irqtwin(["--db", db, "import", trace]).status).toBe(0);
    const after = irqtwin(["log", "-n", "3", "--json", "--db", db]);
    expect(after.stdout).not.toBe("");
    expect(irqtwin(["--json", `--db=${db}`, "log", "-n", "3"])).toEqual(after);
    expect(irqtwin(["--db", db]).status).toBe(2);
  });
});

describe("what may have been meant", () => {
  test.each([
    [["lgo"], "log"],
    [["help", "chekc"], "check"],
    [["log", "--irtee", "x"], "--irte"],
    [["check", "--colour", "never"], "--color"],
    [["rules", "6.177"], "6.17"],
    [["check", "--only", "I111"], "I11"],
    [["check", "--format", "jnuit"], "junit"],
    [["query", "--recipe", "postng"], "posting"],
  ])("by %j is said", (args, meant) => {
    const { status, stderr } = irqtwin(args);
    expect(status).toBe(2);
    expect(stderr).toContain(`(did you mean ${meant}?)`);
  });

  test("is not said of a word that is like none, or like several", () => {
    expect(irqtwin(["frobnicate"]).stderr).not.toContain("did you mean");
    expect(irqtwin(["rules", "6.71"]).stderr).not.toContain("did you mean");
  });
});

describe("completion", () => {
  const script = irqtwin(["completion", "bash"]).stdout;
  const completed = (...words: readonly string[]): string[] => {
    const list = ["irqtwin", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _irqtwin; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" });
    expect(ran.stderr).toBe("");
    return ran.stdout.split("\n").filter((word) => word !== "");
  };

  test("of bash knows commands, options, their words and files", () => {
    expect(completed("")).toEqual(expect.arrayContaining(COMMANDS));
    expect(completed("che")).toEqual(["check"]);
    expect(completed("log", "--ki")).toEqual(["--kind"]);
    expect(completed("log", "--kind", "irte_w")).toEqual(["irte_written"]);
    expect(completed("--db", "x.db", "explain", "--form")).toEqual(["--format"]);
    expect(completed("import", "./packag")).toContain("./package.json");
    expect(completed("help", "comp")).toEqual(["completion"]);
  });

  test.each(["zsh", "fish"])("of %s has every command", (shell) => {
    const { status, stdout } = irqtwin(["completion", shell]);
    expect(status).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`\\b${name}\\b`));
    if (spawnSync(shell, ["--version"]).error === undefined) {
      const ran = spawnSync(shell, ["-n", "/dev/stdin"], { input: stdout, encoding: "utf8" });
      expect(ran.stderr).toBe("");
    }
    const other = irqtwin(["completion", "tcsh"]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain(
      "no completion for tcsh: the shells that have one are bash, zsh",
    );
  });
});

describe("pages for man", () => {
  test("are one for each command and one for the program, and man reads them without a warning", () => {
    const folder = scratch.path("");
    expect(irqtwin(["help", "--man", "--to", folder]).status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(
      ["irqtwin.1", ...COMMANDS.map((name) => `irqtwin-${name}.1`)].sort(),
    );
    expect(irqtwin(["help", "--man", "log"]).stdout).toBe(
      readFileSync(`${folder}/irqtwin-log.1`, "utf8"),
    );
    const groff = spawnSync("groff", ["--version"]);
    if (groff.error !== undefined) return;
    for (const name of readdirSync(folder)) {
      const ran = spawnSync("groff", ["-man", "-ww", "-Tascii", "-z", `${folder}/${name}`], {
        encoding: "utf8",
      });
      expect(
        ran.stderr.replaceAll(/.*(?:cannot (?:adjust|break)|can't break).*\n/g, ""),
        name,
      ).toBe("");
    }
  });
});
