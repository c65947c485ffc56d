// What a filter without a header leaves of a recording states nothing that the whole recording contradicts, and accuses
// nobody.

import { describe, expect, test } from "vitest";
import { openTimeline, type AtDocument, type ImportResult } from "../../../src/index.js";
import { answersOf, contradicted, falseFindings, type Answers } from "../../soak/compare.js";
import { textOf } from "../../support/cut-up.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const MOMENTS = 25;

interface Asked {
  readonly imported: ImportResult;
  readonly answers: Answers;
  readonly at: (when: string) => AtDocument;
}

async function asked(lines: readonly string[], moments: readonly string[]): Promise<Asked> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const text = scratch.file(".txt", textOf(lines));
  const imported = await timeline.import(text, { rules: rulesOf.get(lines) });
  const answers = answersOf(timeline, moments);
  return { imported, answers, at: (when) => timeline.recording().at({ when }) };
}

/** A part is read by the rules of the whole. */
const rulesOf = new WeakMap<readonly string[], string>();

function stampsOf(lines: readonly string[]): string[] {
  const stamps = lines.flatMap((line) => {
    const [, whole, part] = / (\d+)(?:\.(\d+))?: \w/.exec(line) ?? [];
    if (whole === undefined) return [];
    return [part === undefined ? whole : String(BigInt(whole + part.padEnd(9, "0")))];
  });
  return stamps.filter((_, i) => i % Math.ceil(stamps.length / MOMENTS) === 0);
}

const FILTERS: readonly (readonly [string, (line: string) => boolean])[] = [
  ["grep avic", (line) => line.includes("avic")],
  ["grep -v avic", (line) => !line.includes("avic")],
  ["grep kvm", (line) => line.includes("kvm")],
  ["grep -v kvm", (line) => !line.includes("kvm")],
  ["grep svm", (line) => line.includes("svm")],
  ["grep vcpu", (line) => line.includes("vcpu")],
  ["grep irte", (line) => line.includes("irte")],
  ["grep -v irte", (line) => !line.includes("irte")],
  ["grep vm_id=2", (line) => line.includes(" vm_id=2")],
  ["grep -v irte_free", (line) => !line.includes(" irte_free: ")],
  ["grep -v avic_blocking", (line) => !line.includes(" avic_blocking: ")],
  ["grep -v refresh", (line) => !line.includes("refresh")],
  ["the writes", (line) => /irte_write|irte_cmpxchg/.test(line)],
  ["the loads", (line) => /vcpu_load|vcpu_put/.test(line)],
  ["without the task that sets all up", (line) => !line.includes("piwl-")],
];

describe.each(["6.12-s2-two", "6.16-s1-one", "6.17-s1-one", "7.3-s2-two"])("of %s", (name) => {
  const lines = shippedLines(name);
  const moments = stampsOf(lines);
  const body = lines.filter((line) => !line.startsWith("#"));
  const whole = asked(lines, moments);

  test.each(FILTERS)("%s", async (_, filter) => {
    const { imported, answers } = await whole;
    const left = body.filter(filter);
    if (imported.rules !== null) rulesOf.set(left, imported.rules);
    const part = await asked(left, moments);
    expect(contradicted(part.answers, answers)).toEqual([]);
    expect(falseFindings(part.answers, answers)).toEqual([]);
  });
});

test("each value that is not followed says which probe has no line", async () => {
  const lines = shippedLines("6.17-s1-one").filter((line) => line.includes("avic"));
  rulesOf.set(lines, "6.17");
  const { at } = await asked(lines, []);
  const { vcpus, vms, unknown } = at("end");
  expect(vcpus.length).toBeGreaterThan(0);
  for (const { run_state, ir_list } of vcpus)
    expect([run_state, ir_list]).toEqual(["unknown", null]);
  expect(vms.map(({ destroyed }) => destroyed)).toContain(null);
  const reasons = new Map(unknown.map(({ path, reason }) => [path, reason]));
  expect(reasons.get("vcpus[0].ir_list")).toMatch(
    /^no line of \w+: its function may have run unseen/,
  );
  expect(reasons.get("vms[0].destroyed")).toContain("vm_destroy");
});

test("below a header that counts the lines a value is known though a function never ran", async () => {
  const { at } = await asked(shippedLines("6.18-x-stale-route-removed"), []);
  const { vcpus, unknown } = at("end");
  expect(unknown.filter(({ reason }) => reason.includes("may have run unseen"))).toEqual([]);
  expect(vcpus.map(({ run_state }) => run_state)).not.toContain("unknown");
});

describe("a write that has begun, where no exchange is shown", () => {
  const bare = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
  const pidOf = (line: string): string => /-(\d+) +\[/.exec(line)?.[1] ?? "";

  test("is not known to be carried out before its task prints more", async () => {
    const { at, imported } = await asked(bare, []);
    expect(imported.left_out).toBeNull();
    const write = bare.findIndex((line, i) => i > 2000 && line.includes(" irte_write: "));
    const [, devid = "", index = ""] = /devid=0x(\w+) index=(\d+)/.exec(bare[write] ?? "") ?? [];
    const stamp = (line: string): string => `${stampsOf([line])[0] ?? ""}ns`;
    const isIt = (each: AtDocument["irtes"][number]): boolean =>
      each.devid === parseInt(devid, 16) && each.index === Number(index);
    const before = at(stamp(bare[write] ?? "")).irtes.find(isIt);
    expect(before?.lo).toBeNull();
    const next = bare.findIndex(
      (line, i) =>
        i > write + 1 &&
        pidOf(line) === pidOf(bare[write] ?? "") &&
        / avic_vcpu_|ir_|irte_/.test(line),
    );
    const after = at(stamp(bare[next] ?? "")).irtes.find(isIt);
    expect(after?.lo).not.toBeNull();
  });
});

test("a write that no function explains shows that its function's line is missing", async () => {
  const bare = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
  const activate = bare.findIndex((line) => line.includes(" ir_deactivate: "));
  const { imported } = await asked(
    bare.filter((_, i) => i !== activate),
    [],
  );
  expect(imported.left_out).toBe(0);
});

describe("a line that cannot be read", () => {
  const lines = shippedLines("6.17-s1-one");
  const body = lines.filter((line) => !line.startsWith("#"));

  test.each([" vm_destroy: ", " avic_blocking: ", " irte_free: ", " ir_set_vcpu_affinity: "])(
    "of%s may have said what the whole recording says",
    async (name) => {
      const broken = lines.findIndex((line) => line.includes(name));
      const cut = lines.map((line, i) => (i === broken ? line.slice(0, 30) : line));
      const moments = stampsOf(lines);
      const whole = await asked(lines, moments);
      const part = await asked(cut, moments);
      expect(contradicted(part.answers, whole.answers)).toEqual([]);
    },
  );

  test("leaves unknown what nothing shows again, and nothing before it", async () => {
    const at = Math.floor(body.length / 2);
    const cut = lines.map((line) => (line === body[at] ? line.slice(0, 30) : line));
    const part = await asked(cut, []);
    const [before = "", after = ""] = [body[at - 20], body[at + 1]].map(
      (line) => stampsOf([line ?? ""])[0],
    );
    const known = (when: string): number =>
      part.at(`${when}ns`).vcpus.filter(({ ir_list }) => ir_list !== null).length;
    expect(known(before)).toBeGreaterThan(0);
    expect(known(after)).toBeLessThan(known(before));
  });
});
