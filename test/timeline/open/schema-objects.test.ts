// What irqtwin did not make in a timeline is found before anything is written, and what it made must be as it was.

import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { MIGRATIONS } from "../../../src/timeline/open/migration-texts.js";
import { freshSchema, schemaHash } from "../../../src/timeline/open/schema-objects.js";
import { eventsHash, valueOf } from "../../support/content.js";
import { irqtwin, json } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { type VerifyReport } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";
import { tamper } from "../../support/tamper.js";

const scratch = new Scratch();
const OTHER = shippedPath("6.12-s2-two");
const ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT max(x) FROM n";
let base: string;

beforeAll(() => {
  base = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("6.17-x-uaf-crash"), "--db", base]).status).toBe(0);
  expect(irqtwin(["check", "--db", base]).status).toBe(1);
});

test("the hash that is noted is that of the schema", () => {
  const fresh = freshSchema();
  expect(MIGRATIONS.schemaHash, "write this hash to migrations/schema.sha256").toBe(
    schemaHash(fresh),
  );
  fresh.close();
});

/** A copy in which someone ran some SQL. */
function changed(sql: string): string {
  const path = scratch.path(".db");
  tamper(base, path, () => undefined);
  const sqlite = new Database(path);
  sqlite.exec(sql);
  sqlite.close();
  return path;
}

describe("what irqtwin did not make", () => {
  const PLANTED: readonly (readonly [string, string])[] = [
    ["trigger planted", `CREATE TRIGGER planted AFTER INSERT ON event BEGIN ${ENDLESS}; END`],
    [
      "trigger planted",
      "CREATE TRIGGER planted AFTER INSERT ON audit BEGIN DELETE FROM finding; END",
    ],
    ["view planted", `CREATE VIEW planted AS ${ENDLESS}`],
    ["table planted", "CREATE TABLE planted (a)"],
    ["index planted", "CREATE UNIQUE INDEX planted ON task (pid, comm, id)"],
  ];
  test.each(PLANTED)("%s (%s) is never run, and is found", (object, sql) => {
    const db = changed(sql);
    const before = eventsHash(db);
    const ran = irqtwin(["import", OTHER, "--db", db]);
    expect(ran.stderr).toMatch(new RegExp(`holds the ${object}, .*\\(ERR_SCHEMA_CHANGED\\)\n$`));
    expect(ran.status).toBe(3);
    expect(eventsHash(db)).toBe(before);
    // It is judged and printed, and not stored.
    const check = irqtwin(["check", "--json", "--db", db]);
    expect(check.status).toBe(1);
    expect(json(check)).toHaveProperty(
      "not_stored",
      expect.stringContaining("objects that irqtwin did not make"),
    );
    expect(valueOf(db, "SELECT count(*) > 0 FROM finding")).toBe(1n);
    const verify = irqtwin(["verify", "--json", "--db", db]);
    expect(verify.status).toBe(1);
    expect(json(verify)).toMatchObject({
      verdict: "damaged",
      findings: [{ step: "schema", what: `${object} is there, and no migration makes it` }],
    });
  });
});

describe("what irqtwin made and someone changed", () => {
  const CHANGED: readonly (readonly [string, string, string])[] = [
    ["view v_irte", "not what irqtwin made", `DROP VIEW v_irte; CREATE VIEW v_irte AS ${ENDLESS}`],
    ["table finding", "missing", "DROP TABLE finding"],
    [
      "table recording",
      "missing",
      `PRAGMA foreign_keys = OFF; DROP TABLE recording; CREATE VIEW recording AS SELECT 1 AS id, 1 AS log_version, * FROM (${ENDLESS})`,
    ],
    ["table chain", "missing", `DROP TABLE chain; CREATE VIEW chain AS ${ENDLESS}`],
  ];
  test.each(CHANGED)("%s, %s: every question is refused, and verify tells", (object, how, sql) => {
    const db = changed(sql);
    for (const args of [
      ["info"],
      ["at", "end"],
      ["log"],
      ["query", "SELECT * FROM v_irte"],
      ["check"],
    ]) {
      const ran = irqtwin([...args, "--db", db]);
      expect(ran.stderr).toContain(`the ${object} of ${db} is ${how}`);
      expect(ran.stderr).toContain("(ERR_SCHEMA_CHANGED)");
      expect(ran.status).toBe(3);
    }
    expect(irqtwin(["verify", "--db", db]).stdout).toContain(object);
  });

  test("the tables of the migrations are covered by verify", () => {
    for (const table of ["migration_checksum", "kysely_migration"]) {
      const db = changed(`DELETE FROM ${table} WHERE name = (SELECT max(name) FROM ${table})`);
      const verify = irqtwin(["verify", "--db", db]);
      expect(verify.status).toBe(1);
      expect(verify.stdout).toContain(`table ${table}`);
    }
  });
});

describe("what check stored", () => {
  const CHANGES: readonly string[] = [
    "DELETE FROM finding WHERE id = 'F1'",
    "UPDATE finding SET title = 'nothing' WHERE id = 'F1'",
    "UPDATE write_verdict SET verdict = 'unknown' WHERE verdict = 'explained'",
    "UPDATE audit SET unexpected = 0, mismatched = 99",
    "DELETE FROM audit",
  ];
  test.each(CHANGES)("%s: verify tells", (sql) => {
    expect(irqtwin(["verify", "--db", base]).status).toBe(0);
    const verify = irqtwin(["verify", "--json", "--db", changed(sql)]);
    expect(verify.status).toBe(1);
    const { findings } = json(verify) as VerifyReport;
    expect(new Set(findings.map(({ step }) => step))).toEqual(new Set(["verdicts"]));
    expect(findings[0]?.recording_id).toBe(1);
  });
});

describe("a checkpoint that was changed", () => {
  test("is trusted by no question, and verify names it", () => {
    const large = scratch.path(".db");
    expect(irqtwin(["import", scratch.file(".txt", largeTrace()), "--db", large]).status).toBe(0);
    const seq = Number(valueOf(large, "SELECT min(seq) FROM checkpoint"));
    expect(seq).toBeGreaterThan(0);
    for (const state of ["{}", "null", "[", '{"irtes":[null]}']) {
      const db = tamper(large, scratch.path(".db"), (sqlite) =>
        sqlite.prepare("UPDATE checkpoint SET state = ? WHERE seq = ?").run(state, seq),
      );
      const at = irqtwin(["at", `@${seq}`, "--db", db]);
      expect(at.stderr).toMatch(
        new RegExp(`checkpoint at @${seq} .*\\(ERR_TIMELINE_DAMAGED\\)\n$`),
      );
      expect(at.status).toBe(3);
      expect(irqtwin(["at", `@${seq - 1}`, "--db", db]).status).not.toBe(3);
      const { status, stdout } = irqtwin(["verify", "--db", db]);
      expect({ status, stdout }).toMatchObject({
        status: 1,
        stdout: expect.stringContaining("checkpoint") as string,
      });
    }
  });
});
