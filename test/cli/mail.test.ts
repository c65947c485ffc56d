// `explain --format mail`: a kernel developer reads it without asking back.

import { spawnSync } from "node:child_process";
import { basename } from "node:path";
import { mkdirSync, symlinkSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { MAIN, irqtwin, json } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
const TRACES = ["6.16-m2-mono-standard", "6.16-x-stale-route-removed", "6.17-x-uaf-crash"] as const;

interface Found {
  readonly id: string;
  readonly irte: string | null;
  readonly title: string;
  readonly bug: string | null;
  readonly invariant: string | null;
}

const checked = (...args: readonly string[]): readonly Found[] =>
  (json(irqtwin(["check", "--json", ...args])) as { findings: Found[] }).findings;
const mailOf = (id: string, ...args: readonly string[]): string =>
  irqtwin(["explain", id, "--format", "mail", "--db", db, ...args]).stdout;
/** A text without its line breaks. */
const flat = (text: string): string => text.replace(/\n +/g, " ").replace(/\n/g, " ");

beforeAll(() => {
  expect(irqtwin(["import", ...TRACES.map(shippedPath), "--db", db]).status).toBe(0);
});

describe.each(TRACES.map((name, i) => [name, String(i + 1)] as const))(
  "a mail of %s",
  (name, recording) => {
    const raw = new Set(shippedText(name).split("\n"));
    let mails: string[];

    beforeAll(() => {
      const findings = checked("--db", db, "--recording", recording);
      // One of each kind of finding: each mail runs the whole check.
      const kinds = new Map(findings.map((each) => [`${each.bug} ${each.invariant}`, each.id]));
      mails = [...kinds.values()].map((id) => mailOf(id, "--recording", recording));
      expect(mails.length).toBeGreaterThan(0);
    });

    test("says what the bugs that cost entries of the GA log cost, and of others nothing", () => {
      const findings = checked("--db", db, "--recording", recording);
      const costly = findings.find(({ bug }) => bug === "B7" || bug === "B4");
      const other = findings.find(({ bug }) => bug === null || bug === "B1");
      const says = / What it cost: \d+ entr(y|ies) of the GA log woke nobody\./;
      if (costly !== undefined)
        expect(flat(mailOf(costly.id, "--recording", recording))).toMatch(says);
      if (other !== undefined)
        expect(mailOf(other.id, "--recording", recording)).not.toContain("What it cost");
    });

    test("is ASCII of 76 columns, but for the lines of the trace", () => {
      for (const mail of mails) {
        expect(mail).toMatch(/^[\x20-\x7e\t\n]+$/);
        const lines = mail.split("\n");
        expect(lines.filter((line) => raw.has(line) && line !== "").length).toBeGreaterThan(0);
        for (const line of lines) if (!raw.has(line)) expect(line.length).toBeLessThanOrEqual(76);
      }
    });

    test("has a subject, what was expected in which function, the evidence, and how to reproduce it", () => {
      for (const mail of mails) {
        expect(mail).toMatch(/^Subject: KVM: SVM: [^@]*\n\n/);
        const parts = mail.split(/\n-+\n/);
        expect(parts).toHaveLength(4);
        expect(parts[1]).toMatch(/\w+\(\)/);
        expect(parts[2]).toMatch(/\(1\) line \d+/);
        expect(parts[3]).toMatch(/irqtwin import .*\n(?: .*\n)*? {2}irqtwin explain F\d+/);
      }
    });

    test("names a fix by its commit and subject, never by its number alone", () => {
      for (const mail of mails) {
        expect(mail).toMatch(/\n {2}[0-9a-f]{12} \("(?:KVM|iommu\/amd): /);
        expect(flat(mail)).not.toMatch(/patch(?:es)? \d/);
      }
    });
  },
);

describe("the commands of a mail", () => {
  test("show the finding again", () => {
    const folder = scratch.path("");
    mkdirSync(folder);
    const trace = shippedPath(TRACES[0]);
    symlinkSync(trace, `${folder}/${basename(trace)}`);
    const [{ id } = { id: "" }] = checked("--db", db, "--recording", "1").filter(
      ({ bug, irte }) => bug === "B5" && irte === "0000:00:09.0/0",
    );
    const mail = mailOf(id, "--recording", "1");
    const [, reproduce = ""] = mail.split("How to reproduce it\n");
    const [commands = ""] = reproduce.split("\nOn a live host");
    const script = commands
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => line.startsWith("  irqtwin"))
      .join("\n");
    const run = `irqtwin() { "${process.execPath}" "${MAIN}" "$@"; }; set -e\n${script}`;
    const ran = spawnSync("bash", ["-c", run], { cwd: folder, encoding: "utf8" });
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: "" });
    expect(ran.stdout).toContain(`${id}: 0000:00:09.0/0: a route set while AVIC is inhibited`);
    expect(ran.stdout).toMatch(/\n0000:00:09\.0\/0 +remapped/);
  });
});

describe("a mail of other rules than the kernel's own", () => {
  test("says that a difference is no fault, and which change made it", () => {
    const mail = flat(mailOf("F1", "--recording", "2", "--rules", "6.17"));
    expect(mail).toContain(
      "It was judged by the code of Linux 6.17, which is not the recorded kernel's own",
    );
    expect(mail).toContain('b03500f03ea0 ("KVM: SVM: Generate GA log IRQs only if');
    expect(mail).toContain("ga_log_intr: expected 0, written 1");
  });
});
