// `explain`: what a maintainer reads.

import { beforeAll, describe, expect, test } from "vitest";
import { irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(() => {
  const trace = shippedPath("6.16-x-stale-route-removed");
  expect(irqtwin(["import", trace, "--db", db]).status).toBe(0);
});

const explain = (...args: readonly string[]): string =>
  irqtwin(["explain", ...args, "--db", db]).stdout;

describe("explain", () => {
  test("shows addresses, tags and vectors in hexadecimal, and no line numbers of ours", () => {
    const text = explain("F1", "--rules", "6.17");
    expect(text).toContain("\n    vector 0x41\n");
    expect(text).toContain("\n    ga_tag 0x200\n");
    expect(explain("F1") + text).not.toContain("returned_line");
  });

  test("names the difference that a finding by other rules shows, in 72 columns", () => {
    const text = explain("F1", "--rules", "6.17");
    expect(text).toContain(
      "\ndifference logsOnlyBlocking (patch 60, 61): GALogIntr only while the",
    );
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(72);
    expect(explain("F1")).not.toContain("difference");
  });
});
