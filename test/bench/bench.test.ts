import { describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedPath, shippedText } from "../support/shipped.js";
import { compile } from "./compile.js";
import { repeatedLines, writeRepeated } from "./generate.js";
import { DEFAULT_TRACE, readTemplate } from "./inputs.js";
import { LeastReader } from "./least-reader.js";
import { ALL, checksumOfOurs, checksumOfRegex, LIGHT, runCParser } from "./parsers.js";

const scratch = new Scratch();
const LINES = 20_000;
const template = readTemplate(DEFAULT_TRACE);

/** A trace of so many lines, imported and checked. */
async function imported(name: string, lines: number) {
  const file = scratch.path(".txt");
  writeRepeated(readTemplate(shippedPath(name)), lines, file);
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const result = await timeline.import(file);
  const { writes } = timeline.recording().check();
  const state = timeline.recording().at();
  timeline.close();
  return { result, writes, state };
}

describe("the repeated trace", () => {
  test.each(SHIPPED)("%s begins with the trace itself", (name) => {
    const text = shippedText(name);
    const count = text.trimEnd().split("\n").length;
    const lines = [...repeatedLines(readTemplate(shippedPath(name)), count)];
    expect(`${lines.join("\n")}\n`).toBe(text);
  });

  test("is the same every time, and a longer one begins with it", () => {
    const short = [...repeatedLines(template, LINES)];
    const long = [...repeatedLines(readTemplate(DEFAULT_TRACE), 2 * LINES)];
    expect(short).toHaveLength(LINES);
    expect(long).toHaveLength(2 * LINES);
    // Their headers count other lines.
    const body = template.header.length;
    expect(long.slice(body, LINES)).toEqual(short.slice(body));
  });

  test.each(["6.12-s2-two", "6.16-m2-mono-standard", "6.17-s1-one", "7.3-s2-two"])(
    "of %s is imported whole, its state grows, and the rules explain it",
    async (name) => {
      const once = await imported(name, shippedText(name).trimEnd().split("\n").length);
      const more = await imported(name, LINES);
      expect(more.result.lines).toMatchObject({ total: LINES, rejected: 0, gaps: 0 });
      expect(more.result.time_anomalies).toBe(0);
      expect(more.writes).toMatchObject({ mismatched: 0, unexpected: 0, missing: 0, undefined: 0 });
      expect(more.writes.explained).toBeGreaterThan(3 * once.writes.explained);
      expect(more.state.irtes.length).toBeGreaterThanOrEqual(3 * once.state.irtes.length);
      expect(more.state.vms.length).toBeGreaterThanOrEqual(3 * once.state.vms.length);
    },
  );
});

describe("the parsers", () => {
  const file = "trace.txt";
  const folder = scratch.path(".txt").replace(/\/[^/]*$/, "");
  writeRepeated(template, LINES, `${folder}/${file}`);
  const text = Buffer.from(`${[...repeatedLines(template, LINES)].join("\n")}\n`, "latin1");
  const { program, note } = compile(folder, "parse");

  test.each([ALL, LIGHT])("regular expressions read what irqtwin reads (%i)", (light) => {
    expect(checksumOfRegex(text, light)).toBe(checksumOfOurs(text, light));
  });

  test.skipIf(program === null)(`C reads what irqtwin reads ${note}`, () => {
    for (const light of [ALL, LIGHT]) {
      const { sum } = runCParser(folder, program ?? "", file, light);
      expect(sum).toBe(checksumOfOurs(text, light));
    }
  });

  test("the least that is read are all lines, and all that a pointer names", () => {
    const least = new LeastReader(text).run();
    const lines = text.toString("latin1").trimEnd().split("\n");
    expect(least.lines).toBe(lines.filter((line) => !line.startsWith("#")).length);
    const traced = lines.filter((line) => !line.includes(" tracing_mark_write: ")).join("\n");
    expect(least.entities.count).toBe(new Set(traced.match(/=0xff[\da-f]{14}\b/g)).size);
  });

  test("a checksum tells texts apart", () => {
    const other = Buffer.from(text);
    other.write("9", text.indexOf("lo=0x") + 5);
    expect(checksumOfOurs(other, ALL)).not.toBe(checksumOfOurs(text, ALL));
    expect(checksumOfRegex(other, ALL)).toBe(checksumOfOurs(other, ALL));
  });
});
