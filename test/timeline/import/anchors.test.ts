// Dumps of the remapping table in the header: what they show is known from there on, and the first exchange of an entry
// finds it in the table.

import { beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type AtIrte, type CheckReport } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "7.3-s2-two";
const LINES = shippedLines(NAME);
/** The recording begins after this line of the whole one, with posted entries in the table. */
const FROM = 1500;
const KERNEL = "# irqtwin kernel: 7.3.4";
/** What the table held then: lines of irqtbl, by device. */
let dump: string[];
let held: readonly AtIrte[];

beforeAll(async () => {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath(NAME));
  const [[last] = []] = rowsOf(db, `SELECT max(seq) FROM event WHERE line <= ${FROM}`);
  held = timeline
    .recording()
    .at({ when: `@${String(last)}` })
    .irtes.filter(({ valid }) => valid === true);
  timeline.close();
  dump = held.flatMap(({ irte, index, hi, lo }) => [
    `DeviceId ${irte.split("/")[0] ?? ""}`,
    `IRT[${String(index).padStart(4, "0")}] ${hi?.slice(2) ?? ""} ${lo?.slice(2) ?? ""}`,
  ]);
});

const inHeader = (lines: readonly string[]): string[] =>
  lines.map((line) => `# irqtwin irqtbl: ${line}`);

async function imported(
  header: readonly string[],
  ask: string,
): Promise<{ irtes: readonly AtIrte[]; report: CheckReport; unused: number; verdict: string }> {
  const text = [KERNEL, ...header, "# tracer: nop", "#", ...LINES.slice(FROM), ""].join("\n");
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(scratch.file(".txt", text));
  const [recording] = timeline.info().recordings;
  const irtes = timeline.recording().at({ when: ask === "first" ? `@${held.length}` : ask }).irtes;
  const report = timeline.recording().check();
  const { verdict } = timeline.verify();
  timeline.close();
  return { irtes, report, unused: recording?.capture?.unused_lines ?? 0, verdict };
}

describe("a dump of the table", () => {
  it("is what is known of the entries until they are written", async () => {
    expect(held.some(({ mode }) => mode === "posted")).toBe(true);
    const { irtes, report, verdict } = await imported(inHeader(dump), "first");
    const bits = (all: readonly AtIrte[]): unknown => all.map(({ irte, lo, hi }) => [irte, lo, hi]);
    expect(bits(irtes.filter(({ lo }) => lo !== null))).toEqual(bits(held));
    expect(irtes.map(({ source }) => source)).toEqual(irtes.map(() => "anchor"));
    for (const { mode, vm_id } of irtes.filter((irte) => irte.mode === "posted"))
      expect([mode, vm_id]).not.toContain(null);
    expect(report.findings).toEqual([]);
    expect(verdict).toBe("intact");
  });

  it("is contradicted by the first exchange that finds something else", async () => {
    const wrong = dump.map((line) => line.replace(/^(IRT\[\d+\] .*)..$/, "$103"));
    const { report } = await imported(inHeader(wrong), "end");
    const kinds = new Set(report.findings.map(({ kind, title }) => `${kind} ${title}`));
    expect(report.findings.length).toBeGreaterThan(0);
    expect([...kinds].every((each) => each.startsWith("contradiction"))).toBe(true);
    expect(report.verdict).toBe("inconclusive");
  });

  it("does not count for an entry that the trace shows before the dump's time", async () => {
    const late = [`# irqtwin irqtbl_of: devid=0x40 trace=${"9".repeat(17)}`];
    const { irtes, report } = await imported([...late, ...inHeader(dump)], "end");
    expect(irtes.some(({ source }) => source === "anchor")).toBe(false);
    expect(report.findings).toEqual([]);
  });

  it("is kept and counted where it cannot be read", async () => {
    const bad = [
      "IRT[0000] 00000020 00000241",
      "DeviceId nowhere",
      "Interrupt remapping is disabled",
    ];
    const { unused } = await imported(inHeader(bad), "end");
    expect(unused).toBe(bad.length);
  });
});
