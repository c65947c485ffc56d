// A correction takes the place of a recording, and what was believed before can still be asked.

import { copyFileSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openTimeline, type AtDocument, type Info } from "../../../src/index.js";
import { chainOf, contentOf, rowsOf, valueOf } from "../../support/content.js";
import { irqtwin, json, type Ran } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";
import { tamper } from "../../support/tamper.js";

const scratch = new Scratch();
const WHOLE = shippedPath("6.17-s1-one");
const OTHER = shippedPath("7.3-s2-two");
/** The same trace without the lines of one CPU, as where its buffer was not read. */
const LACKING = scratch.file(
  ".txt",
  [...shippedLines("6.17-s1-one").filter((line) => !line.includes(" [001] ")), ""].join("\n"),
);

/** What each list of imports makes. */
const made = new Map<string, string>();

/** A copy of what these imports make. */
function imported(...runs: readonly (readonly string[])[]): string {
  const key = JSON.stringify(runs);
  const known = made.get(key) ?? scratch.path(".db");
  if (!made.has(key))
    for (const args of runs) {
      const ran = irqtwin(["import", ...args, "--db", known]);
      expect(ran, args.join(" ")).toMatchObject({ status: 0 });
    }
  made.set(key, known);
  const db = scratch.path(".db");
  copyFileSync(known, db);
  return db;
}

function refused(ran: Ran, code: string, text: RegExp): void {
  expect(ran.stderr).toMatch(new RegExp(`^error: .*\\(${code}\\)\\n$`));
  expect(ran.stderr).toMatch(text);
  expect(ran.status).toBe(2);
}

const at = (db: string, ...args: string[]): AtDocument =>
  json(irqtwin(["at", ...args, "--json", "--db", db])) as AtDocument;

/** What differs between two timelines only in the numbers of their events. */
function unnumbered({ irtes, vcpus, irqfds, vms }: AtDocument): unknown {
  return { irtes: irtes.map((irte) => ({ ...irte, since_seq: 0 })), vcpus, irqfds, vms };
}

describe("a correction", () => {
  const db = (): string => imported([LACKING], [WHOLE, "--supersedes", "1"]);

  test("is what everything answers from; what it corrects stays as it was", () => {
    const old = imported([LACKING]);
    const alone = imported([WHOLE]);
    const both = db();
    expect(unnumbered(at(both, "end"))).toEqual(unnumbered(at(alone, "end")));
    expect(at(both, "end", "--recording", "1")).toEqual(at(old, "end"));
    for (const command of [["log"], ["check"], ["blame", "00:08.0/0"], ["diff", "start", "end"]]) {
      const asked = [...command, "--recording", "1", "--db"];
      expect(irqtwin([...asked, both]).stdout, command[0]).toBe(irqtwin([...asked, old]).stdout);
    }
    const check = (file: string): unknown =>
      (json(irqtwin(["check", "--json", "--db", file])) as { writes: unknown }).writes;
    expect(check(both)).toEqual(check(alone));
    expect(check(old)).not.toEqual(check(alone));
  });

  test("is told by info, by import and by v_recording, from both sides", () => {
    const both = db();
    const { recordings } = json(irqtwin(["info", "--json", "--db", both])) as Info;
    expect(recordings.map((each) => [each.supersedes, each.superseded_by])).toEqual([
      [null, 2],
      [1, null],
    ]);
    const text = irqtwin(["info", "--db", both]).stdout;
    expect(text).toMatch(/^recording 1: .* \(superseded by recording 2\)$/m);
    expect(text).toMatch(/^recording 2: .* \(supersedes recording 1\)$/m);
    const sql = "SELECT recording_id, supersedes, superseded_by FROM v_recording ORDER BY 1";
    expect(rowsOf(both, sql)).toEqual([
      [1n, null, 2n],
      [2n, 1n, null],
    ]);
    const again = irqtwin(["import", WHOLE, "--supersedes", "1", "--json", "--db", both]);
    expect(json(again)).toMatchObject({ recording_id: 2, already_imported: true, supersedes: 1 });
  });

  test("alone is what the as-of idiom gives, asked for current recordings", () => {
    const both = db();
    const end = String(valueOf(both, "SELECT last_ns FROM recording WHERE id = 2"));
    const asOf = `FROM v_irte WHERE from_ns <= ${end} AND (to_ns IS NULL OR ${end} < to_ns)`;
    const current = `recording_id IN (SELECT recording_id FROM v_recording WHERE superseded_by IS NULL)`;
    expect(rowsOf(both, `SELECT DISTINCT recording_id ${asOf} ORDER BY 1`)).toEqual([[1n], [2n]]);
    expect(rowsOf(both, `SELECT DISTINCT recording_id ${asOf} AND ${current}`)).toEqual([[2n]]);
  });

  test("an event of the corrected recording is found by the way that the refusal names", () => {
    const both = db();
    const ran = irqtwin(["at", "@100", "--db", both]);
    refused(ran, "ERR_WHEN", /ask recording 1, with --recording 1/);
    expect(at(both, "@100", "--recording", "1").seq).toBe(100);
    const log = irqtwin(["log", "--recording", "1", "--until", "@100", "-n", "1", "--db", both]);
    expect(log.stdout).toMatch(/^@100 /);
  });

  test("can be corrected in turn, and other recordings are none of its business", () => {
    const both = imported([LACKING], [OTHER], [WHOLE, "--supersedes", "1"]);
    const more = [...shippedLines("6.17-s1-one"), "# corrected again", ""].join("\n");
    const third = ["import", scratch.file(".txt", more), "--supersedes", "3", "--db", both];
    expect(irqtwin(third).status).toBe(0);
    const sql = "SELECT superseded_by FROM v_recording ORDER BY recording_id";
    expect(rowsOf(both, sql)).toEqual([[3n], [null], [4n], [null]]);
    expect(irqtwin(["verify", "--db", both]).status).toBe(0);
  });

  test("that was dropped does not keep the corrected recording from being corrected anew", () => {
    const both = db();
    expect(irqtwin(["drop", "2", "--db", both]).status).toBe(0);
    const more = scratch.file(".txt", [...shippedLines("6.17-s1-one"), "# again", ""].join("\n"));
    const ofDropped = irqtwin(["import", more, "--supersedes", "2", "--db", both]);
    refused(ofDropped, "ERR_SUPERSEDES", /supersede recording 1, which it corrected/);
    const anew = irqtwin(["import", more, "--supersedes", "1", "--db", both]);
    expect(anew.status, anew.stderr).toBe(0);
    const sql = "SELECT recording_id, supersedes, superseded_by FROM v_recording ORDER BY 1";
    expect(rowsOf(both, sql)).toEqual([
      [1n, null, 3n],
      [2n, 1n, null],
      [3n, 1n, null],
    ]);
    const { recordings } = json(irqtwin(["info", "--json", "--db", both])) as Info;
    expect(recordings.map((each) => each.superseded_by)).toEqual([3, null, null]);
    expect(at(both, "end").recording_id).toBe(3);
    const third = irqtwin(["import", OTHER, "--supersedes", "1", "--db", both]);
    refused(third, "ERR_SUPERSEDES", /recording 1 is superseded by recording 3 already/);
    expect(irqtwin(["verify", "--db", both]).status).toBe(0);
  });

  test("of a correction that was dropped stands in the way, by its own number", () => {
    const both = imported([LACKING], [WHOLE, "--supersedes", "1"]);
    const more = scratch.file(".txt", [...shippedLines("6.17-s1-one"), "# again", ""].join("\n"));
    expect(irqtwin(["import", more, "--supersedes", "2", "--db", both]).status).toBe(0);
    expect(irqtwin(["drop", "2", "--db", both]).status).toBe(0);
    const other = irqtwin(["import", OTHER, "--supersedes", "1", "--db", both]);
    refused(other, "ERR_SUPERSEDES", /recording 1 is superseded by recording 3 already/);
  });

  test.each([
    ["--clock-hz", "2000000000"],
    ["--rules", "6.12"],
    ["--kernel", "6.12.1"],
  ])("is asked for where %s would read the file otherwise", (option, value) => {
    const path = imported([WHOLE]);
    for (const input of [WHOLE, "-"]) {
      const bytes = input === "-" ? readFileSync(WHOLE) : undefined;
      const ran = irqtwin(["import", input, option, value, "--db", path], { input: bytes });
      expect([ran.status, ran.stdout], input).toEqual([2, ""]);
      expect(ran.stderr).toContain(`without ${option} ${value}`);
      expect(ran.stderr).toContain("--supersedes 1 (ERR_USAGE)");
    }
    const again = irqtwin(["import", WHOLE, option, value, "--supersedes", "1", "--db", path]);
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("supersedes 1")]);
    expect(irqtwin(["import", WHOLE, option, value, "--db", path]).stdout).toContain(
      "nothing done",
    );
  });

  test("of the clock or the rules is the same file, read in another way", () => {
    const file = imported([WHOLE], [WHOLE, "--clock-hz", "2000000000", "--supersedes", "1"]);
    expect(rowsOf(file, "SELECT clock_unit, clock_hz FROM recording ORDER BY id")).toEqual([
      ["ticks", null],
      ["ns", 2_000_000_000n],
    ]);
    const ruled = ["import", WHOLE, "--rules", "6.16", "--supersedes", "2", "--db", file];
    expect(irqtwin(ruled).status).toBe(0);
    // The file as such is the last that was made of it.
    const again = json(irqtwin(["import", WHOLE, "--json", "--db", file]));
    expect(again).toMatchObject({ recording_id: 3, already_imported: true });
  });

  test("is sealed: who corrects what cannot be changed later", () => {
    const both = db();
    const sqlite = new Database(both);
    sqlite.exec("DROP TRIGGER recording_stays_complete");
    sqlite.exec("UPDATE recording SET supersedes = NULL WHERE id = 2");
    sqlite.close();
    expect(irqtwin(["verify", "--db", both]).stdout).toContain("table recording are not those");
  });

  test("that died goes on as one, and is rolled back by an import that corrects nothing", () => {
    const whole = db();
    const died = (): string =>
      tamper(whole, scratch.path(".db"), (sqlite) => {
        // What is there before the last transaction of an import.
        sqlite.exec("UPDATE recording SET state = 'importing' WHERE id = 2");
        sqlite.exec("DELETE FROM chain WHERE recording_id = 2 AND content <> 'event'");
        sqlite.exec("DELETE FROM frame WHERE last_seq = (SELECT max(seq) FROM event)");
        for (const table of ["recording_name", "gap", "lane_pack"])
          sqlite.exec(`DELETE FROM ${table} WHERE recording_id = 2`);
        // Of what nobody accepted nothing more can come at its end.
        const isOpen = "coalesce(accepted_seq, woken_seq, running_seq) IS NULL";
        sqlite.exec(`DELETE FROM interrupt WHERE recording_id = 2 AND ${isOpen}`);
      });
    const again = died();
    expect(irqtwin(["import", WHOLE, "--supersedes", "1", "--db", again]).status).toBe(0);
    expect(contentOf(again)).toEqual(contentOf(whole));
    expect(chainOf(again)).toEqual(chainOf(whole));
    const other = died();
    expect(irqtwin(["import", WHOLE, "--db", other]).status).toBe(0);
    expect(valueOf(other, "SELECT supersedes FROM recording WHERE id = 2")).toBeNull();
    expect(irqtwin(["verify", "--db", other]).status).toBe(0);
  });

  test("is a matter of the library too", async () => {
    const path = scratch.path(".db");
    const timeline = await openTimeline(path, { create: true });
    await timeline.import(LACKING);
    expect(await timeline.import(WHOLE, { supersedes: 1 })).toMatchObject({ supersedes: 1 });
    expect(timeline.recordings().map(({ superseded_by: supersededBy }) => supersededBy)).toEqual([
      2,
      null,
    ]);
    timeline.close();
  });
});

describe("a correction is refused, and nothing is changed,", () => {
  const refuses = (db: string, args: readonly string[], code: string, text: RegExp): void => {
    const before = contentOf(db);
    refused(irqtwin(["import", ...args, "--db", db]), code, text);
    expect(contentOf(db)).toEqual(before);
  };

  test("where there is no such recording", () => {
    const db = imported([LACKING]);
    refuses(db, [WHOLE, "--supersedes", "7"], "ERR_NO_RECORDING", /no recording 7 to supersede/);
  });

  test("where it has been superseded", () => {
    const db = imported([LACKING], [WHOLE, "--supersedes", "1"]);
    refuses(
      db,
      [OTHER, "--supersedes", "1"],
      "ERR_SUPERSEDES",
      /superseded by recording 2 already/,
    );
  });

  test("where the file is that recording, or another, read in the same way; from stdin too", () => {
    const db = imported([WHOLE], [OTHER]);
    refuses(db, [WHOLE, "--supersedes", "1"], "ERR_SUPERSEDES", /is recording 1 itself/);
    refuses(db, [OTHER, "--supersedes", "1"], "ERR_SUPERSEDES", /is recording 2 itself/);
    const text = `${shippedLines("6.16-m2-mono-standard").join("\n")}\n`;
    expect(irqtwin(["import", "-", "--db", db], { input: text }).status).toBe(0);
    const before = contentOf(db);
    const ran = irqtwin(["import", "-", "--supersedes", "1", "--db", db], { input: text });
    refused(ran, "ERR_SUPERSEDES", /is recording 3 itself/);
    expect(contentOf(db)).toEqual(before);
  });

  test("where it is not complete", () => {
    const db = imported([LACKING]);
    const sqlite = new Database(db);
    sqlite.exec("DROP TRIGGER recording_stays_complete");
    sqlite.exec("UPDATE recording SET state = 'importing'");
    sqlite.close();
    refuses(db, [WHOLE, "--supersedes", "1"], "ERR_SUPERSEDES", /recording 1 is not complete/);
  });

  test("where it is no number, or there are several files", () => {
    const db = imported([LACKING]);
    refuses(db, [WHOLE, "--supersedes", "x"], "ERR_USAGE", /not a whole number/);
    refuses(db, [WHOLE, OTHER, "--supersedes", "1"], "ERR_USAGE", /takes one FILE/);
  });
});
