// A dump of the ring and `trace-cmd report -l` with damage: no crash, and no line is lost without a word.

import { describe, expect, it } from "vitest";
import { addsUp, DAMAGES, readDamagedText, type DamagedRead } from "../support/damaged-text.js";
import { ftraceDump } from "../support/ftrace-dump.js";
import { randomOf } from "../support/random.js";
import { shippedLines } from "../support/shipped.js";

const SEED = 20_261_126;
const ROUNDS = 80;
const ENTRIES = 300;

const TEXT = shippedLines("6.16-m2-mono-standard").slice(0, ENTRIES).join("\n");
const DUMP = Buffer.from(ftraceDump(`${TEXT}\n`, { below: ["usb 1-1: reset"] }), "latin1");
/** The same lines as trace-cmd prints them: the layout of the dump, with absolute times. */
const REPORT = Buffer.from(
  ftraceDump(`${TEXT}\n`, { front: (message) => message })
    .split("\n")
    .filter((line) => /^.{8}-\d/.test(line))
    .map((line) => line.replace(/(\d+)(\d{6})us.:/, "$1.$2:"))
    .join("\n")
    .concat("\n"),
  "latin1",
);

const logLines = ({ names }: DamagedRead): number =>
  names.find(({ name }) => name === "(kernel log)")?.unused ?? 0;

describe.each(Object.entries({ dump: DUMP, "report -l": REPORT }))("%s", (_, text) => {
  it.each(DAMAGES)(`with %s (seed ${SEED})`, (_, damage) => {
    const random = randomOf(SEED);
    const whole = readDamagedText(text);
    expect(whole).toMatchObject({ refused: null, counts: { rejected: 0 } });
    expect(addsUp(text, whole)).toBe(true);
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = damage(text, random);
      const read = readDamagedText(damaged);
      const says = `round ${round}: ${JSON.stringify(read.counts)} ${read.refused}`;
      if (read.refused === null) expect(addsUp(damaged, read), says).toBe(true);
      else
        expect(read.refused, says).toMatch(
          /^ERR_\w+: .*(?:ftrace_dump|text before|trace-cmd|ftrace)/s,
        );
      // A row of dashes or the head of the dump may be what was damaged.
      expect(logLines(read), says).toBeLessThanOrEqual(logLines(whole) + 3);
    }
  });
});
