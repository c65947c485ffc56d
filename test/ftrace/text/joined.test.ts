// Two lines without the line break between them are rejected as one, in each format of text: the second event is not lost
// without a word.

import { describe, expect, test } from "vitest";
import { bpftraceJson } from "../../support/bpftrace-json.js";
import { addsUp, readDamagedText } from "../../support/damaged-text.js";
import { ftraceDump } from "../../support/ftrace-dump.js";
import { perfScript } from "../../support/perf-script.js";
import { shippedLines } from "../../support/shipped.js";

const LINES = 300;
const TEXT = `${shippedLines("6.17-s1-one").slice(0, LINES).join("\n")}\n`;

/** The text whose line break at `at` is gone. */
function joined(lines: readonly string[], at: number): Buffer {
  const text = lines.toSpliced(at, 2, `${lines[at] ?? ""}${lines[at + 1] ?? ""}`);
  return Buffer.from(`${text.join("\n")}\n`, "latin1");
}

/** The lines of bpftrace's JSON, where one message holds the text of two. */
function inOneMessage(lines: readonly string[], at: number, between: string): Buffer {
  const [first = "", second = ""] = lines.slice(at, at + 2);
  const [, text = ""] = /"data": "(.*)$/.exec(second) ?? [];
  const both = first.replace(/\\n"\}$/, between) + text;
  return Buffer.from(`${lines.toSpliced(at, 2, both).join("\n")}\n`, "latin1");
}

function expectOneRejected(lines: readonly string[], make: (at: number) => Buffer): void {
  const whole = readDamagedText(Buffer.from(`${lines.join("\n")}\n`, "latin1"));
  const begin = lines.findIndex((line) => line.includes("[") || line.includes("vmm")) + 5;
  for (let at = begin; at < lines.length - 8; at += 3) {
    const damaged = make(at);
    const read = readDamagedText(damaged);
    const says = `lines ${at + 1} and ${at + 2}: ${lines[at]} | ${lines[at + 1]}`;
    expect(read.refused, says).toBeNull();
    expect(read.counts.rejected, says).toBe(whole.counts.rejected + 1);
    expect(addsUp(damaged, read), says).toBe(true);
  }
}

describe("a line break that is missing", () => {
  test.each([
    ["ftrace", TEXT],
    ["perf script", perfScript(TEXT)],
    ["a dump of the ring", ftraceDump(TEXT)],
    ["bpftrace", bpftraceJson(TEXT)],
  ])("in %s", (_, text) => {
    const lines = text.trimEnd().split("\n");
    expectOneRejected(lines, (at) => joined(lines, at));
  });

  test.each([
    ["and two line breaks", "\\n"],
    ["and no line break", ""],
    ["and a space", " "],
  ])("in a message of bpftrace with two lines %s", (_, between) => {
    const lines = bpftraceJson(TEXT).trimEnd().split("\n");
    expectOneRejected(lines, (at) => inOneMessage(lines, at, between));
  });
});
