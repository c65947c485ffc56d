// What was appended to a trace.dat is named with its place, and what trace-cmd writes is not taken for it.

import { expect, test } from "vitest";
import { shippedLines } from "../support/shipped.js";
import { readDamaged } from "../support/trace-dat/damaged.js";
import { traceDat } from "../support/trace-dat/index.js";

const TEXT = shippedLines("6.17-s1-one").slice(0, 200).join("\n");

test.each([
  ["6", "none"],
  ["7", "none"],
  ["7", "zlib"],
  ["7", "zstd"],
] as const)("a file of version %s with compression %s", (digit, compression) => {
  const version = digit === "6" ? 6 : 7;
  const file = traceDat(TEXT, { version, compression, clock: "x86-tsc", release: "6.17.13" });
  const alone = readDamaged(file);
  expect(alone.rejected).toEqual([]);
  const twice = readDamaged(Buffer.concat([file, file]));
  const place = `at offset 0x${file.length.toString(16)}: another trace.dat begins there`;
  expect(twice.rejected.map(({ reason }) => reason)).toEqual([expect.stringContaining(place)]);
  const withText = readDamaged(Buffer.concat([file, Buffer.from(`${TEXT}\n`)]));
  expect(withText.rejected.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/at offset 0x[0-9a-f]+: a text was appended/),
  ]);
  const padded = readDamaged(Buffer.concat([file, Buffer.alloc(5000)]));
  expect(padded.rejected).toEqual([]);
  for (const { events, addsUp } of [twice, withText, padded]) {
    expect(events).toEqual(alone.events);
    expect(addsUp).toBe(true);
  }
});
