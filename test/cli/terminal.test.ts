// Nothing that a recording, a file name or a command line holds reaches a terminal as a control character.

import { spawnSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { harmless } from "../../src/base/harmless.js";
import { harmlessJson, table } from "../../src/cli/output.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedText } from "../support/shipped.js";

const scratch = new Scratch();

/** An escape sequence, C1, a mark that turns text around, and a separator of lines. */
const HOSTILE = "\u001b]0;x\u0007\u009b31m\u202e\u2066\u2028";
/** As bytes of a task's name: at most 15. */
const NAME = "\u001b[2J\u009b1m\u202e";
const RAW =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe("a character that a terminal obeys", () => {
  test("is written out in text, and escaped in JSON without changing the value", () => {
    expect(harmless(HOSTILE)).toBe("\\x1b]0;x\\x07\\x9b31m\\u202e\\u2066\\u2028");
    expect(harmlessJson({ a: HOSTILE })).not.toMatch(RAW);
    expect(JSON.parse(harmlessJson({ a: HOSTILE }))).toEqual({ a: HOSTILE });
  });

  test("is never printed, whatever the recording and its name hold", () => {
    const text = shippedText("6.17-s1-one").replaceAll("piwl-", `${NAME}-`);
    expect(text).toContain(NAME);
    const plain = scratch.path(".txt");
    writeFileSync(plain, text);
    const file = join(dirname(plain), `${HOSTILE}.txt`);
    renameSync(plain, file);
    const db = scratch.path(".db");
    const commands = [
      ["import", file],
      ["import", file, "--json"],
      ["import", `${file}.none`],
      ...[["info"], ["at", "end"], ["log"], ["log", "--json"], ["check"], ["check", "--json"]],
      ...[
        ["blame", "00:08.0/0"],
        ["audit", "--by", "task"],
        ["audit", "--by", "task", "--json"],
      ],
      ...[
        ["query", "SELECT * FROM v_event"],
        ["query", "SELECT * FROM v_event", "--json"],
      ],
      ...[["verify"], ["at", HOSTILE], ["log", "--task", HOSTILE], [HOSTILE], ["query", HOSTILE]],
      ["check", "--rules", HOSTILE],
    ];
    for (const command of commands) {
      const { status, stdout, stderr } = irqtwin([...command, "--db", db]);
      const about = JSON.stringify(command);
      expect(stdout, about).not.toMatch(RAW);
      expect(stderr, about).not.toMatch(RAW);
      expect([0, 1, 2, 3, 4], about).toContain(status);
    }
  });
});

describe("a table", () => {
  test("may have any number of rows", () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => [i]);
    expect(table(["n"], rows)).toHaveLength(200_001);
  });
});

describe("CSV for spreadsheets", () => {
  test("has no cell that would be run as a formula", () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", shippedText("6.17-s1-one"));
    irqtwin(["import", file, "--db", db]);
    const sql = "SELECT '=1+1', '+a', '-b', '@c', -5, 'plain', NULL";
    const rows = (...more: readonly string[]): string =>
      irqtwin(["query", sql, "--format", "csv", "--db", db, ...more]).stdout.split("\n")[1] ?? "";
    expect(rows()).toBe("=1+1,+a,-b,@c,-5,plain,");
    expect(rows("--spreadsheet")).toBe("'=1+1,'+a,'-b,'@c,-5,plain,");
  });

  test("and a limit of time that no timer can keep is refused", () => {
    const ran = irqtwin(["query", "SELECT 1", "--seconds", "9999999"]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/--seconds 9999999 is more than/);
  });
});

describe("a pipe as input", () => {
  test.each([
    "import <(zcat data/6.17-s1-one.txt.gz)",
    "zcat data/6.17-s1-one.txt.gz | irqtwin_ /dev/stdin",
  ])("is read once: %s", (shell) => {
    const db = scratch.path(".db");
    const run = `node dist/bin/main.js import`;
    const script = shell.replace("irqtwin_", run).replace(/^import/, run);
    const ran = spawnSync("bash", ["-c", `${script} --db ${db} --json`], { encoding: "utf8" });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    const whole = irqtwin([
      "import",
      "data/6.17-s1-one.txt.gz",
      "--db",
      scratch.path(".db"),
      "--json",
    ]);
    const linesOf = (text: string): unknown => (JSON.parse(text) as { lines: unknown }).lines;
    expect(linesOf(ran.stdout)).toEqual(linesOf(whole.stdout));
  });

  test("but not a device", () => {
    for (const device of ["/dev/zero", "/dev/null"]) {
      const ran = irqtwin(["import", device, "--db", scratch.path(".db")]);
      expect(ran.status).toBe(3);
      expect(ran.stderr).toMatch(/is a device.*\(ERR_INPUT_UNREADABLE\)\n$/);
    }
  });
});
