// Files that are parts of one trace give what the whole trace gives; what is none is refused.

import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joined, openTimeline } from "../../../src/index.js";
import { contentOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedText } from "../../support/shipped.js";

const SEED = seedOr(20261126);
console.log(`join.test.ts: seed ${SEED} (IRQTWIN_TEST_SEED)`);
const scratch = new Scratch();
const text = shippedText("6.17-x-uaf-crash");
const lines = text.split(/(?<=\n)/);
const top = lines.findIndex((line) => !line.startsWith("#"));
const header = lines.slice(0, top).join("");

async function joinedText(files: readonly string[]): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await joined(files)).chunks) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("latin1");
}

interface Part {
  readonly length: number;
  readonly overlap: number;
  readonly isPacked: boolean;
  readonly repeatsHeader: boolean;
}

/** The last part reaches to the end. */
const WHOLE: Part = { length: lines.length, overlap: 20, isPacked: false, repeatsHeader: false };

describe("parts of one trace", () => {
  const part: fc.Arbitrary<Part> = fc.record({
    length: fc.integer({ min: 50, max: 3000 }),
    overlap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4000 })),
    isPacked: fc.boolean(),
    repeatsHeader: fc.boolean(),
  });
  const parts = fc.array(part, { minLength: 1, maxLength: 6 });

  /** Files of lines that begin `overlap` lines before the end of the ones before, in another order. */
  function filesOf(given: readonly Part[], seed: number): readonly string[] {
    let end = top;
    const files: string[] = [];
    for (const { length, overlap, isPacked, repeatsHeader } of [...given, WHOLE]) {
      const isFirst = files.length === 0;
      const from = isFirst ? 0 : Math.max(top, Math.min(end, lines.length - 60) - overlap);
      const to = Math.min(lines.length, Math.max(from + 50, end + length));
      const repeated = repeatsHeader && from < end && !isFirst ? header : "";
      end = Math.max(end, to);
      const content = Buffer.from(repeated + lines.slice(from, to).join(""), "latin1");
      files.push(
        scratch.file(isPacked ? ".txt.gz" : ".txt", isPacked ? gzipSync(content) : content),
      );
    }
    return seed % 2 === 0 ? files.reverse() : [...files.slice(1), ...files.slice(0, 1)];
  }

  test("are the trace, wherever it was cut, whatever they have in common, in any order", async () => {
    await fc.assert(
      fc.asyncProperty(parts, fc.nat(), async (given, seed) => {
        expect(await joinedText(filesOf(given, seed))).toBe(text);
      }),
      { seed: SEED, numRuns: 12 },
    );
  }, 60_000);

  test("become the recording that the whole trace becomes", async () => {
    const files = [lines.slice(0, 3000), lines.slice(2500, 5000), lines.slice(5000)].map((each) =>
      scratch.file(".txt", Buffer.from(each.join(""), "latin1")),
    );
    const trace = await joined([...files].reverse());
    expect(trace.files).toEqual(files);
    expect(trace.name).toMatch(/^\d+\.txt and 2 more$/);
    const [one, other] = [scratch.path(".db"), scratch.path(".db")];
    const first = await openTimeline(one, { create: true });
    await first.import(trace.chunks, { name: trace.name });
    first.close();
    const second = await openTimeline(other, { create: true });
    await second.import(Buffer.from(text, "latin1"), { name: trace.name });
    second.close();
    expect(contentOf(one)).toEqual(contentOf(other));
  });

  test("may be cut inside of a line", async () => {
    const at = text.length >> 1;
    const files = [text.slice(0, at), text.slice(at)].map((each) =>
      scratch.file(".txt", Buffer.from(each, "latin1")),
    );
    expect(await joinedText(files)).toBe(text);
    // The file was read while a line was written to it, and then once more.
    const again = [text.slice(0, at), lines.slice(top).join("")].map((each) =>
      scratch.file(".txt", Buffer.from(each, "latin1")),
    );
    expect(await joinedText(again)).toBe(text);
  });
});

describe("what are no parts of one trace", () => {
  const of = (...texts: readonly string[]): Promise<string> =>
    joinedText(texts.map((each) => scratch.file(".txt", Buffer.from(each, "latin1"))));
  const [one, two] = [lines.slice(top, 3000).join(""), lines.slice(3000).join("")];
  const boot = (id: string): string => `# irqtwin boot_id: ${id}\n`;

  test.each([
    ["other boots", boot("a") + one, boot("b") + two, "their boot_id is a and b"],
    [
      "other kernels",
      `# irqtwin kernel: 6.17.1\n${one}`,
      `# irqtwin kernel: 6.18.2\n${two}`,
      "kernel",
    ],
    [
      "other lines for a time",
      one,
      lines.slice(2000, 2500).join("") + two.replace(/^.*\n/, ""),
      "goes on otherwise",
    ],
    [
      "a line that is not in the other",
      one,
      lines.slice(2000).join("").replace(/\n/, " \n"),
      "its first line is not there",
    ],
    ["no line of a trace", one, "nothing\n", "no line of a trace"],
  ])("%s: refused", async (_what, a, b, says) => {
    await expect(of(a, b)).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(of(a, b)).rejects.toThrow(says);
  });

  test("a clock that counts otherwise: refused", async () => {
    const ticks = shippedText("6.16-s1-one");
    await expect(of(text, ticks)).rejects.toMatchObject({ code: "ERR_JOIN" });
  });

  test("no file, and one that is not there: refused", async () => {
    await expect(joined([])).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(joined([scratch.path(".txt")])).rejects.toMatchObject({
      code: "ERR_NO_SUCH_FILE",
    });
  });
});
