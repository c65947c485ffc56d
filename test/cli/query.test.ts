// `irqtwin query`: SQL from outside can read the timeline, and nothing else, within limits.

import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { ended, irqtwin, startIrqtwin, type Ran } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(() => {
  expect(irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]).status).toBe(0);
});

const query = (sql: string, ...options: string[]): Ran =>
  irqtwin(["query", sql, "--db", db, ...options]);

const ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";

describe("query prints", () => {
  test("a table by default", () => {
    const ran = query("SELECT 1 AS one, 'a' AS letter UNION ALL SELECT 22, NULL ORDER BY one");
    expect(ran).toEqual({ status: 0, stderr: "", stdout: "one  letter\n  1  a\n 22  -\n" });
  });

  test("JSON Lines, with integers above 2^53 as text", () => {
    const ran = query("SELECT 9007199254740991 AS a, 9007199254740993 AS b, NULL AS c", "--json");
    expect(ran.stdout).toBe('{"a":9007199254740991,"b":"9007199254740993","c":null}\n');
    const same = query("SELECT 1.5 AS r, x'00ff' AS blob", "--format", "json");
    expect(same.stdout).toBe('{"r":1.5,"blob":"00ff"}\n');
  });

  test("CSV as in RFC 4180", () => {
    const ran = query(
      `SELECT 'a,b' AS "x,y", 'say "hi"' AS q, 'two' || char(10) || 'lines' AS n, NULL AS e`,
      "--format",
      "csv",
    );
    expect(ran.stdout).toBe('"x,y",q,n,e\n"a,b","say ""hi""","two\nlines",\n');
  });

  test("what the views hold", () => {
    const sql =
      "SELECT cause, count(*) AS n FROM v_event WHERE kind = 'irte_written' GROUP BY cause";
    const rows = query(`${sql} ORDER BY n DESC, cause`, "--format", "csv")
      .stdout.trim()
      .split("\n");
    const total = rows.slice(1).reduce((sum, row) => sum + Number(row.split(",")[1]), 0);
    expect(total).toBe(shippedText("6.17-s1-one").split(" irte_write: ").length - 1);
  });
});

describe("query refuses", () => {
  const WRITING = [
    "DELETE FROM event",
    "UPDATE recording SET file = 'x'",
    "INSERT INTO cause VALUES (99, 'x') RETURNING id",
    "CREATE TABLE t (a)",
    "DROP VIEW v_event",
    "VACUUM",
    "PRAGMA user_version = 9",
    "PRAGMA journal_mode = WAL",
    "PRAGMA query_only = OFF",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "BEGIN IMMEDIATE",
    "WITH x AS (SELECT 1) DELETE FROM event",
    "SELECT 1; DELETE FROM event",
    "SELECT 1; SELECT 2",
  ];

  test.each(WRITING)("%s", (sql) => {
    const before = readFileSync(db);
    const ran = query(sql);
    expect(ran.stderr).toMatch(/^error: .+ \(ERR_SQL(?:_NOT_READONLY)?\)\n$/);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(readFileSync(db).equals(before)).toBe(true);
    expect(existsSync(`${db}-wal`)).toBe(false);
  });

  test("other files: ATTACH, VACUUM INTO, extensions, and functions that read or write files", () => {
    const other = scratch.path(".db");
    for (const sql of [
      `ATTACH '${other}' AS o`,
      `VACUUM INTO '${other}'`,
      "SELECT load_extension('/tmp/x')",
      "SELECT readfile('/etc/passwd')",
      `SELECT writefile('${other}', 'x')`,
    ]) {
      const ran = query(sql);
      expect(ran.stderr, sql).toMatch(/^error: .+ \(ERR_SQL(?:_NOT_READONLY)?\)\n$/);
      expect(ran, sql).toMatchObject({ status: 2, stdout: "" });
    }
    expect(existsSync(other)).toBe(false);
  });

  test.each([
    "SELEC 1",
    "SELECT * FROM nowhere",
    "SELECT no_such FROM v_event",
    "",
    "/* nothing */",
  ])("%j, and says what SQLite says of it", (sql) => {
    const ran = query(sql);
    expect(ran.stderr).toMatch(/^error: .{8,} \(ERR_SQL(?:_NOT_READONLY)?\)\n$/);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("query is limited", () => {
  test("in time: an endless query is killed", () => {
    const started = performance.now();
    const ran = query(`${ENDLESS} SELECT count(*) FROM n`, "--seconds", "1");
    expect(ran.stderr).toMatch(/^error: the query took more than 1 s.* \(ERR_SQL_LIMIT\)\n$/);
    expect(ran.status).toBe(2);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("in time, even where it prints nothing for long within one row", () => {
    const ran = query(
      `SELECT max(length(hex(randomblob(50000000)))) FROM (${ENDLESS} SELECT i FROM n)`,
      "--seconds",
      "1",
    );
    expect(ran.stderr).toContain("(ERR_SQL_LIMIT)");
    expect(ran.status).toBe(2);
  });

  test("in rows: those before the limit are printed", () => {
    const ran = query(`${ENDLESS} SELECT i FROM n`, "--rows", "5", "--format", "csv");
    expect(ran.stdout).toBe("i\n1\n2\n3\n4\n5\n");
    expect(ran.stderr).toMatch(/^error: there are more than 5 rows.* \(ERR_SQL_LIMIT\)\n$/);
    expect(ran.status).toBe(2);
    const all = query("VALUES (1), (2), (3), (4), (5)", "--rows", "5");
    expect(all).toMatchObject({ status: 0, stderr: "" });
  });

  test("in rows by default", () => {
    const ran = query(`${ENDLESS} SELECT i FROM n`, "--format", "csv");
    expect(ran.status).toBe(2);
    expect(ran.stdout.trim().split("\n")).toHaveLength(10_001);
  });

  test("in megabytes", () => {
    const ran = query(
      `${ENDLESS} SELECT hex(zeroblob(50000)) FROM n`,
      "--megabytes",
      "1",
      "--json",
    );
    expect(ran.stderr).toMatch(/^error: .*1 MB.* \(ERR_SQL_LIMIT\)\n$/);
    expect(ran.status).toBe(2);
    expect(ran.stdout.length).toBeLessThan(1_100_000);
    expect(ran.stdout.length).toBeGreaterThan(800_000);
  });
});

describe("query is limited in memory", () => {
  test.each([
    "SELECT hex(randomblob(400000000))",
    "SELECT group_concat(hex(randomblob(1000000)), '') FROM event",
    `${ENDLESS} SELECT i, hex(randomblob(100000)) AS x FROM n ORDER BY x`,
    "SELECT zeroblob(2000000000)",
  ])("%s", (sql) => {
    const ran = query(sql, "--seconds", "25");
    expect(ran.stderr).toMatch(/^error: .* \(ERR_SQL_LIMIT\)\n$/);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
  });
});

test.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
  "an endless query ends with the program that asked it: %s",
  async (signal) => {
    const child = startIrqtwin(["query", `${ENDLESS} SELECT count(*) FROM n`, "--db", db]);
    const workers = (): string[] =>
      readdirSync("/proc").filter((pid) => {
        try {
          const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
          return parent === String(child.pid);
        } catch {
          return false;
        }
      });
    while (workers().length === 0) await sleep(20);
    const [worker = ""] = workers();
    await sleep(500);
    child.kill(signal);
    await ended(child);
    for (let i = 0; i < 100 && existsSync(`/proc/${worker}`); i++) await sleep(50);
    expect(existsSync(`/proc/${worker}`)).toBe(false);
  },
);

test("query sees what is committed, and does not wait for a process that writes", () => {
  const copy = scratch.path(".db");
  cpSync(db, copy);
  const writer = new Database(copy);
  writer.pragma("journal_mode = WAL");
  writer.exec("BEGIN IMMEDIATE; INSERT INTO cause VALUES (99, 'not committed')");
  const ran = irqtwin(["query", "SELECT max(id) FROM cause", "--db", copy, "--format", "csv"]);
  writer.exec("COMMIT");
  const after = irqtwin(["query", "SELECT max(id) FROM cause", "--db", copy, "--format", "csv"]);
  writer.close();
  expect(ran).toEqual({ status: 0, stderr: "", stdout: "max(id)\n14\n" });
  expect(after.stdout).toBe("max(id)\n99\n");
});
