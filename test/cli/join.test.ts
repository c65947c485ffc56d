// `irqtwin import --join`: several files become one recording, or none.

import { expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const lines = shippedLines("6.17-s1-one").map((line) => `${line}\n`);

test("rotated files become the recording of the whole, which is then known", () => {
  const db = scratch.path(".db");
  const newer = scratch.file(".txt", lines.slice(900).join(""));
  const older = scratch.file(".txt", lines.slice(0, 1000).join(""));
  const ran = irqtwin(["import", newer, older, "--join", "--db", db]);
  expect(ran.status, ran.stderr).toBe(EXIT.ok);
  expect(ran.stdout).toMatch(
    new RegExp(`^\\d+.txt and 1 more: recording 1.*\\n  ${lines.length} lines`),
  );
  const whole = irqtwin(["import", scratch.file(".txt", lines.join("")), "--db", db]);
  expect(whole.stdout).toContain("already imported");
});

test("files that are no parts of one trace leave nothing", () => {
  const db = scratch.path(".db");
  const other = shippedLines("7.3-s2-two").join("\n");
  const files = [lines.join(""), other].map((text) => scratch.file(".txt", text));
  const ran = irqtwin(["import", ...files, "--join", "--db", db]);
  expect(ran.status).toBe(EXIT.misuse);
  expect(ran.stderr).toContain("(ERR_JOIN)");
  expect(() => rowsOf(db, "SELECT * FROM recording")).toThrow();
});
