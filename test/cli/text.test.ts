// Text for people: what it names can be searched in the trace, and is spelled in one way.

import { beforeAll, describe, expect, test } from "vitest";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const TRACE = "6.16-m2-mono-standard";
const RAW = shippedText(TRACE).split("\n");

beforeAll(() => {
  expect(irqtwin(["import", shippedPath(TRACE), "--db", db]).status).toBe(0);
});

const run = (...args: readonly string[]): string => irqtwin([...args, "--db", db]).stdout;

describe("a line of log", () => {
  test.each([[[]], [["--oneline"]]])(
    "names its line, time and function in the trace %s",
    (more) => {
      const lines = run("log", ...more)
        .trimEnd()
        .split("\n");
      expect(lines.length).toBeGreaterThan(3000);
      for (const line of lines) {
        const [, number = "", time = ""] = /^@\d+ +line:(\d+) +(\S+) /.exec(line) ?? [];
        expect(RAW[Number(number) - 1]).toContain(` ${time}: `);
        expect(line).toMatch(/ \w+ \w+\(\)/);
      }
    },
  );

  test("names the function that its cause stands for", () => {
    const text = run("log", "--kind", "irte_written", "--cause", "routing change", "-n", "1");
    expect(text).toMatch(
      / __modify_irte_ga\(\) .* <- routing change @\d+ kvm_set_irq_routing\(\)$/m,
    );
  });
});

test("blame names the line, the time and the functions of each write", () => {
  const rows = run("blame", "00:08.0/0", "--at", "-1s").trimEnd().split("\n").slice(1);
  expect(rows.length).toBeGreaterThan(4);
  for (const row of rows) {
    const [, number = "", time = ""] = / line:(\d+) +(\S+) /.exec(row) ?? [];
    expect(RAW[Number(number) - 1]).toMatch(new RegExp(` ${time}: (irte_write|ir_|irte_)`));
    expect(row).toMatch(/ __modify_irte_ga\(\) /);
  }
});
