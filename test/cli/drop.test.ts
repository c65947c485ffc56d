// `irqtwin drop`: what it says, and what other commands say of what was dropped.

import { beforeAll, expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const run = (...args: readonly string[]): ReturnType<typeof irqtwin> =>
  irqtwin([...args, "--db", db]);

beforeAll(() => {
  for (const name of ["6.17-s1-one", "6.17-x-uaf-crash"])
    expect(run("import", shippedPath(name)).status).toBe(EXIT.ok);
});

test("a recording that is dropped is named by info and verify, and refused by all else", () => {
  const dropped = run("drop", "1", "--why", "a test", "--json");
  expect(dropped.status).toBe(EXIT.ok);
  expect(json(dropped)).toMatchObject({ recording_id: 1, why: "a test", first_seq: 1 });
  const { events, hash } = json(dropped) as { events: number; hash: string };
  expect(hash).toMatch(/^[0-9a-f]{64}$/);

  expect(run("info").stdout).toMatch(
    new RegExp(
      `^recording 1: .*\\n  dropped at 20.*Z with ${events} events .*: a test\\n  last link ${hash}: .*\\n\\nrecording 2`,
    ),
  );
  const verify = run("verify");
  expect(verify.status).toBe(EXIT.ok);
  expect(verify.stdout).toMatch(new RegExp(`^recording 1 .* was dropped at .*: a test$`, "m"));

  for (const args of [["at", "end"], ["log"], ["check"], ["info"], ["query", "SELECT 1"]]) {
    const refused = run(...args, "--recording", "1");
    expect(refused.status, args[0]).toBe(EXIT.misuse);
    expect(refused.stderr).toMatch(/recording 1 .* was dropped at .*import the trace again/);
  }
  expect(run("at", "@5").stderr).toContain("an event of recording 1, which was dropped");
  expect(run("at", "end").status).toBe(EXIT.ok);
});

test("no number, what is none, and a recording that is not there are refused", () => {
  for (const args of [[], ["0"], ["one"], ["-1"]])
    expect(run("drop", ...args).status, args.join()).toBe(EXIT.misuse);
  expect(run("drop", "77").stderr).toContain(
    "there is no recording 77: the timeline has 1 (dropped), 2",
  );
  expect(run("drop", "2", "77")).toMatchObject({ status: EXIT.misuse, stdout: "" });
  expect(run("at", "end", "--recording", "2").status).toBe(EXIT.ok);
});
