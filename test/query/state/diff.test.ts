// The difference of two instants: nothing between a moment and itself, and between two what their documents
// differ in.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const RUNS = 40;
let timeline: Timeline;
let last: number;

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  last = timeline.recording().at().seq;
});

afterAll(() => {
  timeline.close();
});

const seq = (): fc.Arbitrary<number> => fc.integer({ min: 1, max: last });

describe("diff", () => {
  it("finds nothing between a moment and itself", () => {
    fc.assert(
      fc.property(seq(), (at) => {
        expect(timeline.recording().diff({ from: `@${at}`, to: `@${at}` }).differences).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("gives each field of an IRTE that the documents differ in, and no other", () => {
    fc.assert(
      fc.property(seq(), seq(), (a, b) => {
        const [from, to] = [
          timeline.recording().at({ when: `@${a}` }),
          timeline.recording().at({ when: `@${b}` }),
        ];
        const { differences } = timeline.recording().diff({ from: `@${a}`, to: `@${b}` });
        for (const irte of to.irtes) {
          const was = from.irtes.find((each) => each.irte === irte.irte);
          const found = differences.find(({ name }) => name === irte.irte);
          const changed = (["lo", "hi", "mode", "vector", "vcpu", "gsi"] as const).filter(
            (field) => (was?.[field] ?? null) !== irte[field],
          );
          const given = found?.fields.filter(({ unknown }) => unknown.length === 0) ?? [];
          for (const field of changed)
            expect(found?.fields.map((each) => each.field)).toContain(field);
          for (const { field, from: value, to: now } of given)
            expect([field, value]).not.toEqual([field, now]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("gives the words of the driver's copy where it differs from the table", async () => {
    const path = scratch.path(".db");
    const other = await openTimeline(path, { create: true });
    await other.import(shippedPath("7.3-s2-two"));
    const end = other.recording().at().seq;
    let seen = 0;
    for (let at = 1; at < end && seen < 4; at++) {
      const [before, after] = [
        other.recording().at({ when: `@${at}` }),
        other.recording().at({ when: `@${at + 1}` }),
      ];
      const { differences } = other.recording().diff({ from: `@${at}`, to: `@${at + 1}` });
      for (const { irte, shadow } of after.irtes) {
        const was = before.irtes.find((each) => each.irte === irte)?.shadow;
        const fields = differences.find(({ name }) => name === irte)?.fields ?? [];
        const told = fields.filter(({ field }) => field.startsWith("shadow_"));
        const expected = (["lo", "hi"] as const)
          .filter((word) => was?.[word] !== shadow?.[word])
          .map((word) => ({
            ...{ field: `shadow_${word}`, unknown: [] },
            ...{ from: was?.[word] ?? null, to: shadow?.[word] ?? null },
          }));
        expect(told).toEqual(expected);
        seen += told.length;
      }
    }
    other.close();
    expect(seen).toBeGreaterThan(0);
  });

  it("says the same backwards", () => {
    fc.assert(
      fc.property(seq(), seq(), (a, b) => {
        const there = timeline.recording().diff({ from: `@${a}`, to: `@${b}` }).differences;
        const back = timeline.recording().diff({ from: `@${b}`, to: `@${a}` }).differences;
        const turned = back.flatMap(({ name, fields }) =>
          fields.map(({ field, from, to }) => `${name} ${field} ${String(to)} ${String(from)}`),
        );
        const straight = there.flatMap(({ name, fields }) =>
          fields.map(({ field, from, to }) => `${name} ${field} ${String(from)} ${String(to)}`),
        );
        expect(turned.sort()).toEqual(straight.sort());
      }),
      { numRuns: RUNS },
    );
  });

  it("shows a posting as text and as JSON, with exit status 1; 0 where nothing differs", () => {
    const text = irqtwin(["diff", "@100", "@101", "--db", db]);
    expect(text.status).toBe(1);
    expect(text.stdout).toContain("irte 0000:00:08.0/0\n");
    expect(text.stdout).toContain("    mode remapped -> posted\n");
    const json = JSON.parse(irqtwin(["diff", "@100", "@101", "--db", db, "--json"]).stdout) as {
      differences: { name: string; fields: { field: string; from: unknown; to: unknown }[] }[];
    };
    const irte = json.differences.find(({ name }) => name === "0000:00:08.0/0");
    expect(irte?.fields).toContainEqual({
      field: "mode",
      from: "remapped",
      to: "posted",
      unknown: [],
    });
    expect(irqtwin(["diff", "end", "end", "--db", db]).status).toBe(0);
  });

  it.each([[["@1"]], [["@1", "@2", "@3"]], [["@1", "nonsense"]]])("refuses %j", (operands) => {
    const { status, stderr } = irqtwin(["diff", ...operands, "--db", db]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: .*\(ERR_(USAGE|WHEN)\)/);
  });
});
