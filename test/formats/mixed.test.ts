// Lines of two formats in one file: those of the second one are read as such or rejected, and never lost without a word.

import { describe, expect, test } from "vitest";
import { bpftraceJson } from "../support/bpftrace-json.js";
import { addsUp, readDamagedText } from "../support/damaged-text.js";
import { ftraceDump } from "../support/ftrace-dump.js";
import { perfScript } from "../support/perf-script.js";
import { shippedLines } from "../support/shipped.js";

const LINES = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
const FIRST = `${LINES.slice(0, 600).join("\n")}\n`;
const SECOND = `${LINES.slice(600, 1000).join("\n")}\n`;

const FORMATS: Readonly<Record<string, (text: string) => string>> = {
  ftrace: (text) => text,
  "perf script": (text) => perfScript(text),
  "a dump of the ring": (text) => ftraceDump(text),
  bpftrace: (text) => bpftraceJson(text),
};

/** Lines that hold an event, whatever its name. */
const eventLines = (text: string): number =>
  text.split("\n").filter((line) => /\d: +[\w:]+: /.test(line)).length;

const pairs = Object.keys(FORMATS).flatMap((first) =>
  Object.keys(FORMATS)
    .filter((second) => second !== first)
    .map((second) => [first, second] as const),
);

describe("lines of another format", () => {
  test.each(pairs)("below %s: %s", (first, second) => {
    const above = FORMATS[first]?.(FIRST) ?? "";
    const below = FORMATS[second]?.(SECOND) ?? "";
    const both = Buffer.from(above + below, "latin1");
    const read = readDamagedText(both);
    expect(read.refused).toBeNull();
    expect(addsUp(both, read)).toBe(true);
    const alone = [above, below].map((text) => readDamagedText(Buffer.from(text, "latin1")));
    const { events, unused, rejected } = read.counts;
    // Each line of an event is an event, or is not used as it is not where it is alone, or is rejected.
    const most = alone.reduce((sum, { counts }) => sum + counts.unused, 0);
    expect(unused).toBeLessThanOrEqual(most);
    expect(events + unused + rejected).toBeGreaterThanOrEqual(
      eventLines(above) + eventLines(below),
    );
    expect(rejected > 0 || events > (alone[0]?.counts.events ?? 0)).toBe(true);
  });
});
