// The same recording as a trace.dat: the events, their causes, what was lost and the verdicts are those of the text.

import { describe, expect, test } from "vitest";
import { formatOf } from "../../src/formats/registry.js";
import { readEvents } from "../support/events.js";
import { contentOf, inMicroseconds, readAs, rulesOf } from "../support/same-recording.js";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { traceDat, type TraceDatOptions } from "../support/trace-dat/index.js";
import { streamOf } from "../support/trace-dat/stream.js";

const FORMS: readonly TraceDatOptions[] = [
  { version: 6 },
  { version: 7, pageSize: 65_536 },
  { version: 7, compression: "zstd" },
  { version: 7, compression: "zlib" },
];

/** Every form of one recording, and one of each other. */
function formsOf(name: string): readonly TraceDatOptions[] {
  const own = SHIPPED.indexOf(name) % FORMS.length;
  return FORMS.filter((_, i) => i === own || name === "6.17-s1-one");
}

function withLosses(text: string): string {
  const lines = text.split("\n");
  const middle = Math.floor(lines.length / 2);
  lines.splice(middle, 0, "CPU:1 [LOST 33 EVENTS]");
  return lines.join("\n");
}

/** With the marker in front of the CPU's next line, which is where a page has it. */
function placed(text: string): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith("CPU:1 [LOST"));
  const [marker = ""] = lines.splice(at, 1);
  const next = lines.findIndex((line, i) => i >= at && line.includes("[001]"));
  lines.splice(next, 0, marker);
  return lines.join("\n");
}

function clockOf(text: string): string {
  return /\[\d+\] \S+ +\d+: /.test(text) ? "x86-tsc" : "mono";
}

describe.each(SHIPPED)("%s", (name) => {
  const text = shippedText(name);
  const rules = rulesOf(name);
  const clock = clockOf(text);

  test.each(formsOf(name))("%j", (form) => {
    const stream = streamOf(traceDat(text, { clock, ...form }));
    expect(formatOf(stream).name).toBe("trace.dat");
    const read = readEvents(stream, rules);
    const plain = readAs(text, rules);
    expect(plain.events.length).toBeGreaterThan(100);
    expect(contentOf(read, inMicroseconds)).toEqual(contentOf(plain, inMicroseconds));
    expect([...read.names].sort()).toEqual([...plain.names].sort());
  });

  test("with events that the ring has lost", () => {
    const lossy = placed(withLosses(text));
    const read = readEvents(streamOf(traceDat(lossy, { clock })), rules);
    expect(read.gaps).toHaveLength(1);
    expect(contentOf(read, inMicroseconds)).toEqual(
      contentOf(readAs(lossy, rules), inMicroseconds),
    );
  });

  test("each event has the place of its record", () => {
    const { events } = readEvents(streamOf(traceDat(text, { clock })), rules);
    const numbers = text
      .split("\n")
      .flatMap((line, i) => (/^.{16}-\d+ +\[\d+\] /.test(line) ? [i + 1] : []));
    const places = readAs(text, rules).events.map(({ line }) => numbers.indexOf(line) + 1);
    expect(events.map(({ line }) => line)).toEqual(places);
  });
});
