// A span that ends before it begins is refused; one without an event in it is empty.

import { beforeAll, describe, expect, test } from "vitest";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let times: readonly { readonly seq: number; readonly time_ns: string }[];

beforeAll(() => {
  irqtwin(["import", scratch.file(".txt", coarseTrace()), "--db", db]);
  times = irqtwin(["log", "--reverse", "-n", "400", "--json", "--db", db])
    .stdout.trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { seq: number; time_ns: string });
});

const ask = (command: readonly string[], since: string, until: string) =>
  irqtwin([...command, "--since", since, "--until", until, "--db", db]);
const COMMANDS: readonly (readonly string[])[] = [
  ["log", "--json"],
  ["audit", "--json"],
  ["first", "--irte", "00:08.0/0", "mode=posted"],
];

describe("--since after --until", () => {
  test.each(COMMANDS)("of %s is refused, by events and by times", (...command) => {
    for (const [since, until] of [
      ["@300", "@299"],
      ["end", "start"],
      ["-1ms", "-2ms"],
      ["@400", "start"],
    ] as const) {
      const ran = ask(command, since, until);
      expect([ran.status, ran.stdout], since).toEqual([2, ""]);
      expect(ran.stderr).toMatch(/^error: --since .* is after --until .*\(ERR_WHEN\)\n$/);
    }
  });

  test("is not what a moment without an event is", () => {
    const gap = times.findIndex(({ time_ns }, i) => {
      const next = times[i + 1]?.time_ns;
      return next !== undefined && BigInt(next) - BigInt(time_ns) > 2n;
    });
    const before = BigInt(times[gap]?.time_ns ?? "0");
    const ran = ask(["log", "--json"], `${before + 1n}ns`, `${before + 1n}ns`);
    expect([ran.status, ran.stdout]).toEqual([0, ""]);
    expect(ask(["log", "--json"], "@300", "@300").stdout).toContain('"seq":300');
  });
});
