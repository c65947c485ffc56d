// How far an import is: the stored bytes whose lines are read, whatever was read ahead, compressed or not, in any order.

import { createReadStream, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openTimeline, type ImportProgress, type ImportSource } from "../../../src/index.js";
import { Meter } from "../../../src/timeline/import/meter.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";
/** Long enough for some pieces, and short enough to be judged as a whole. */
const TEXT = `${shippedText(NAME)}${" idle-0 [000] ..... 41126402660: foo: bar\n".repeat(20_000)}`;

async function progressOf(
  source: ImportSource,
  isHeard: boolean,
): Promise<readonly ImportProgress[]> {
  const told: ImportProgress[] = [];
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  const onProgress = (progress: ImportProgress): unknown => told.push(progress);
  await timeline.import(source, { onProgress, ...(isHeard ? { onBatch: () => undefined } : {}) });
  timeline.close();
  return told;
}

/** Bytes stand beside the lines that they hold: neither is far from its share of the whole. */
function expectToRise(told: readonly ImportProgress[], size: number): void {
  const end = told.at(-1);
  expect(end?.bytes).toBe(size);
  expect(told.length).toBeGreaterThan(3);
  const bytes = told.map((each) => each.bytes);
  expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  const first = told[0]?.bytes ?? 0;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(size / 2);
}

describe("progress", () => {
  const plain = scratch.file(".txt", TEXT);
  const packed = scratch.file(".txt.gz", gzipSync(TEXT));
  const sorted = scratch.file(".txt.gz", gzipSync(textOf(byCpu(shippedLines(NAME)))));
  const { size } = statSync(plain);

  test.each([
    ["a file", plain, false, size],
    ["a file whose batches are heard", plain, true, size],
    ["a small compressed file", packed, false, statSync(packed).size],
    ["a compressed file whose batches are heard", packed, true, statSync(packed).size],
    ["bytes in memory", readFileSync(packed), false, statSync(packed).size],
  ] as const)("of %s rises with its lines", async (_what, source, isHeard, stored) => {
    const told = await progressOf(source, isHeard);
    expectToRise(told, stored);
    expect(told.every((each) => each.size === stored)).toBe(true);
  });

  test("of a stream has no size", async () => {
    const told = await progressOf(createReadStream(packed), false);
    expectToRise(told, statSync(packed).size);
    expect(told.every((each) => each.size === null)).toBe(true);
  });

  test("of lines that are put in order comes to the end", async () => {
    const told = await progressOf(sorted, false);
    expect(told.at(-1)?.bytes).toBe(statSync(sorted).size);
  });
});

test("a meter never falls and ends at the end, however the bytes come", () => {
  const chunks = fc.array(fc.tuple(fc.nat(1000), fc.nat(100)), { maxLength: 50 });
  fc.assert(
    fc.property(chunks, (each) => {
      const meter = new Meter();
      meter.begin();
      let [given, stored] = [0, 0];
      for (const [bytes, taken] of each) meter.note(bytes, (stored += taken));
      for (const [bytes] of each) given += bytes;
      const told = Array.from({ length: given + 2 }, (_, used) => meter.storedAt(used));
      expect(told.at(-1)).toBe(stored);
      expect(told.every((now, i) => now >= (told[i - 1] ?? 0))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
