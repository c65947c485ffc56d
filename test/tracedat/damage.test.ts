// A trace.dat that is damaged or cut: never a crash or a loop, always a place that is named, and what is whole is read.

import { describe, expect, it, test } from "vitest";
import { randomOf } from "../support/random.js";
import { shippedLines } from "../support/shipped.js";
import { readDamaged, REFUSAL } from "../support/trace-dat/damaged.js";
import { traceDat, type TraceDatOptions } from "../support/trace-dat/index.js";

const SMALL_LINES = 24;
const FLIPS = 160;
/** A stream has no more bytes than this times those of its file, decompressed. */
const STREAM_BYTES_MAX = 4 * 1024 * 1024;

const FORMS: readonly TraceDatOptions[] = [
  { version: 6 },
  { version: 7 },
  { version: 7, compression: "zlib" },
  { version: 7, compression: "zstd" },
];

function made(lines: number, form: TraceDatOptions): Buffer {
  const text = shippedLines("6.17-s1-one").slice(0, lines).join("\n");
  return traceDat(text, { clock: "x86-tsc", release: "6.17.13", ...form });
}

/** Reads the file with one byte changed, and puts the byte back. */
function expectSound(file: Buffer, at: number, mask: number): void {
  const byte = file[at] ?? 0;
  file[at] = byte ^ mask;
  const { refused, rejected, addsUp, bytes } = readDamaged(file);
  file[at] = byte;
  if (refused !== null) expect(refused).toMatch(REFUSAL);
  expect(addsUp).toBe(true);
  expect(bytes).toBeLessThan(STREAM_BYTES_MAX);
  expect(rejected.every(({ reason }) => reason !== "")).toBe(true);
}

describe.each(FORMS)("%j", (form) => {
  const small = made(SMALL_LINES, form);

  it("has a small file of less than 20 KB", () => {
    const { events, rejected, refused } = readDamaged(small);
    expect(small.length).toBeLessThan(21_000);
    expect(events.length).toBeGreaterThan(5);
    expect([rejected, refused]).toEqual([[], null]);
  });

  test("bytes of the small file are flipped", () => {
    // Most of the file is zeros behind the records of a page. The soak command flips every byte.
    for (let at = 0; at < small.length; at += small[at] === 0 ? 31 : 11)
      expectSound(small, at, 0xff);
  });

  test("bits of a larger file are flipped", () => {
    const file = made(1200, form);
    const random = randomOf(7);
    for (let i = 0; i < FLIPS / 4; i++)
      expectSound(file, Math.floor(random() * file.length), 1 << Math.floor(random() * 8));
  });

  test("the file ends at any place", () => {
    const file = made(400, form);
    const whole = readDamaged(file);
    for (let size = 0; size < file.length; size += 997) {
      const { refused, events, leftOut, rejected } = readDamaged(file.subarray(0, size));
      if (refused === null) {
        expect(events.length).toBeLessThan(whole.events.length);
        expect(leftOut).not.toBeNull();
        expect(rejected.some(({ reason }) => reason.startsWith("at offset 0x"))).toBe(true);
      } else expect(refused).toMatch(/^(?:ERR_INPUT_DAMAGED: .*at offset 0x|ERR_FORMAT_UNKNOWN: )/);
    }
  });
});

describe("what is whole of a cut file", () => {
  it("is read, and the rest is said and is a gap of its CPU", () => {
    const text = shippedLines("6.17-s1-one").join("\n");
    const file = traceDat(text, { version: 6, clock: "x86-tsc", release: "6.17.13" });
    const cut = readDamaged(file.subarray(0, file.length - 4096 - 100));
    expect(cut.events.length).toBeGreaterThan(500);
    expect(cut.rejected.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^at offset 0x[0-9a-f]+: .*CPU 3/)]),
    );
    expect(cut.leftOut).not.toBeNull();
  });
});

describe("a page whose time stamp is damaged", () => {
  it("is left out, and the pages around it stay where they are", () => {
    const text = shippedLines("6.17-s1-one").join("\n");
    const file = traceDat(text, { version: 6, clock: "x86-tsc", release: "6.17.13" });
    const whole = readDamaged(file);
    const page = 4096 * 4;
    const at = file.length - (file.length % 4096) - page;
    file.writeUInt8(0x40, at + 6);
    const { events, rejected } = readDamaged(file);
    expect(rejected).toHaveLength(1);
    expect(rejected[0]?.reason).toBe(
      `at offset 0x${at.toString(16)}: the time stamp of the page is not between those of its neighbours`,
    );
    expect(events.length).toBeGreaterThan(whole.events.length / 2);
    const times = events.map(({ billions, rest }) => billions * 1e9 + rest);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
