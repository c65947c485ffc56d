// What no answer was meant for: a named error with a way out, never a stack trace; and no pass for nothing.

import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/index.js";
import { ended, MAIN, irqtwin, startIrqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";
import { tamper } from "../support/tamper.js";

const scratch = new Scratch();

function imported(...files: readonly string[]): string {
  const db = scratch.path(".db");
  for (const file of files) irqtwin(["import", file, "--db", db]);
  return db;
}

/** The process that a process has started, once it has. */
async function childOf(pid: number): Promise<number> {
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    if (child !== undefined && child !== "") return Number(child);
    await setTimeout(20);
  }
}

describe("the program", () => {
  it.each([
    ["schema"],
    ["--help"],
    ["--version"],
    ["check", "--help"],
    ["info"],
    ["check"],
    ["check", "--json"],
    ["log"],
    ["query", "SELECT * FROM v_event"],
    ["query", "SELECT * FROM v_event", "--format", "csv"],
    ["verify"],
  ])("says that the output of %s %s has no room", (...args) => {
    const full = openSync("/dev/full", "w");
    const db = imported(shippedPath("6.17-s1-one"));
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args, "--db", db], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: EXIT.unfinished,
      stderr: "error: there is no room for the output (ERR_DISK_FULL)\n",
    });
  });

  it("ends with its own status where even the error has no room", () => {
    const full = openSync("/dev/full", "w");
    const { status } = spawnSync(process.execPath, [MAIN, "schema"], {
      stdio: ["ignore", full, full],
    });
    closeSync(full);
    expect(status).toBe(EXIT.unfinished);
  });

  it("says that a query was killed, and never that it has found something", async () => {
    const db = imported(shippedPath("6.17-s1-one"));
    const endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    const child = startIrqtwin(["query", endless, "--db", db]);
    const worker = await childOf(child.pid ?? 0);
    process.kill(worker, "SIGKILL");
    let stderr = "";
    child.stderr?.on("data", (data: Buffer) => (stderr += data.toString()));
    expect(await ended(child)).toBe(EXIT.unfinished);
    expect(stderr).toMatch(/^error: the process that ran the query has ended .*\(ERR_KILLED\)\n$/);
  });

  it("names the error where an event is gone", () => {
    const db = tamper(imported(shippedPath("6.17-s1-one")), scratch.path(".db"), (sqlite) => {
      sqlite.exec("DELETE FROM event WHERE seq = 300");
    });
    const { status, stderr } = irqtwin(["at", "@300", "--db", db]);
    expect(status).toBe(EXIT.unfinished);
    expect(stderr).toMatch(/^error: .*irqtwin verify.*\(ERR_INTERNAL\)\n$/);
  });

  it("imports into a timeline whose trigger is gone, and verify tells that it is", () => {
    const db = imported(shippedPath("6.17-s1-one"));
    const sqlite = new Database(db);
    sqlite.exec("DROP TRIGGER event_no_replace");
    sqlite.close();
    expect(irqtwin(["import", shippedPath("6.16-s1-one"), "--db", db]).status).toBe(EXIT.ok);
    expect(irqtwin(["verify", "--db", db]).stdout).toMatch(/event_no_replace is missing/);
  });

  it("passes no recording without an event", () => {
    const db = imported(scratch.file(".txt", "no line of ftrace\n".repeat(3)));
    const head = scratch.file(
      ".txt",
      `${shippedText("6.17-s1-one").split("\n").slice(0, 11).join("\n")}\n`,
    );
    irqtwin(["import", head, "--db", db, "--rules", "6.17"]);
    const { status, stdout } = irqtwin(["check", "--db", db, "--json"]);
    expect(status).toBe(EXIT.inconclusive);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "inconclusive", findings: [] });
  });

  it("takes any marker of lost events for a gap, whatever its count says", () => {
    const lines = shippedText("6.17-s1-one").split("\n");
    lines.splice(900, 0, "CPU:1 [LOST 18446744073709551615 EVENTS]");
    const db = imported(scratch.file(".txt", lines.join("\n")));
    const { writes } = JSON.parse(irqtwin(["check", "--db", db, "--json"]).stdout) as {
      writes: { unknown: number };
    };
    expect(writes.unknown).toBeGreaterThan(0);
  });
});
