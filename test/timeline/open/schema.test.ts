import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { contentOf, rowsOf, valueOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { installation } from "../../support/installation.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const MIGRATIONS = readdirSync(join(ROOT, "migrations")).filter((name) => name.endsWith(".sql"));
const hasSqlite3 = spawnSync("sqlite3", ["--version"]).status === 0;

const scratch = new Scratch();
let db: string;

beforeAll(async () => {
  db = scratch.path(".db");
  // A real recording with one line that does not parse, so that every canonical table has rows.
  const lines = shippedLines("6.17-s1-one");
  lines.splice(500, 0, "this is no ftrace line");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`));
  timeline.close();
});

/** A copy of the timeline, for a test that changes it. */
function copy(): string {
  const path = scratch.path(".db");
  cpSync(db, path);
  return path;
}

describe("the schema", () => {
  test("a timeline is marked as one in its header", () => {
    const header = readFileSync(db);
    expect(header.toString("latin1", 0, 15)).toBe("SQLite format 3");
    // Bytes 68 to 71 are the application ID, 60 to 63 the user version.
    expect(header.toString("latin1", 68, 72)).toBe("irqt");
    expect(header.readUInt32BE(60)).toBe(MIGRATIONS.length);
  });

  test("each migration is recorded with the SHA-256 of its text", () => {
    const sums = spawnSync("sha256sum", MIGRATIONS, {
      cwd: join(ROOT, "migrations"),
      encoding: "utf8",
    });
    const expected = sums.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/))
      .map(([sha256, file]) => [file?.replace(".sql", ""), sha256]);
    expect(rowsOf(db, "SELECT name, sha256 FROM migration_checksum ORDER BY name")).toEqual(
      expected,
    );
  });

  test("SQLite finds the file intact, foreign keys included", () => {
    expect(rowsOf(db, "PRAGMA integrity_check")).toEqual([["ok"]]);
    expect(rowsOf(db, "PRAGMA foreign_key_check")).toEqual([]);
  });

  test("a closed timeline is one file", () => {
    const name = db.slice(db.lastIndexOf("/") + 1);
    const siblings = readdirSync(join(db, "..")).filter((file) => file.startsWith(`${name}-`));
    expect(siblings).toEqual([]);
  });
});

describe("migrations", () => {
  test("a timeline of an older schema is brought up to date by the next import", async () => {
    const newest = MIGRATIONS.at(-1) ?? "";
    const old = await installation(scratch.path(""), (migrations) => {
      rmSync(join(migrations, newest));
    });
    const path = scratch.path(".db");
    // The old installation lacks what this program's import writes; its schema stays all the same, in a file that was
    // there before.
    writeFileSync(path, "");
    irqtwin(["import", shippedPath("6.17-s1-one"), "--db", path], {
      main: old,
    });
    expect(valueOf(path, "PRAGMA user_version")).toBe(BigInt(MIGRATIONS.length - 1));

    const ran = irqtwin(["import", shippedPath("6.17-s1-one"), "--db", path]);
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(valueOf(path, "PRAGMA user_version")).toBe(BigInt(MIGRATIONS.length));
  });

  test("a view needs no more than a migration file of its own", async () => {
    const number = String(Number(MIGRATIONS.toSorted().at(-1)?.slice(0, 4)) + 1).padStart(4, "0");
    const main = await installation(scratch.path(""), (migrations) => {
      const sql = "CREATE VIEW v_task AS SELECT recording_id, comm, pid FROM task;\n";
      writeFileSync(join(migrations, `${number}_tasks.sql`), sql);
    });
    const path = copy();
    const ran = irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path], { main });
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(valueOf(path, "PRAGMA user_version")).toBe(BigInt(MIGRATIONS.length + 1));
    const count = ["query", "SELECT count(*) > 0 AS n FROM v_task", "--json", "--db", path];
    expect(irqtwin(count, { main }).stdout).toBe('{"n":1}\n');
    expect(irqtwin(["verify", "--db", path], { main }).status).toBe(0);
  });

  test("a migration that changed since it made an older timeline is refused, and nothing changes", () => {
    const path = copy();
    const sqlite = new Database(path);
    sqlite.pragma(`user_version = ${MIGRATIONS.length - 1}`);
    sqlite.exec("UPDATE migration_checksum SET sha256 = 'another' WHERE name = '0001_timeline'");
    sqlite.close();
    const before = readFileSync(path);

    const ran = irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path]);
    expect(ran.stderr).toMatch(/^error: migration 0001_timeline .*\(ERR_MIGRATION_CHANGED\)\n$/);
    expect(ran.status).toBe(3);
    expect(contentOf(path)).toEqual(contentOf(db));
    expect(valueOf(path, "PRAGMA user_version")).toBe(BigInt(MIGRATIONS.length - 1));
    expect(readFileSync(path).length).toBe(before.length);
  });

  test("a migration that changed since it made a timeline of this version is refused too", async () => {
    const damaged = await installation(scratch.path(""), (migrations) => {
      const file = join(migrations, MIGRATIONS[0] ?? "");
      writeFileSync(file, `${readFileSync(file, "utf8")}\n-- edited\n`);
    });
    const path = copy();
    const ran = irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path], {
      main: damaged,
    });
    expect(ran.stderr).toContain("(ERR_MIGRATION_CHANGED)");
    expect(ran.status).toBe(3);
    expect(contentOf(path)).toEqual(contentOf(db));
  });
});

const FORBIDDEN = [
  "UPDATE event SET time_ns = 0",
  "UPDATE event SET line = line WHERE seq = 1",
  "DELETE FROM event WHERE seq = 1",
  "DELETE FROM event",
  "UPDATE gap SET lost = 1",
  "DELETE FROM gap",
  "UPDATE rejected_line SET reason = ''",
  "DELETE FROM rejected_line",
  "UPDATE recording SET state = 'importing'",
  "UPDATE recording SET file = 'other'",
  "DELETE FROM recording",
];

// REPLACE deletes the row that is in its way, and SQLite fires no DELETE trigger for that.
const REPLACING = [
  "REPLACE INTO event (seq, recording_id, line, time_ns, cpu, kind) VALUES (1, 1, 1, 0, 0, 1)",
  "REPLACE INTO gap (id, recording_id, kind, to_seq, to_ns) VALUES (1, 1, 'lost', 1, 0)",
  "REPLACE INTO rejected_line SELECT recording_id, line, 'another', text FROM rejected_line",
];

describe("what was recorded stays", () => {
  test("every table under test has rows", () => {
    for (const table of ["event", "gap", "rejected_line", "recording"])
      expect(Number(valueOf(db, `SELECT count(*) FROM ${table}`)), table).toBeGreaterThan(0);
  });

  test.each([...FORBIDDEN, ...REPLACING])("%s is refused", (statement) => {
    const path = copy();
    const sqlite = new Database(path);
    expect(() => sqlite.exec(statement)).toThrow(/insert-only|does not change/);
    sqlite.close();
    expect(contentOf(path)).toEqual(contentOf(db));
  });

  test.skipIf(!hasSqlite3)("sqlite3, which knows nothing of irqtwin, is refused as well", () => {
    for (const statement of FORBIDDEN) {
      const path = copy();
      const ran = spawnSync("sqlite3", [path, statement], { encoding: "utf8" });
      expect(ran.stderr, statement).toMatch(/insert-only|does not change/);
      expect(ran.status).not.toBe(0);
      expect(contentOf(path)).toEqual(contentOf(db));
    }
  });
});
