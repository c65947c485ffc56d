// Text in front of each line, which ftrace did not write: it is read past, or the file is refused.

import { describe, expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { contentOf, rowsOf } from "../../support/content.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { irqtwin } from "../../support/irqtwin.js";
import { perfScript } from "../../support/perf-script.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const LINES = shippedLines("6.17-s1-one");

async function contentAfterImport(text: string): Promise<Record<string, string>> {
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", text));
  timeline.close();
  return contentOf(db);
}

const FORMS: Readonly<Record<string, (line: string, i: number) => string>> = {
  "grep -n": (line, i) => `${i + 1}:${line}`,
  "grep -n -C": (line, i) => `${i + 1}${i % 3 === 0 ? "-" : ":"}${line}`,
  "grep -H": (line) => `file.txt:${line}`,
  "grep -Hn": (line, i) => `per_cpu/cpu0/trace:${i + 1}:${line}`,
  "the kernel's log": (line, i) => `[${String(i * 7).padStart(5)}.123456] ${line}`,
  "the kernel's log with levels": (line, i) => `<4>[${String(i).padStart(5)}.123456] ${line}`,
  "a journal": (line, i) => `Nov 26 10:${String(10 + (i % 50))}:01 host-1 kernel: ${line}`,
  "cat -n": (line, i) => `${String(i + 1).padStart(6)}\t${line}`,
  indentation: (line) => `    ${line}`,
  "a tabulator": (line) => `\t${line}`,
  "a quotation": (line) => `> ${line}`,
  "a quotation of a quotation": (line) => `> > ${line}`,
  "the kernel's log with callers": (line, i) =>
    `[${String(i).padStart(5)}.123456][${(i % 3 === 0 ? `C${i % 2}` : `T${i * 5}`).padStart(6)}] ${line}`,
};

describe("a prefix of the same form on all lines", () => {
  test.each(Object.entries(FORMS))("%s: the timeline is that of the trace", async (_, put) => {
    const plain = await contentAfterImport(textOf(LINES));
    expect(await contentAfterImport(textOf(LINES.map(put)))).toEqual(plain);
  });

  test("and the fences of a code block around them", async () => {
    const plain = await contentAfterImport(textOf(["", ...LINES, ""]));
    expect(await contentAfterImport(textOf(["```text", ...LINES, "```"]))).toEqual(plain);
  });

  test("of perf script: the timeline is that of the recording", async () => {
    const lines = perfScript(textOf(LINES)).trimEnd().split("\n");
    const plain = await contentAfterImport(textOf(lines));
    for (const put of [FORMS["a quotation"], FORMS["indentation"], FORMS["a journal"]])
      expect(await contentAfterImport(textOf(lines.map(put ?? String)))).toEqual(plain);
  });

  test("and lines that are not in the order of time: both are seen through", async () => {
    const parts = byCpu(LINES);
    const put = FORMS["grep -Hn"] ?? ((line) => line);
    const plain = await contentAfterImport(textOf(parts));
    expect(await contentAfterImport(textOf(parts.map(put)))).toEqual(plain);
  });

  test("whose numbers leave out lines: the file is a part of a trace", async () => {
    const put = FORMS["grep -n"] ?? ((line) => line);
    const lines = LINES.map(put).filter((line) => / irte_write: |tracing_mark_write/.test(line));
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", textOf(lines)));
    expect(timeline.recording().check()).toMatchObject({
      verdict: "inconclusive",
      findings: [],
      doubts: [{ kind: "left out" }],
    });
    timeline.close();
    expect(rowsOf(db, "SELECT left_out FROM v_recording")).toEqual([[0n]]);
  });
});

test("a byte order mark at the beginning is no part of the first line", async () => {
  const plain = await contentAfterImport(textOf(LINES));
  const marked = Buffer.from(textOf(LINES), "latin1").toString("utf8");
  expect(await contentAfterImport(`\ufeff${marked}`)).toEqual(plain);
});

describe("text that has not the same form on all lines", () => {
  test("is refused with the line, the text, the rule and a way out", () => {
    const lines = LINES.map((line, i) => `${i < 900 ? "a" : "bb"}:${line}`);
    const ran = irqtwin([
      "import",
      scratch.file(".txt", textOf(lines)),
      "--db",
      scratch.path(".db"),
    ]);
    expect(ran.status).toBe(3);
    expect(ran.stderr).toMatch(/^error: line \d+, "a: +\w+", has text before the task's name/);
    expect(ran.stderr).toMatch(/at most 15 bytes.*copy the trace again.*\(ERR_FORMAT_UNKNOWN\)\n$/);
  });

  test("on some lines: these are rejected, and the check is inconclusive", async () => {
    const db = scratch.path(".db");
    const lines = LINES.map((line, i) => (i % 100 === 50 ? `host: ${line}` : line));
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(scratch.file(".txt", textOf(lines)));
    const { verdict, findings } = timeline.recording().check();
    expect(verdict).toBe("inconclusive");
    expect(findings.filter(({ kind }) => kind !== "contradiction")).toEqual([]);
    timeline.close();
    const [[reason] = []] = rowsOf(db, "SELECT DISTINCT reason FROM rejected_line");
    expect(reason).toMatch(/^text stands before the task's name, which has at most 15 bytes/);
    expect(rowsOf(db, "SELECT comm FROM task WHERE comm LIKE '%host%'")).toEqual([]);
  });
});

test("control characters of a task's name reach no terminal; JSON has them as they are", () => {
  const db = scratch.path(".db");
  const lines = LINES.map((line) => line.replace(" piwl-", " \u001b[2J-"));
  const file = scratch.file(".txt", textOf(lines));
  expect(irqtwin(["import", file, "--db", db]).status).toBe(0);
  const text = irqtwin(["log", "--db", db]).stdout;
  expect(text).toContain("\\x1b[2J");
  expect(text).not.toContain("\u001b");
  expect(irqtwin(["log", "--db", db, "--json"]).stdout).toContain("\\u001b[2J");
});
