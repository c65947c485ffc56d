// A --db that is no timeline, or that cannot be written: a clear error with a code and the
// documented exit status, and the file is as it was.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ERROR_CODES, openTimeline, type ErrorCode } from "../../src/index.js";
import { contentOf, rowsOf, valueOf } from "../support/content.js";
import { ended, irqtwin, startIrqtwin, type Ran } from "../support/irqtwin.js";
import { largeTrace } from "../support/large.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const TRACE = shippedPath("6.17-s1-one");
let base: string;

beforeAll(() => {
  base = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", base]).status).toBe(0);
});

function copy(): string {
  const db = scratch.path(".db");
  cpSync(base, db);
  return db;
}

/** A copy of the timeline after some SQL. */
function changed(sql: string): string {
  const db = copy();
  const sqlite = new Database(db);
  sqlite.exec(sql);
  sqlite.close();
  return db;
}

function expectError(ran: Ran, code: ErrorCode, about = ""): void {
  expect(ran.stderr, about).toMatch(new RegExp(`^error: .{10,} \\(${code}\\)\n$`));
  expect(ran.status, about).toBe(ERROR_CODES[code]);
}

const READING: readonly (readonly string[])[] = [
  ["info"],
  ["at", "end"],
  ["log"],
  ["query", "SELECT count(*) FROM v_event"],
];
const ALL = [...READING, ["import", TRACE]];

describe("what is no timeline is refused by every command and stays as it was:", () => {
  const OTHERS: readonly (readonly [string, ErrorCode, () => string])[] = [
    [
      "a text file",
      "ERR_NOT_A_TIMELINE",
      () => scratch.file(".db", "no database, but some text\n".repeat(40)),
    ],
    [
      "a database of another application",
      "ERR_NOT_A_TIMELINE",
      () => changed("PRAGMA application_id = 252006675"),
    ],
    [
      "a database that names no application",
      "ERR_NOT_A_TIMELINE",
      () => {
        const file = scratch.path(".db");
        const sqlite = new Database(file);
        sqlite.exec("CREATE TABLE contact (name TEXT)");
        sqlite.close();
        return file;
      },
    ],
    [
      "a timeline of a newer version",
      "ERR_TIMELINE_NEWER",
      () => changed("PRAGMA user_version = 99"),
    ],
  ];

  test.each(OTHERS)("%s is %s", (_what, code, make) => {
    const db = make();
    const before = readFileSync(db);
    for (const args of ALL) expectError(irqtwin([...args, "--db", db]), code, args.join(" "));
    expect(readFileSync(db).equals(before)).toBe(true);
    expect([existsSync(`${db}-wal`), existsSync(`${db}-journal`)]).toEqual([false, false]);
  });

  test("a folder is ERR_NOT_A_TIMELINE", () => {
    for (const args of ALL) expectError(irqtwin([...args, "--db", tmpdir()]), "ERR_NOT_A_TIMELINE");
  });

  test("a FIFO, which no one writes to, is ERR_NOT_A_TIMELINE at once", () => {
    const db = scratch.path(".fifo");
    spawnSync("mkfifo", [db]);
    for (const args of ALL) expectError(irqtwin([...args, "--db", db]), "ERR_NOT_A_TIMELINE");
  });
});

describe("a path where no file can be", () => {
  test("is for import an error with a code: in a folder that does not exist", () => {
    const folder = scratch.path("");
    const ran = irqtwin(["import", TRACE, "--db", join(folder, "t.db")]);
    expect(ran.stderr).toMatch(/^error: .{10,} \(ERR_\w+\)\n$/);
    expect(ran.status).toBe(3);
    expect(existsSync(folder)).toBe(false);
  });

  test("is for import an error with a code: on a file system that takes no files", () => {
    const ran = irqtwin(["import", TRACE, "--db", "/proc/irqtwin.db"]);
    expect(ran.stderr).toMatch(/^error: .{10,} \(ERR_READONLY\)\n$/);
    expect(ran.status).toBe(5);
  });

  test("is for a question ERR_NO_TIMELINE, and none is made", () => {
    const db = scratch.path(".db");
    for (const args of READING) expectError(irqtwin([...args, "--db", db]), "ERR_NO_TIMELINE");
    expect(existsSync(db)).toBe(false);
  });
});

describe("a timeline without recordings", () => {
  test("is ERR_TIMELINE_EMPTY for whoever asks of a moment", async () => {
    const db = scratch.path(".db");
    (await openTimeline(db, { create: true })).close();
    expectError(irqtwin(["at", "end", "--db", db]), "ERR_TIMELINE_EMPTY");
    expectError(irqtwin(["log", "--db", db]), "ERR_TIMELINE_EMPTY");
    expect(irqtwin(["info", "--db", db])).toMatchObject({ status: 0, stdout: "no recordings\n" });
  });
});

describe("a damaged timeline", () => {
  /** Overwrites every page of a table's tree but the schema, as a bad disk would. */
  function damaged(): string {
    const db = copy();
    const content = readFileSync(db);
    content.fill(0x5a, 8192 * 2);
    writeFileSync(db, content);
    return db;
  }

  test("is ERR_TIMELINE_DAMAGED for every command that reads the damaged part", () => {
    for (const make of [damaged, cut]) {
      const db = make();
      const before = readFileSync(db);
      for (const args of [["info"], ["at", "end"], ["log"], ["import", TRACE]])
        expectError(irqtwin([...args, "--db", db]), "ERR_TIMELINE_DAMAGED", args.join(" "));
      expect(readFileSync(db).length).toBe(before.length);
    }
  });

  test("in a few pages only is an answer or ERR_TIMELINE_DAMAGED, never a crash", () => {
    let refused = 0;
    for (let page = 4; page < statSync(base).size / 8192; page += 5) {
      const db = copy();
      const content = readFileSync(db);
      content.fill(0x5a, page * 8192, Math.min((page + 3) * 8192, content.length));
      writeFileSync(db, content);
      for (const args of [["log"], ["query", "SELECT count(payload) FROM v_event"]]) {
        const ran = irqtwin([...args, "--db", db]);
        if (ran.status === 0) continue;
        refused++;
        expectError(ran, "ERR_TIMELINE_DAMAGED", `${args.join(" ")}, page ${page}`);
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  test("in a few pages only is found by verify, or ERR_TIMELINE_DAMAGED", () => {
    for (let page = 4; page < statSync(base).size / 8192; page += 5) {
      const db = copy();
      const content = readFileSync(db);
      content.fill(0x5a, page * 8192, (page + 1) * 8192);
      writeFileSync(db, content);
      const ran = irqtwin(["verify", "--db", db]);
      if (ran.status === 1)
        expect(ran.stdout, `page ${page}`).toMatch(/^damaged: .*\ndamaged\n$/ms);
      else expectError(ran, "ERR_TIMELINE_DAMAGED", `page ${page}`);
    }
  });

  function cut(): string {
    const db = copy();
    truncateSync(db, Math.floor(statSync(db).size / 2 / 8192) * 8192);
    return db;
  }
});

describe("a timeline that another process holds", () => {
  test("exclusively is ERR_LOCKED, and nothing is changed", async () => {
    const db = copy();
    const holder = new Database(db);
    holder.exec("BEGIN EXCLUSIVE");
    // At the same time: each waits some seconds for the other process first.
    const runs = await Promise.all(
      [["import", TRACE], ["at", "end"], ["log"]].map(async (args) => {
        const child = startIrqtwin([...args, "--db", db]);
        const printed = { stdout: "", stderr: "" };
        child.stdout?.on("data", (chunk: Buffer) => (printed.stdout += chunk.toString()));
        child.stderr?.on("data", (chunk: Buffer) => (printed.stderr += chunk.toString()));
        const status = await ended(child);
        return { ...printed, status: typeof status === "number" ? status : null };
      }),
    );
    holder.exec("COMMIT");
    holder.close();
    for (const ran of runs) expectError(ran, "ERR_LOCKED");
    expect(contentOf(db)).toEqual(contentOf(base));
    // When the other process is done, the same command works.
    expect(irqtwin(["import", TRACE, "--db", db]).status).toBe(0);
  });
});

/** Mounted folders, for the tests that need a file system of their own. */
const mounted: string[] = [];

afterEach(() => {
  for (const folder of mounted.splice(0)) spawnSync("umount", [folder]);
});

function mount(options: string): string | null {
  const folder = scratch.path("");
  mkdirSync(folder);
  const ran = spawnSync("mount", ["-t", "tmpfs", "-o", options, "irqtwin-test", folder]);
  if (ran.status !== 0) return null;
  mounted.push(folder);
  return folder;
}

const canMount = ((): boolean => {
  const isMounted = mount("size=64k") !== null;
  for (const folder of mounted.splice(0)) spawnSync("umount", [folder]);
  return isMounted;
})();

describe.skipIf(!canMount)(
  "a file system of its own (skipped where tmpfs cannot be mounted)",
  () => {
    test("that is full is ERR_DISK_FULL: what was there is intact, and with space the import works", () => {
      const folder = mount("size=1m");
      const db = join(folder ?? "", "t.db");
      cpSync(base, db);
      const large = scratch.file(".txt", largeTrace());
      expectError(irqtwin(["import", large, "--db", db]), "ERR_DISK_FULL");
      // A reader of its own: SQLite needs room for the shared memory of a WAL.
      const rescued = scratch.path(".db");
      for (const suffix of ["", "-wal"])
        if (existsSync(db + suffix)) cpSync(db + suffix, rescued + suffix);
      expect(rowsOf(rescued, "PRAGMA integrity_check")).toEqual([["ok"]]);
      const events = "SELECT * FROM v_event WHERE recording_id = 1 ORDER BY seq";
      expect(rowsOf(rescued, events)).toEqual(rowsOf(base, events));

      expect(irqtwin(["import", TRACE, "--db", rescued]).status).toBe(0);
      const fresh = copy();
      expect(irqtwin(["import", TRACE, "--db", fresh]).status).toBe(0);
      expect(contentOf(rescued)).toEqual(contentOf(fresh));
    });

    test("that is full when a timeline is made: nothing is left of it", () => {
      const folder = mount("size=4m") ?? "";
      const large = scratch.file(".txt", largeTrace());
      expectError(irqtwin(["import", large, "--db", join(folder, "t.db")]), "ERR_DISK_FULL");
      expect(readdirSync(folder)).toEqual([]);
    });

    test("that is full takes nothing from what came through a pipe", () => {
      const folder = mount("size=2m") ?? "";
      const db = join(folder, "t.db");
      expectError(irqtwin(["import", "-", "--db", db], { input: largeTrace() }), "ERR_DISK_FULL");
      const count = "SELECT count(*) FROM event WHERE recording_id = 1";
      const before = Number(valueOf(db, count));
      expect(before).toBeGreaterThan(1000);
      expect(spawnSync("mount", ["-o", "remount,size=40m", folder]).status).toBe(0);
      expect(irqtwin(["import", TRACE, "--db", db]).status).toBe(0);
      expect(Number(valueOf(db, count))).toBe(before);
      expect(irqtwin(["verify", "--db", db]).status).toBe(0);
    });

    test("that is read-only, and holds a timeline that was not closed, is refused with the way out", () => {
      const folder = mount("size=4m") ?? "";
      const db = join(folder, "t.db");
      cpSync(base, db);
      const writer = new Database(db);
      writer.pragma("journal_mode = WAL");
      writer.close();
      expect(spawnSync("mount", ["-o", "remount,ro", folder]).status).toBe(0);
      for (const args of [...READING, ["import", TRACE]]) {
        const ran = irqtwin([...args, "--db", db]);
        expectError(ran, "ERR_READONLY");
        expect(ran.stderr).toContain(`copy ${db} into a folder that can be written`);
      }
      const copied = scratch.path(".db");
      cpSync(db, copied);
      expect(irqtwin(["at", "end", "--db", copied]).status).toBe(0);
    });

    test("that is read-only is ERR_READONLY for import, and can still be asked", () => {
      const folder = mount("size=4m") ?? "";
      const db = join(folder, "t.db");
      cpSync(base, db);
      expect(spawnSync("mount", ["-o", "remount,ro", folder]).status).toBe(0);
      expectError(irqtwin(["import", TRACE, "--db", db]), "ERR_READONLY");
      expect(contentOf(db)).toEqual(contentOf(base));
      expect(irqtwin(["at", "end", "--db", db]).stdout).toBe(
        irqtwin(["at", "end", "--db", base]).stdout,
      );
    });
  },
);
