// What an import takes out of lines, and what is not known of them, is noted with the recording.

import { describe, expect, test } from "vitest";
import { openTimeline, type ImportNote } from "../../../src/index.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const TEXT = shippedText("6.17-s1-one");
const ESC = "\u001b";

/** The text with something around the words of its first lines. */
function changed(lines: number, change: (line: string, at: number) => string): Buffer {
  let at = 0;
  const text = TEXT.replace(/^ .*$/gm, (line) => (at < lines ? change(line, at++) : line));
  return Buffer.from(text, "latin1");
}

async function notesOf(bytes: Buffer): Promise<readonly ImportNote[]> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const file = scratch.file(".txt", bytes);
  const { notes } = await timeline.import(file);
  expect((await timeline.import(file)).notes).toEqual(notes);
  expect(timeline.info().recordings[0]?.notes).toEqual(notes);
  expect(timeline.verify().verdict).toBe("intact");
  timeline.close();
  return notes;
}

const COLOURED = changed(3, (line) => line.replaceAll(/[a-z]+/g, `${ESC}[01;31m$&${ESC}[m`));

describe("what was taken out of lines", () => {
  test("nothing is noted of a trace as ftrace writes it", async () => {
    expect(await notesOf(Buffer.from(TEXT, "latin1"))).toEqual([]);
  });

  test("each line with colours counts once", async () => {
    expect(await notesOf(COLOURED)).toEqual([
      { kind: "colours", lines: 3, says: "the colours of a terminal were taken out of 3 lines" },
    ]);
  });

  test("a byte order mark", async () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    expect(await notesOf(Buffer.concat([mark, Buffer.from(TEXT, "latin1")]))).toEqual([
      {
        kind: "byte order mark",
        lines: 1,
        says: "a byte order mark was taken out of 1 lines",
      },
    ]);
  });

  test("lines that belong to no event, such as those of a stack trace", async () => {
    const stack = changed(2, (line) => `${line}\n => kvm_arch_vcpu_load\n => finish_task_switch`);
    expect(await notesOf(stack)).toEqual([
      {
        kind: "beside",
        lines: 4,
        says: "4 lines belong to no event and were passed over: stack trace",
      },
    ]);
  });
});

test("the command says them, also of what is redacted", () => {
  const file = scratch.file(".txt", COLOURED);
  const says = "the colours of a terminal were taken out of 3 lines";
  for (const how of [[], ["--redact"]]) {
    const db = scratch.path(".db");
    const { stdout, stderr } = irqtwin(["import", file, "--json", "--db", db, ...how]);
    expect(JSON.parse(stdout)).toMatchObject({ notes: [{ kind: "colours", lines: 3, says }] });
    expect(stderr).toContain(`: ${says}`);
    const copy = scratch.path(".db");
    expect(irqtwin(["rewind", "end", "--redact", "--to", copy, "--db", db]).status).toBe(0);
    expect(irqtwin(["info", "--db", copy]).stdout).toContain(says);
  }
});
