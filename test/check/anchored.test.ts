// A recording that begins in the middle, with a dump of the table from that moment: more of its writes are decided, and
// nobody is accused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Checker } from "../../src/check/checker.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { dumpOf, irqtblAt } from "../support/dump.js";
import { seedOr } from "../support/seed.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const SEED = seedOr(20261126);
/** Lines that tell of the recording itself. */
const HEAD = 12;
const RUNS = 20;

/** What is found, by the line in the whole recording; `before`: how many lines are missing before it. */
function found(read: Read, { checker }: { checker: Checker }, before: number): string[] {
  const { findings, invariants, contradictions } = checker;
  const lineOf = (seq: number): number => (read.events[seq - 1]?.line ?? 0) + before;
  return [
    ...findings.map(({ kind, seq }) => `${kind} at line ${lineOf(seq)}`),
    ...invariants.violations.map(({ id, bug }) => `${id} ${bug ?? ""}`),
    ...contradictions.map(({ id, seq }) => `${id} at line ${lineOf(seq)}`),
  ];
}

const undecided = ({ checker: { counts } }: { checker: Checker }): number =>
  counts.unknown + counts.undefined;

describe.each(SHIPPED)("%s without its beginning", (name) => {
  const lines = shippedText(name).split("\n");
  const whole = readEvents(Buffer.from(lines.join("\n"), "latin1"));
  const known = found(whole, checked(whole), 0);
  const from = (line: number): Buffer =>
    Buffer.from([...lines.slice(0, HEAD), ...lines.slice(line)].join("\n"), "latin1");

  it(`leaves less open with a dump of the table, and accuses nobody; seed ${SEED}`, () => {
    let without = 0;
    let left = 0;
    const property = fc.property(fc.integer({ min: HEAD, max: lines.length - 1 }), (line) => {
      const alone = readEvents(from(line), whole.rules);
      const read = readEvents(from(line), whole.rules, dumpOf(irqtblAt(whole, line)));
      const anchored = checked(read);
      const told = new Set([...known, ...found(alone, checked(alone), line - HEAD)]);
      expect(found(read, anchored, line - HEAD).filter((each) => !told.has(each))).toEqual([]);
      without += undecided(checked(alone));
      left += undecided(anchored);
    });
    fc.assert(property, { seed: SEED, numRuns: RUNS });
    expect(left).toBeLessThan(without);
  });

  it("is not accused because of a dump from another moment", () => {
    const property = fc.property(
      fc.integer({ min: HEAD, max: lines.length - 1 }),
      fc.integer({ min: HEAD, max: lines.length - 1 }),
      (line, other) => {
        const alone = readEvents(from(line), whole.rules);
        const read = readEvents(from(line), whole.rules, dumpOf(irqtblAt(whole, other)));
        const { checker } = checked(read);
        const told = [...known, ...found(alone, checked(alone), line - HEAD)];
        const accused = found(read, { checker }, line - HEAD).filter((each) => !/^C\d/.test(each));
        expect(accused.filter((each) => !told.includes(each))).toEqual([]);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: RUNS });
  });
});

it("gives an exchange whose write stands before the recording the entry that the dump shows", () => {
  const lines = shippedText("6.16-s1-one").split("\n");
  const whole = readEvents(Buffer.from(lines.join("\n"), "latin1"));
  const isPostedWrite = (line: string): boolean => / irte_write: .* lo=0x2\w{10} /.test(line);
  const places = lines.flatMap((line, place) =>
    isPostedWrite(line) && (lines[place + 1] ?? "").includes(" irte_cmpxchg: ") ? [place + 1] : [],
  );
  expect(places.length).toBeGreaterThan(10);
  const told = places.map((place) => {
    const bytes = Buffer.from(
      [...lines.slice(0, HEAD), ...lines.slice(place)].join("\n"),
      "latin1",
    );
    // The write of the line before the cut is not made yet.
    const read = readEvents(bytes, whole.rules, dumpOf(irqtblAt(whole, place)));
    const first = read.events.find(({ line }) => line === HEAD + 1);
    expect(checked(read).checker.contradictions.map(({ id }) => id)).not.toContain("C21");
    return first?.devid ?? null;
  });
  expect(told.filter((devid) => devid === 0x40).length).toBeGreaterThan(places.length / 2);
});
