// The JSON of bpftrace with damage: no crash, and no line is lost without a word.

import { describe, expect, it } from "vitest";
import { bpftraceJson } from "../support/bpftrace-json.js";
import { addsUp, DAMAGES, readDamagedText, type DamagedRead } from "../support/damaged-text.js";
import { randomOf } from "../support/random.js";
import { shippedLines } from "../support/shipped.js";

const SEED = 20_261_127;
const ROUNDS = 100;
const TEXT = Buffer.from(
  bpftraceJson(`${shippedLines("6.16-m2-mono-standard").slice(0, 400).join("\n")}\n`, "6.16.12"),
  "latin1",
);

const ownLines = ({ names }: DamagedRead): number =>
  names.find(({ name }) => name === "(bpftrace)")?.unused ?? 0;

describe("bpftrace's JSON", () => {
  it.each(DAMAGES)(`with %s (seed ${SEED})`, (_, damage) => {
    const random = randomOf(SEED);
    expect(readDamagedText(TEXT)).toMatchObject({ refused: null, counts: { rejected: 0 } });
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = damage(TEXT, random);
      const read = readDamagedText(damaged);
      const says = `round ${round}: ${JSON.stringify(read.counts)} ${read.refused}`;
      if (read.refused === null) expect(addsUp(damaged, read), says).toBe(true);
      else expect(read.refused, says).toMatch(/bpftrace|binary/);
      // The type of a line may be what was damaged.
      expect(ownLines(read), says).toBeLessThanOrEqual(3);
    }
  });
});
