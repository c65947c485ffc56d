// A recording may begin anywhere: without its first lines it shows less, and accuses nobody.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Checker } from "../../src/check/checker.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { seedOr } from "../support/seed.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const SEED = seedOr(20261125);
/** Lines that tell of the recording itself: header, and the note that names the kernel's release. */
const HEAD = 12;

/** Functions in which others print lines that have writes of their own: an inhibit is taken up, a block begins or ends. */
const OUTER = / (?:avic_refresh|avic_blocking|avic_unblocking|set_irq_routing|kvm_irqfd): /;

const lineOf = ({ events }: Read, seq: number): number => events[seq - 1]?.line ?? 0;

/** What is found, by the line in the whole recording; `before`: how many lines are missing before it. */
function found(read: Read, { findings, invariants }: Checker, before: number): string[] {
  return [
    ...findings.map(({ kind, seq }) => `${kind} at line ${lineOf(read, seq) + before}`),
    ...invariants.violations.map(({ id, bug }) => `${id} ${bug ?? ""}`),
  ];
}

describe.each(SHIPPED)("%s without its beginning", (name) => {
  const lines = shippedText(name).split("\n");
  const whole = readEvents(Buffer.from(lines.join("\n"), "latin1"));
  const known = new Set(found(whole, checked(whole).checker, 0));

  it(`has no finding that the whole has not; seed ${SEED}`, () => {
    let writes = 0;
    let decided = 0;
    const property = fc.property(fc.integer({ min: HEAD, max: lines.length - 1 }), (from) => {
      const text = [...lines.slice(0, HEAD), ...lines.slice(from)].join("\n");
      const read = readEvents(Buffer.from(text, "latin1"), whole.rules);
      const { checker } = checked(read);
      const others = found(read, checker, from - HEAD).filter((each) => !known.has(each));
      expect(others).toEqual([]);
      const { observed, unknown, undefined: lost } = checker.counts;
      writes += observed;
      decided += observed - unknown - lost;
    });
    fc.assert(property, { seed: SEED, numRuns: 25 });
    if (!name.endsWith("-minimal")) expect(decided / writes).toBeGreaterThan(0.8);
  });

  it("has none where it begins within a function that calls others", () => {
    const places = lines.flatMap((line, i) => (OUTER.test(line) ? [i + 1] : []));
    for (const from of places.filter((_, i) => i % Math.ceil(places.length / 30) === 0)) {
      const text = [...lines.slice(0, HEAD), ...lines.slice(from)].join("\n");
      const read = readEvents(Buffer.from(text, "latin1"), whole.rules);
      const others = found(read, checked(read).checker, from - HEAD);
      expect(others.filter((each) => !known.has(each))).toEqual([]);
    }
  });
});
