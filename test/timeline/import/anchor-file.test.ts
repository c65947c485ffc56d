// A dump of the table that is imported beside a trace: before its lines, behind them, or at a moment between.

import { describe, expect, it } from "vitest";
import { openTimeline, type CheckReport, type ImportOptions } from "../../../src/index.js";
import { irqtblAt } from "../../support/dump.js";
import { readEvents } from "../../support/events.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "7.3-s2-two";
const WHOLE = readEvents(Buffer.from(shippedText(NAME), "latin1"));
/** After this line entries are posted. */
const AT = 1500;
/** What the table holds then, and the time of that line. */
const DUMP = irqtblAt(WHOLE, AT);
const TICKS = `${/(\d{6,}): /.exec(shippedLines(NAME)[AT - 1] ?? "")?.[1] ?? ""}ns`;
const BEGINNING = shippedLines(NAME).slice(0, AT);
/** Its first entry with another vector. */
const OTHER = DUMP.replace(/^(IRT\[\d+\] \w{14})\w\w/m, "$1ef");
const ENTRIES = DUMP.split("\n").filter((line) => line.startsWith("IRT")).length;

async function checkedWith(
  lines: readonly string[],
  dump: string,
  at?: string,
): Promise<CheckReport & { states: string }> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const anchor = { file: scratch.file(".txt", dump), at };
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`), { anchor });
  const report = timeline.recording().check();
  const states = JSON.stringify(timeline.recording().at().irtes);
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  return { ...report, states };
}

describe("a dump at the end of a recording", () => {
  it("agrees with what the trace shows", async () => {
    const { anchors, findings } = await checkedWith(BEGINNING, DUMP, "end");
    expect(anchors).toEqual({ entries: ENTRIES, agreed: ENTRIES, contradicted: 0 });
    expect(findings).toEqual([]);
  });

  it("contradicts it where an entry has other bits, and changes no state", async () => {
    const { anchors, findings, verdict, states } = await checkedWith(BEGINNING, OTHER, "end");
    expect(anchors).toEqual({ entries: ENTRIES, agreed: ENTRIES - 1, contradicted: 1 });
    expect(findings.map(({ kind, title }) => [kind, title.includes("C21")])).toEqual([
      ["contradiction", true],
    ]);
    expect(verdict).toBe("inconclusive");
    expect(states).toBe((await checkedWith(BEGINNING, DUMP, "end")).states);
  });

  it("is compared with writes where no exchange is recorded", async () => {
    const lines = BEGINNING.filter((line) => !line.includes("irte_cmpxchg"));
    const agreed = await checkedWith(lines, DUMP, "end");
    expect(agreed.anchors).toEqual({ entries: ENTRIES, agreed: ENTRIES, contradicted: 0 });
    expect((await checkedWith(lines, OTHER, "end")).anchors?.contradicted).toBe(1);
  });
});

describe("a dump of a moment", () => {
  it("is compared with what the trace shows by then", async () => {
    const { anchors, findings } = await checkedWith(shippedLines(NAME), DUMP, TICKS);
    expect(anchors).toEqual({ entries: ENTRIES, agreed: ENTRIES, contradicted: 0 });
    expect(findings).toEqual([]);
  });

  it("is not given in seconds of a counter clock, nor in anything else", async () => {
    await expect(checkedWith(BEGINNING, DUMP, "12.5")).rejects.toThrow("counter clock");
    await expect(checkedWith(BEGINNING, DUMP, "noon")).rejects.toThrow("not a moment");
  });

  it("may be given in nanoseconds since 1970", async () => {
    const late = checkedWith(BEGINNING, DUMP, "1764273014156811000ns");
    await expect(late).rejects.toThrow("after the end of the recording");
  });
});

describe("a timeline", () => {
  it("keeps which dump a recording was read with, and takes another one as a correction", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const file = shippedPath(NAME);
    const anchor = { file: scratch.file(".txt", DUMP), at: "end" };
    const imported = (options: ImportOptions = {}): Promise<{ already_imported: boolean }> =>
      timeline.import(file, options);
    expect((await imported({ anchor })).already_imported).toBe(false);
    expect((await imported({ anchor })).already_imported).toBe(true);
    expect((await imported()).already_imported).toBe(true);
    const other = { file: scratch.file(".txt", OTHER), at: "end" };
    await expect(imported({ anchor: other })).rejects.toThrow("`supersedes: 1`");
    expect((await imported({ anchor: other, supersedes: 1 })).already_imported).toBe(false);
    await expect(imported({ anchor: other, supersedes: 2 })).rejects.toThrow("correct nothing");
    expect((await imported({ supersedes: 2 })).already_imported).toBe(false);
    const [first, , last] = timeline.info().recordings;
    expect(first?.anchor).toMatchObject({ at: "end", entries: ENTRIES });
    expect(last?.anchor).toBeNull();
    timeline.close();
  });

  it("is as it was where the dump is damaged", async () => {
    await expect(checkedWith(BEGINNING, DUMP.slice(0, -4), "end")).rejects.toMatchObject({
      code: "ERR_ANCHOR",
    });
  });
});
