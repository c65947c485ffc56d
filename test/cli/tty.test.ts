// What a terminal gets: a pager, colour, and lines that are cut. A pipe gets none of it.

import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { MAIN, irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const hasScript = spawnSync("script", ["--version"]).status === 0;
const ESC = "\u001b";

beforeAll(() => {
  expect(irqtwin(["import", shippedPath("6.17-x-uaf-crash"), "--db", db]).status).toBe(0);
});

/** Runs the program on a terminal of 80 columns; its status and what the terminal showed. */
function onTerminal(
  args: string,
  env: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly shown: string } {
  const command = `stty cols 80; exec "${process.execPath}" "${MAIN}" ${args} --db "${db}"`;
  const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, TERM: "xterm", NO_COLOR: "", PAGER: "", ...env },
  });
  return { status, shown: stdout.replaceAll("\r\n", "\n") };
}

describe.skipIf(!hasScript)("a terminal", () => {
  test("shows what a pager shows, which is IRQTWIN_PAGER before PAGER, and none where it is empty", () => {
    const paged = { IRQTWIN_PAGER: "sed 's/^/paged: /'", PAGER: "sed 's/^/no: /'" };
    const { status, shown } = onTerminal("check", paged);
    expect(status).toBe(1);
    expect(shown).toMatch(/^paged: 256 IRTE writes/);
    expect(shown).not.toMatch(/^(?!paged: |note: |$)/m);
    expect(onTerminal("check", { ...paged, IRQTWIN_PAGER: "" }).shown).toMatch(/^256 IRTE writes/);
    expect(onTerminal("help log", { PAGER: "sed 's/^/paged: /'" }).shown).toMatch(/^paged: usage/);
  });

  test("keeps the command's status where the pager ends early, or is not there", () => {
    const early = onTerminal("check", { IRQTWIN_PAGER: "head -n 1" });
    expect(early.status).toBe(1);
    expect(early.shown).toMatch(/^256 IRTE writes[^\n]*\n(?:note: .*\n)?$/);
    expect(onTerminal("log", { IRQTWIN_PAGER: "true" }).status).toBe(0);
    expect(onTerminal("check", { IRQTWIN_PAGER: "/no/such/pager" }).status).toBe(1);
  });

  test("gets lines of its width, and is told that they are cut", () => {
    const { shown } = onTerminal("log -n 20");
    const lines = shown.trimEnd().split("\n");
    expect(lines).toHaveLength(21);
    for (const line of lines.slice(0, 20)) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.slice(0, 20).some((line) => line.endsWith(">"))).toBe(true);
    expect(lines[20]).toMatch(/^note: lines were cut at 80 columns/);
  });

  test("gets the trace's own lines whole", () => {
    expect(onTerminal("explain F1").shown).not.toContain("were cut");
  });

  test("gets colour for what is bad, unless NO_COLOR, --color never or a dumb terminal", () => {
    expect(onTerminal("check").shown).toContain(`${ESC}[31mF1 invariant`);
    for (const [args, env] of [
      ["check", { NO_COLOR: "1" }],
      ["check --color never", {}],
      ["check", { TERM: "dumb" }],
    ] as const)
      expect(onTerminal(args, env).shown).not.toContain(ESC);
    expect(onTerminal("check --color always", { NO_COLOR: "1" }).shown).toContain(ESC);
  });
});

describe("a pipe", () => {
  test("gets whole lines, no colour and no pager, unless colour is asked for", () => {
    const env = { IRQTWIN_PAGER: "sed 's/^/paged: /'", FORCE_COLOR: "1" };
    const { stdout, stderr } = irqtwin(["check", "--db", db], { env });
    expect(stdout).toMatch(/^256 IRTE writes/);
    expect(stdout).not.toContain(ESC);
    expect(stderr).toBe("");
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeGreaterThan(100);
    expect(irqtwin(["check", "--db", db, "--color", "always"]).stdout).toContain(ESC);
    expect(irqtwin(["check", "--db", db, "--color", "pink"]).status).toBe(2);
  });
});

describe.skipIf(!hasScript)("the demo on a terminal", () => {
  test("is one text: its commands start no pager", () => {
    const command = `stty cols 80; exec "${process.execPath}" "${MAIN}" demo`;
    const { status, stdout } = spawnSync("script", ["-qec", command, "/dev/null"], {
      encoding: "utf8",
      timeout: 60_000,
      env: { ...process.env, IRQTWIN_PAGER: "sed 's/^/paged: /'" },
    });
    expect(status).toBe(0);
    expect(stdout).not.toContain("paged: ");
    expect(stdout).toContain("F1");
  });
});
