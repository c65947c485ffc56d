// A recording that begins in the middle, with the state of the host from that moment: more of its writes are decided than
// with a dump of the table alone, no value is stated that the whole recording contradicts, and nobody is accused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Checker } from "../../src/check/checker.js";
import { stampOf } from "../../src/base/stamp.js";
import { type Stamp } from "../../src/domain/values/ids.js";
import { type TableDump } from "../../src/source/header/irqtbl.js";
import { dumpOf, irqtblAt } from "../support/dump.js";
import { checked, readEvents, type Read } from "../support/events.js";
import { hostDumpOf, hostStateAt } from "../support/host-state.js";
import { seedOr } from "../support/seed.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const SEED = seedOr(20261126);
/** Lines that tell of the recording itself. */
const HEAD = 12;
const RUNS = 8;

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

/** Writes that stay open in all recordings together. */
let sum = { alone: 0, table: 0, host: 0 };

describe.each(SHIPPED)("%s without its beginning", (name) => {
  const text = shippedText(name);
  const lines = text.split("\n");
  const whole = readEvents(Buffer.from(text, "latin1"));
  const known = found(whole, checked(whole), 0);
  const read = (line: number, dump: TableDump | null): Read =>
    readEvents(
      Buffer.from([...lines.slice(0, HEAD), ...lines.slice(line)].join("\n"), "latin1"),
      whole.rules,
      dump,
    );
  const anyLine = fc.integer({ min: HEAD, max: lines.length - 1 });

  it(`leaves less open with the host's state, and accuses nobody; seed ${SEED}`, () => {
    const property = fc.property(anyLine, (line) => {
      const alone = checked(read(line, null));
      const table = checked(read(line, dumpOf(irqtblAt(whole, line))));
      const events = read(line, hostDumpOf(hostStateAt(whole, line, text)));
      const host = checked(events);
      const told = new Set([...known, ...found(read(line, null), alone, line - HEAD)]);
      expect(found(events, host, line - HEAD).filter((each) => !told.has(each))).toEqual([]);
      sum = {
        alone: sum.alone + undecided(alone),
        table: sum.table + undecided(table),
        host: sum.host + undecided(host),
      };
    });
    fc.assert(property, { seed: SEED, numRuns: RUNS });
  });

  it("is not accused because of a state from another moment", () => {
    const property = fc.property(anyLine, anyLine, (line, other) => {
      const alone = read(line, null);
      const events = read(line, hostDumpOf(hostStateAt(whole, other, text)));
      const told = [...known, ...found(alone, checked(alone), line - HEAD)];
      const accused = found(events, checked(events), line - HEAD);
      expect(accused.filter((each) => !/^C\d/.test(each) && !told.includes(each))).toEqual([]);
    });
    fc.assert(property, { seed: SEED, numRuns: RUNS });
  });
});

it("decides more than with a dump of the table, which decides more than none", () => {
  expect(sum.host).toBeLessThan(sum.table);
  expect(sum.table).toBeLessThan(sum.alone);
});

describe("a dump between two lines of a function", () => {
  const name = "6.17-s1-one";
  const lines = shippedText(name).split("\n");
  const whole = readEvents(Buffer.from(lines.join("\n"), "latin1"));
  const stampOfLine = (line: string): Stamp =>
    stampOf(BigInt(/ (\d{6,}): /.exec(line)?.[1] ?? "0"));
  const places = lines.flatMap((line, i) =>
    line.includes("[000]") && (lines[i + 1] ?? "").includes(" irte_write: ") ? [i] : [],
  );

  it.each(["table", "host"])("does not end it: a dump of the %s", (what) => {
    expect(places.length).toBeGreaterThan(20);
    const { counts } = checked(whole).checker;
    for (const place of places.filter((_, i) => i % 4 === 0)) {
      const at = stampOfLine(lines[place] ?? "");
      const table = irqtblAt(whole, place + 1);
      const dump =
        what === "table" ? dumpOf(table, at) : hostDumpOf(hostStateAt(whole, place + 1), at);
      const read = readEvents(Buffer.from(lines.join("\n"), "latin1"), whole.rules, dump);
      expect(checked(read).checker.counts).toEqual(counts);
    }
  });
});
