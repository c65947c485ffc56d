// `check` in CI: which findings count, how much must be decided, and a timeline that cannot be written.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { type CheckReport } from "../../src/index.js";
import { irqtwin, json, type Ran } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

/** The triggers that keep a complete recording as it is. */
const COMPLETE_STAYS = ["recording_stays_complete"];

const scratch = new Scratch();
let crash: string;
let minimal: string;

beforeAll(() => {
  crash = imported("6.17-x-uaf-crash");
  minimal = imported("6.16-m3-local-minimal");
});

function imported(name: string): string {
  const db = scratch.path(".db");
  expect(irqtwin(["import", shippedPath(name), "--db", db]).status).toBe(0);
  return db;
}

function check(db: string, ...args: readonly string[]): Ran {
  return irqtwin(["check", "--db", db, "--json", ...args]);
}

function report(ran: Ran): CheckReport {
  return json(ran) as CheckReport;
}

const idsOf = (ran: Ran): readonly string[] =>
  report(ran).findings.map(({ id, invariant }) => `${id} ${invariant ?? ""}`);

describe("--except", () => {
  test("leaves out findings of an invariant and keeps the numbers of the others", () => {
    const all = idsOf(check(crash));
    expect(all.filter((id) => id.endsWith("I10")).length).toBeGreaterThan(0);
    const less = check(crash, "--except", "I10");
    expect(idsOf(less)).toEqual(all.filter((id) => !id.endsWith("I10")));
    expect(report(less).left_out).toBe(all.length - idsOf(less).length);
    expect(less.status).toBe(1);
  });

  test("of all that is found is a pass, which says what it left out", () => {
    const ran = irqtwin(["check", "--db", crash, "--except", "invariant"]);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/^\d+ findings left out by --only, --except or --baseline$/m);
  });

  test("names what is no name of check", () => {
    const ran = check(crash, "--except", "I99");
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain("--except I99");
  });
});

describe("--baseline", () => {
  function baseline(change: (report: CheckReport) => unknown = (same) => same): string {
    return scratch.file(".json", JSON.stringify(change(report(check(crash)))));
  }

  test("of the same recording leaves nothing", () => {
    const ran = check(crash, "--baseline", baseline());
    expect([ran.status, report(ran).findings]).toEqual([0, []]);
  });

  test("numbers, events and times do not count", () => {
    const moved = baseline((old) => ({
      ...old,
      findings: old.findings.map((each) => ({
        ...each,
        ...{ id: "F99", seq: 1, time_ns: "1", line: 1, evidence: [], times: 77, title: "" },
      })),
    }));
    expect(check(crash, "--baseline", moved).status).toBe(0);
  });

  test.each(["kind", "rule", "invariant", "bug", "irte", "vcpu", "fields"] as const)(
    "a finding of another %s is a new one",
    (field) => {
      const other = field === "fields" ? ["vector"] : "another";
      const changed = baseline((old) => ({
        ...old,
        findings: old.findings.map((each, i) => (i === 0 ? { ...each, [field]: other } : each)),
      }));
      const ran = check(crash, "--baseline", changed);
      expect([ran.status, idsOf(ran)]).toEqual([1, idsOf(check(crash)).slice(0, 1)]);
    },
  );

  test("that is no report, or not there, is refused", () => {
    for (const text of ["", "[]", '{"findings": 1}', '{"findings": [{}]}', "not JSON"]) {
      const ran = check(crash, "--baseline", scratch.file(".json", text));
      expect([ran.status, ran.stdout], text).toEqual([2, ""]);
      expect(ran.stderr).toContain("(ERR_USAGE)");
    }
    const ran = check(crash, "--baseline", scratch.path(".json"));
    expect(ran.status).toBe(3);
    expect(ran.stderr).toContain("(ERR_NO_SUCH_FILE)");
  });
});

describe("--min-decided", () => {
  test("a recording of which less is decided is inconclusive by default, and a pass without it", () => {
    const byDefault = check(minimal);
    const { verdict, reason, decided } = report(byDefault);
    expect(decided).toBeLessThan(0.9);
    expect([byDefault.status, verdict]).toEqual([4, "inconclusive"]);
    expect(reason).toContain("90 % are asked for");
    expect(check(minimal, "--min-decided", "0").status).toBe(0);
    expect(check(minimal, "--min-decided", "50").status).toBe(0);
    expect(check(minimal, "--min-decided", "99.5").status).toBe(4);
  });

  test("does not hide a finding", () => {
    expect(check(crash, "--min-decided", "100").status).toBe(1);
  });

  test.each(["101", "-1", "many", ""])("%j is no percentage", (text) => {
    expect(check(minimal, `--min-decided=${text}`).status).toBe(2);
  });
});

describe("a timeline that cannot be written", () => {
  test("is judged, and the verdicts are printed and not stored", () => {
    const db = scratch.path(".db");
    cpSync(crash, db);
    const sqlite = new Database(db);
    sqlite.exec("DELETE FROM audit; DELETE FROM finding; BEGIN IMMEDIATE");
    const ran = check(db);
    sqlite.exec("COMMIT");
    expect(ran.status).toBe(1);
    expect(report(ran).findings).toEqual(report(check(crash)).findings);
    expect(ran.stderr).toMatch(/^note: the verdicts are not stored: .+\n$/);
    expect(sqlite.prepare("SELECT count(*) FROM finding").pluck().get()).toBe(0);
    sqlite.close();
    expect(check(db).stderr).toBe("");
  });

  test("because it is of an older schema is refused as by every other command, and stays as it was", () => {
    const db = scratch.path(".db");
    cpSync(crash, db);
    const sqlite = new Database(db);
    sqlite.pragma("user_version = 3");
    sqlite.close();
    const before = readFileSync(db);
    const [first, ...others] = [["check"], ["info"], ["verify"], ["at", "end"]].map((args) =>
      irqtwin([...args, "--db", db]),
    );
    expect(first?.status).toBe(3);
    expect(first?.stderr).toMatch(
      /has schema 3.*irqtwin import FILE --db .*\(ERR_NOT_A_TIMELINE\)/,
    );
    for (const other of others) expect(other).toEqual(first);
    expect(readFileSync(db).equals(before)).toBe(true);
  });
});

describe("a recording that is not imported to its end", () => {
  test("is not judged, and each answer from it says so", () => {
    const db = scratch.path(".db");
    cpSync(crash, db);
    const sqlite = new Database(db);
    for (const trigger of COMPLETE_STAYS) sqlite.exec(`DROP TRIGGER ${trigger}`);
    sqlite.exec("UPDATE recording SET state = 'importing'");
    sqlite.close();
    const ran = check(db);
    expect([ran.status, report(ran).verdict]).toEqual([4, "inconclusive"]);
    expect(report(ran).reason).toContain("not imported to its end");
    for (const args of [
      ["at", "end"],
      ["log", "-n", "1"],
      ["blame", "00:08.0/0"],
    ])
      expect(irqtwin([...args, "--db", db]).stderr, args.join(" ")).toMatch(
        /^note: recording 1 .* is not imported to its end/,
      );
    expect(irqtwin(["info", "--db", db]).stdout).toContain("importing");
  });
});

test("a baseline is what an earlier check printed, for another recording of the same kernel", () => {
  const file = scratch.path(".json");
  writeFileSync(file, check(minimal).stdout);
  expect(check(crash, "--baseline", file).status).toBe(1);
});
