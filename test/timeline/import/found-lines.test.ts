// The lines that are found are those that have the text, wherever chunks of the file end.

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const SOURCE = "6.18-s1-one";

/** Longer than several chunks. */
const LINES = [
  ...repeatedLines(traceTemplate(shippedText(SOURCE), 9), shippedLines(SOURCE).length * 20),
];

describe("the lines with a text", () => {
  let timeline: Timeline;

  beforeAll(async () => {
    timeline = await openTimeline(scratch.path(".db"), { create: true });
    const bytes = Buffer.from(`${LINES.join("\n")}\n`, "latin1");
    expect(bytes.length).toBeGreaterThan(3_000_000);
    await timeline.import(scratch.file(".txt", bytes));
    await timeline.import(scratch.file(".txt.gz", gzipSync(bytes)));
  });

  afterAll(() => {
    timeline.close();
  });

  it.each(["irte_write", "[001]", " d", "0x", "irqfd_update:", "kvm_pi", "nothing at all"])(
    "are those that have %j in them, and the events are theirs",
    async (grep) => {
      const wanted = new Set(LINES.flatMap((line, at) => (line.includes(grep) ? [at + 1] : [])));
      for (const recording of timeline.recordings()) {
        const page = await recording.logPage({ grep, limit: 100 });
        expect(page.lines).toBe(wanted.size);
        const events = [...recording.log({ reverse: true })].filter(({ line }) => wanted.has(line));
        expect(page.total).toBe(events.length);
        expect(page.events.map(({ seq }) => seq)).toEqual(
          events.slice(0, 100).map(({ seq }) => seq),
        );
      }
    },
  );

  it("narrow what the other options leave", async () => {
    const recording = timeline.recording(1);
    const page = await recording.logPage({ grep: "[001]", kind: "irte_written", limit: 100 });
    const all = [...recording.log({ kind: "irte_written", reverse: true })];
    const wanted = all.filter(({ line }) => LINES[line - 1]?.includes("[001]"));
    expect(page.events.map(({ seq }) => seq)).toEqual(wanted.slice(0, 100).map(({ seq }) => seq));
  });

  it("are not known of a recording whose file is not there", async () => {
    const other = await openTimeline(scratch.path(".db"), { create: true });
    await other.import(Buffer.from(shippedText(SOURCE), "latin1"));
    await expect(other.recording().logPage({ grep: "irte" })).rejects.toMatchObject({
      code: "ERR_NO_SUCH_FILE",
    });
    other.close();
  });
});
