// A recording that is a part of a trace, or that cannot be read whole, proves nothing against the kernel.

import { describe, expect, test } from "vitest";
import { openTimeline, type CheckReport } from "../../src/index.js";
import { rowsOf } from "../support/content.js";
import { textOf } from "../support/cut-up.js";
import { irqtwin } from "../support/irqtwin.js";
import { randomOf } from "../support/random.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";
/** The kernel's own bugs are findings of its whole recording. */
const BUGS = "6.17-x-uaf-crash";

async function checked(text: string): Promise<CheckReport & { db: string }> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", text));
  const report = timeline.recording().check();
  timeline.close();
  return { ...report, db };
}

const kindsOf = ({ doubts }: CheckReport): string[] => doubts.map(({ kind }) => kind);
/** A contradiction is about the recording. */
const aboutKernel = ({ findings }: CheckReport): CheckReport["findings"] =>
  findings.filter(({ kind }) => kind !== "contradiction");
const cpuOf = (line: string): string | undefined => /\[\d+\]/.exec(line)?.[0];
const isHeader = (line: string): boolean => line.startsWith("#");

describe("lines that the header counts and the file does not have", () => {
  test.each([1, 2, 3, 4])(
    "at random (%i): no finding, and what is explained stays so",
    async (seed) => {
      const random = randomOf(seed);
      const lines = shippedLines(NAME).filter((line) => isHeader(line) || random() < 0.9);
      const report = await checked(textOf(lines));
      expect(report.verdict).toBe("inconclusive");
      expect(aboutKernel(report)).toEqual([]);
      expect(kindsOf(report)).toContain("left out");
      const { observed, explained, mismatched, unexpected, missing, unknown } = report.writes;
      expect([mismatched, unexpected, missing]).toEqual([0, 0, 0]);
      expect(explained).toBeGreaterThan(0);
      expect(explained + unknown).toBe(observed);
      expect(report.invariants.every(({ violations }) => violations === 0)).toBe(true);
      const verdicts = "SELECT DISTINCT verdict FROM write_verdict ORDER BY verdict";
      expect(rowsOf(report.db, verdicts).flat()).not.toContain("unexpected");
      const accusing = "SELECT count(*) FROM v_finding WHERE kind <> 'contradiction'";
      expect(rowsOf(report.db, accusing)).toEqual([[0n]]);
    },
  );

  test("hide the kernel's own bugs as well, which the whole recording shows", async () => {
    const lines = shippedLines(BUGS);
    const whole = await checked(textOf(lines));
    expect(whole.verdict).toBe("fail");
    expect(whole.doubts).toEqual([]);
    const part = await checked(textOf(lines.filter((_, i) => i !== 700)));
    expect(part.verdict).toBe("inconclusive");
    expect(aboutKernel(part)).toEqual([]);
  });

  test("but not at the end, where the last line shows that the copy broke off", async () => {
    const lines = shippedLines(BUGS);
    const text = textOf(lines.slice(0, -100));
    const broken = await checked(text.slice(0, -20));
    expect(broken.doubts).toEqual([]);
    expect(broken.verdict).toBe("fail");
    expect((await checked(text)).verdict).toBe("inconclusive");
  });
});

describe("without a header", () => {
  const lines = shippedLines("6.16-m2-mono-standard").filter((line) => !isHeader(line));
  const load = lines.find((line) => line.includes(" avic_vcpu_load: ")) ?? "";
  test.each([
    ["CPU", / \[\d+\] /],
    ["task", /^ *\S+-\d+ /],
  ])("the lines of one %s alone are a part of a trace", async (_, pattern) => {
    const [own = ""] = pattern.exec(load) ?? [];
    const some = lines.filter((line) => line.includes(own));
    expect(some.length).toBeGreaterThan(100);
    const report = await checked(textOf(some));
    expect(kindsOf(report)).toEqual(["left out"]);
    expect(report).toMatchObject({ verdict: "inconclusive", findings: [] });
  });

  test("below a header that counts nothing they may be all, and accuse nobody", async () => {
    const [own = ""] = /^ *\S+-\d+ /.exec(load) ?? [];
    const some = ["# tracer: nop", "#", ...lines.filter((line) => line.includes(own))];
    const report = await checked(textOf(some));
    expect(kindsOf(report)).toEqual(["unseen"]);
    expect(report).toMatchObject({ verdict: "inconclusive", findings: [] });
    expect(report.doubts[0]?.says).toMatch(/there is none of \w+/);
  });

  test.each(SHIPPED)("those of several CPUs and tasks may be all of it: %s", async (name) => {
    const all = shippedLines(name).filter((line) => !isHeader(line));
    expect((await checked(textOf(all))).doubts).toEqual([]);
  });

  const full = shippedLines("6.17-s1-one").filter((line) => !isHeader(line));
  test.each([
    ["one CPU", "\\[002\\]"],
    ["one vCPU's task", "^ *vcpu-0.0-"],
    ["one name", " svm_vcpu_put: "],
    ["the other of a pair", " avic_unblocking: "],
    ["a word", "vcpu"],
  ])(
    "lines without those of %s contradict each other, or lack what comes with them",
    async (_, pattern) => {
      const db = scratch.path(".db");
      const timeline = await openTimeline(db, { create: true });
      const left = full.filter((line) => !new RegExp(pattern).test(line));
      const imported = await timeline.import(scratch.file(".txt", textOf(left)), { rules: "6.17" });
      expect(imported.left_out).toBe(0);
      const report = timeline.recording().check();
      expect(kindsOf(report)).toContain("left out");
      expect(report.verdict).toBe("inconclusive");
      expect(aboutKernel(report)).toEqual([]);
      const { irtes, vcpus, inconclusive } = timeline.recording().at({ when: "@300" });
      expect(inconclusive).toBe(true);
      expect(irtes.every(({ lo }) => lo === null)).toBe(true);
      expect(vcpus.every(({ run_state }) => run_state === "unknown")).toBe(true);
      timeline.close();
    },
  );

  test("a line that comes late is put where it belongs", async () => {
    const at = full.findIndex((line, i) => i > 1000 && cpuOf(line) !== cpuOf(full[i + 1] ?? ""));
    const [line = "", next = ""] = full.slice(at, at + 2);
    const late = [...full.slice(0, at), next, line, ...full.slice(at + 2)];
    const report = await checked(textOf(late));
    expect(report.doubts).toEqual([]);
    expect(report.writes).toEqual((await checked(textOf(full))).writes);
    expect(rowsOf(report.db, "SELECT sorted, time_anomalies FROM v_recording")).toEqual([[1n, 0n]]);
  });
});

/** A deactivation writes one entry. */
test("a write of another entry in a deactivation lacks the line of its own", async () => {
  const lines = shippedLines(BUGS);
  const at = lines.findIndex((line) => line.includes(" ir_deactivate: "));
  const other = lines.findIndex((line, i) => i > at && line.includes(" ir_deactivate: "));
  expect(other - at).toBeLessThan(20);
  const left = lines.filter((line, i) => i !== other && !isHeader(line));
  const report = await checked(textOf(left));
  expect(aboutKernel(report)).toEqual([]);
  expect(report.findings.map(({ title }) => title).join()).toContain("(C11)");
});

test("lines that cannot be read may hold what is missing", async () => {
  const lines = shippedLines(NAME);
  const at = lines.findIndex((line, i) => i > 900 && line.includes(" irte_write: "));
  lines[at] = lines[at]?.replace("[", "{") ?? "";
  const report = await checked(textOf(lines));
  expect(report.verdict).toBe("inconclusive");
  expect(aboutKernel(report)).toEqual([]);
  expect(kindsOf(report)).toEqual(["unread"]);
});

test("two traces in one file, whose order cannot be told", async () => {
  const lines = shippedLines(NAME);
  const report = await checked(textOf([...lines, ...lines]));
  expect(report).toMatchObject({ verdict: "inconclusive", findings: [] });
  expect(kindsOf(report)).toEqual(["order"]);
});

test("the commands tell why, and the status is 4", () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", textOf(shippedLines(NAME).filter((_, i) => i !== 700)));
  const ran = irqtwin(["import", file, "--db", db, "--json"]);
  expect(ran.stderr).toContain("is a part of a trace: its header counts 1 more entries");
  expect(JSON.parse(ran.stdout)).toMatchObject({ left_out: 1, sorted: false });
  const check = irqtwin(["check", "--db", db]);
  expect(check.status).toBe(4);
  expect(check.stdout).toContain("inconclusive: the header counts 1 more entries");
  expect(irqtwin(["info", "--db", db]).stdout).toContain("in doubt: the header counts 1 more");
  expect(JSON.parse(irqtwin(["info", "--db", db, "--json"]).stdout)).toMatchObject({
    recordings: [{ left_out: 1, sorted: false, doubts: [{ kind: "left out" }] }],
  });
  expect(rowsOf(db, "SELECT left_out FROM v_recording")).toEqual([[1n]]);
});
