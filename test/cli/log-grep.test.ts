// `log --grep`: events are narrowed by the text of their lines, which the trace has and the timeline has not.

import { renameSync, writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const trace = scratch.path(".txt");
const text = shippedText("6.17-s1-one");
const lines = text.split("\n");

interface Entry {
  readonly seq: number;
  readonly line: number;
  readonly kind: string;
}

function log(...options: readonly string[]): readonly Entry[] {
  const ran = irqtwin(["log", "--json", "--db", db, ...options]);
  expect(ran).toMatchObject({ status: EXIT.ok, stderr: "" });
  return ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Entry);
}

const has =
  (part: string) =>
  ({ line }: Entry): boolean =>
    lines[line - 1]?.includes(part) === true;

beforeAll(() => {
  writeFileSync(trace, text, "latin1");
  irqtwin(["import", trace, "--db", db]);
});

test("gives the events of the lines that have the text, newest first or oldest first", () => {
  const all = log();
  const expected = all.filter(has("vcpu"));
  expect(expected.length).toBeGreaterThan(500);
  expect(expected.length).toBeLessThan(all.length);
  expect(log("--grep", "vcpu")).toEqual(expected);
  expect(log("--grep", "vcpu", "--reverse")).toEqual(expected.toReversed());
  expect(log("--grep", "vcpu", "-n", "3")).toEqual(expected.slice(0, 3));
  expect(log("--grep", "vcpu", "-n", "3", "--reverse")).toEqual(expected.toReversed().slice(0, 3));
});

test("narrows what the other options leave", () => {
  const all = log("--kind", "irte_written", "--since", "@200");
  const expected = all.filter(has("[001]"));
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(all.length);
  expect(log("--kind", "irte_written", "--since", "@200", "--grep", "[001]")).toEqual(expected);
});

test("says that it needs the trace", () => {
  renameSync(trace, `${trace}.gone`);
  const ran = irqtwin(["log", "--grep", "vcpu", "--db", db]);
  renameSync(`${trace}.gone`, trace);
  expect(ran).toMatchObject({ status: EXIT.damaged, stdout: "" });
  expect(ran.stderr).toMatch(/cannot be searched: .* is not there.* \(ERR_NO_SUCH_FILE\)/);
});
