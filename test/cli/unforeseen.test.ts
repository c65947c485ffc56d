// What no answer was meant for: a named error with a way out, never a stack trace; and no pass for nothing.

import { openSync } from "node:fs";
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/index.js";
import { MAIN, irqtwin } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";
import { tamper } from "../support/tamper.js";

const scratch = new Scratch();

function imported(...files: readonly string[]): string {
  const db = scratch.path(".db");
  for (const file of files) irqtwin(["import", file, "--db", db]);
  return db;
}

describe("the program", () => {
  it("names the error where the output has no room", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "schema"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({
      status: EXIT.damaged,
      stderr: "error: there is no room for the output (ERR_DISK_FULL)\n",
    });
  });

  it("names the error where an event is gone", () => {
    const db = tamper(imported(shippedPath("6.17-s1-one")), scratch.path(".db"), (sqlite) => {
      sqlite.exec("DELETE FROM event WHERE seq = 300");
    });
    const { status, stderr } = irqtwin(["at", "@300", "--db", db]);
    expect(status).toBe(EXIT.damaged);
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
