// Several trace.dat of one boot are the recording that the whole one is.

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { joined } from "../../src/index.js";
import { formatOf } from "../../src/formats/registry.js";
import { KIND } from "../../src/domain/events/kinds.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { contentOf, rulesOf } from "../support/same-recording.js";
import { Scratch } from "../support/scratch.js";
import { seedOr } from "../support/seed.js";
import { shippedText } from "../support/shipped.js";
import { traceDat, type TraceDatOptions } from "../support/trace-dat/index.js";
import { streamOf } from "../support/trace-dat/stream.js";

const SEED = seedOr(20261126);
const scratch = new Scratch();
const NAME = "6.17-s1-one";
const RULES = rulesOf(NAME);
/** Lines of its header. */
const HEAD = 12;
const EVENTS = shippedText(NAME).trimEnd().split("\n").length - HEAD;
const CLOCK = "x86-tsc";

/** A file with some of the events, by a clock that is so many ticks ahead. */
function fileOf(from: number, to: number, by = 0n, options: TraceDatOptions = {}): string {
  const text = shippedText(NAME).replace(
    / (\d{6,})(?=: \w)/g,
    (_, stamp: string) => ` ${BigInt(stamp) + by}`,
  );
  return scratch.file(".dat", traceDat(text, { clock: CLOCK, range: [from, to], ...options }));
}

async function bytesOf(files: readonly string[], offset?: readonly string[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await joined(files, { offset })).chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readJoined(files: readonly string[], offset?: readonly string[]): Promise<Read> {
  return readEvents(await bytesOf(files, offset), RULES);
}

const whole = readEvents(streamOf(traceDat(shippedText(NAME), { clock: CLOCK })), RULES);
const lost = ({ events }: Read): number[] =>
  events.filter(({ kind }) => kind === KIND.events_lost).map(({ cpu }) => cpu);

describe("parts", () => {
  const cut = fc.record({
    length: fc.integer({ min: 50, max: 900 }),
    overlap: fc.integer({ min: 1, max: 600 }),
    version: fc.constantFrom(6 as const, 7 as const),
  });

  it(`are the whole, wherever they are cut, in any order; seed ${SEED}`, async () => {
    const property = fc.asyncProperty(
      fc.array(cut, { maxLength: 4 }),
      fc.boolean(),
      fc.constantFrom(0n, 5_000_000_000n),
      async (cuts, isTurned, by) => {
        const files = [fileOf(0, 400)];
        let end = 400;
        for (const { length, overlap, version } of [
          ...cuts,
          { length: EVENTS, overlap: 30, version: 7 as const },
        ]) {
          files.push(fileOf(Math.max(0, end - overlap), end + length, by, { version }));
          end = Math.min(EVENTS, end + length);
        }
        const [first = "", ...others] = files;
        const order = [first, ...(isTurned ? others.reverse() : others)];
        const read = await readJoined(order, by === 0n ? undefined : [`${by}ns`]);
        expect(contentOf(read)).toEqual(contentOf(whole));
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: 5 });
  });

  it("with nothing in common have a gap of each CPU between them, and accuse nobody", async () => {
    const read = await readJoined([fileOf(1300, EVENTS), fileOf(0, 1200)]);
    expect(lost(whole)).toEqual([]);
    expect(lost(read)).toEqual([...new Set(read.events.map(({ cpu }) => cpu))].sort());
    expect(checked(read).checker.findings).toEqual([]);
  });
});

describe("parts by clocks of other names", () => {
  const [local, mono, boot] = ["local", "mono", "boot"].map((clock) => ({ clock }));
  const byLocal = readEvents(streamOf(traceDat(shippedText(NAME), { clock: "local" })), RULES);

  it("are the whole by the clock of the first, by the records that both have", async () => {
    const read = await readJoined([
      fileOf(500, 1000, 0n, local),
      fileOf(950, EVENTS, 77_000_000_123n, mono),
      fileOf(0, 550, 1_000_000n, boot),
    ]);
    expect(contentOf(read)).toEqual(contentOf(byLocal));
  });

  it("are refused where nothing tells the difference", async () => {
    const joining = readJoined([fileOf(0, 900, 0n, local), fileOf(900, EVENTS, 5n, mono)]);
    await expect(joining).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(joining).rejects.toThrow(/local and mono, and no lines tell the difference/);
  });

  it("are refused where the user tells another difference than the records", async () => {
    const files = [fileOf(0, 900, 0n, local), fileOf(800, EVENTS, 5_000n, mono)];
    await expect(readJoined(files, ["1"])).rejects.toThrow("tell a difference of 5000ns");
  });
});

describe("a part that does not name its kernel", () => {
  const named = { release: "6.17.13+deb13-amd64" };

  it.each([
    ["the first", [fileOf(0, 900), fileOf(800, EVENTS, 0n, named)]],
    ["the second", [fileOf(0, 900, 0n, named), fileOf(800, EVENTS)]],
  ])("contradicts none that does: %s", async (_, files) => {
    const bytes = await bytesOf(files);
    expect(contentOf(readEvents(bytes, RULES))).toEqual(contentOf(whole));
    expect(formatOf(bytes).sniff(bytes, {}).kernel).toBe(named.release);
  });

  it("hides no contradiction of the others", async () => {
    const other = { release: "6.1.0" };
    const files = [fileOf(0, 600), fileOf(500, 900, 0n, named), fileOf(800, EVENTS, 0n, other)];
    await expect(readJoined(files)).rejects.toThrow("their kernel is");
  });
});

describe("what are no parts of one trace", () => {
  const changed = (from: number, to: number): string => {
    const lines = shippedText(NAME).split("\n");
    const text = lines.map((line, i) => (i === HEAD + 850 ? line.replace(/-(\d+) /, "-7 ") : line));
    const bytes = traceDat(text.join("\n"), { clock: CLOCK, range: [from, to] });
    return scratch.file(".dat", bytes);
  };

  test.each([
    [
      "a clock of another name",
      [fileOf(0, 900), fileOf(800, 1500, 0n, { clock: "mono" })],
      "clock",
    ],
    [
      "another kernel",
      [fileOf(0, 900, 0n, { release: "6.17.0" }), fileOf(800, 1500, 0n, { release: "6.1.0" })],
      "kernel",
    ],
    ["other records for a time", [fileOf(0, 900), changed(800, 1500)], "other records"],
    [
      "a text",
      [fileOf(0, 900), scratch.file(".txt", shippedText(NAME))],
      "others of its kind only",
    ],
  ])("%s: refused", async (_, files, why) => {
    await expect(readJoined(files)).rejects.toMatchObject({ code: "ERR_JOIN" });
    await expect(readJoined(files)).rejects.toThrow(why);
  });
});
