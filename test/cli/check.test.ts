// How `check` prints findings, for people and for CI.

import { describe, expect, test } from "vitest";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();

describe("findings in text, TAP and JUnit", () => {
  const db = scratch.path(".db");
  const check = (format: string): string =>
    irqtwin(["check", "--db", db, "--format", format]).stdout;

  test("each has a heading of its own: kind and invariant, and how often it was seen", () => {
    expect(irqtwin(["import", shippedPath("6.17-x-uaf-crash"), "--db", db]).status).toBe(0);
    const text = check("text");
    expect(text).toContain(
      "\nF1 invariant I10 at @1188 (line 2636, 40886016549), safety, 8 times\n",
    );
    expect(text).toContain(
      "\nF2 invariant I13 at @1188 (line 2636, 40886016549), safety, 5 times\n",
    );
    expect(check("tap")).toMatch(/^not ok 3 - F2 invariant I13: 0000:00:08.0\/0: .* # line 2636$/m);
    expect(check("junit")).toContain('name="F2 invariant I13"><failure');
  });

  test("the writes are one test, the findings one each, the same in TAP and JUnit", () => {
    const tap = check("tap").split("\n");
    const failed = tap.filter((line) => line.startsWith("not ok")).length;
    expect(tap[2]).toMatch(/^ok 1 - 256 IRTE writes/);
    expect(check("junit")).toContain(`tests="${failed + 1}" failures="${failed}"`);
  });
});
