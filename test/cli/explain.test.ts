// `explain`: what a maintainer reads.

import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const TRACE = shippedPath("6.16-x-stale-route-removed");
const RAW = gunzipSync(readFileSync(TRACE)).toString("utf8").split("\n");

beforeAll(() => {
  expect(irqtwin(["import", TRACE, "--db", db]).status).toBe(0);
});

const explain = (...args: readonly string[]): string =>
  irqtwin(["explain", ...args, "--db", db]).stdout;

/** The lines of a text that the trace has as they stand. */
const quotedIn = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "" && RAW.includes(line));

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
    expect(text).toMatch(/\ncommit {5}b03500f03ea0 \("KVM: SVM: Generate GA log IRQs only if/);
    const own = text.split("\n").filter((line) => !RAW.includes(line));
    expect(Math.max(...own.map(({ length }) => length))).toBeLessThanOrEqual(72);
    expect(explain("F1")).not.toContain("difference");
  });

  test("names a known bug's fixes by commit, subject and series, and what is right in which function", () => {
    const text = explain("F1").replace(/\n +/g, " ");
    expect(text).toContain(
      'commit     a0ca34bb1aad ("KVM: SVM: Delete IRTE link from previous vCPU irrespective of new routing"), patch 07 of 62 of "KVM: iommu: Overhaul device posted IRQs support"',
    );
    expect(text).toContain("(avic_pi_update_irte(), arch/x86/kvm/svm/avic.c)");
  });
});

describe("the lines that prove a finding", () => {
  interface Document {
    readonly events: readonly { line: number; raw: string | null; function: string | null }[];
    readonly quoted_from: string | null;
    readonly not_quoted: string | null;
  }
  const documentOf = (at: string, ...more: readonly string[]): Document =>
    json(irqtwin(["explain", "F1", "--json", "--db", at, ...more])) as Document;

  test("are quoted as the trace has them, from where it was imported", () => {
    const { events, quoted_from, not_quoted } = documentOf(db);
    expect(events.length).toBeGreaterThan(1);
    for (const { line, raw } of events) expect(raw).toBe(RAW[line - 1]);
    expect([quoted_from, not_quoted]).toEqual([TRACE, null]);
    expect(quotedIn(explain("F1"))).toHaveLength(events.length);
    expect(quotedIn(irqtwin(["explain", "F1", "--db", db], { cwd: "/" }).stdout)).toHaveLength(
      events.length,
    );
  });

  /** A timeline in a folder of its own, and its trace beside it. */
  const moved = (): { folder: string; trace: string; timeline: string } => {
    const folder = scratch.path("");
    mkdirSync(folder);
    const trace = join(folder, "t.gz");
    const timeline = join(folder, "t.db");
    copyFileSync(TRACE, trace);
    expect(irqtwin(["import", trace, "--db", timeline]).status).toBe(0);
    return { folder, trace, timeline };
  };

  test("are quoted after the timeline and the trace have moved together, or from a file that is named", () => {
    const { folder, timeline } = moved();
    renameSync(folder, `${folder}-2`);
    const there = timeline.replace(folder, `${folder}-2`);
    expect(documentOf(there).events.map(({ raw }) => raw)).toEqual(
      documentOf(db).events.map(({ raw }) => raw),
    );
    renameSync(`${folder}-2/t.gz`, `${folder}-2/u.gz`);
    expect(documentOf(there).events[0]?.raw).toBeNull();
    expect(documentOf(there, "--trace", `${folder}-2/u.gz`).not_quoted).toBeNull();
  });

  test("are not quoted from another file, and the text says so", () => {
    const { trace, timeline } = moved();
    appendFileSync(trace, "x");
    expect(documentOf(timeline).not_quoted).toMatch(/t\.gz (?:is another file|cannot be read)/);
    rmSync(trace);
    expect(spawnSync("mkfifo", [trace]).status).toBe(0);
    const text = irqtwin(["explain", "F1", "--db", timeline]).stdout;
    expect(text.replace(/\n/g, " ")).toMatch(
      /its lines are not quoted, only numbered: .*t\.gz is not there/,
    );
    expect(quotedIn(text)).toEqual([]);
    expect(text).toMatch(/line \d+, \d+, CPU \d/);
  });

  test("cannot be quoted of standard input, but of a file with what it was", () => {
    const timeline = scratch.path(".db");
    const input = readFileSync(TRACE);
    expect(irqtwin(["import", "-", "--db", timeline], { input }).status).toBe(0);
    expect(documentOf(timeline).not_quoted).toBe("it came from standard input");
    expect(documentOf(timeline, "--trace", TRACE).not_quoted).toBeNull();
  });
});
