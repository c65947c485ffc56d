// `irqtwin verify` as users and scripts see it: what it prints, its statuses, and old timelines.

import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { type VerifyReport } from "../../src/index.js";
import { rowsOf, valueOf } from "../support/content.js";
import { recounted } from "../support/ftrace-text.js";
import { irqtwin, json } from "../support/irqtwin.js";
import { installation } from "../support/installation.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
let db: string;

beforeAll(() => {
  db = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]).status).toBe(0);
});

function changed(sql: string): string {
  const path = scratch.path(".db");
  cpSync(db, path);
  const sqlite = new Database(path);
  sqlite.exec("DROP TRIGGER event_no_update");
  sqlite.exec(sql);
  sqlite.close();
  return path;
}

function reportOf(path: string, ...args: string[]): VerifyReport {
  return json(irqtwin(["verify", "--json", "--db", path, ...args])) as VerifyReport;
}

test("an intact timeline: each step with what it read, the head hash, status 0", () => {
  const ran = irqtwin(["verify", "--db", db]);
  expect(ran).toMatchObject({ status: 0, stderr: "" });
  const head = String(valueOf(db, "SELECT hash FROM chain ORDER BY link DESC LIMIT 1"));
  const last = String(valueOf(db, "SELECT max(seq) FROM event"));
  expect(ran.stdout.replaceAll(/ +\d+\.\d{3}$/gm, " N")).toMatch(
    new RegExp(
      [
        "^step +result +read +seconds",
        "SQLite integrity, pages +ok +\\d+ N",
        "foreign keys, rows +ok +\\d+ N",
        "schema and vocabulary, objects +ok +\\d+ N",
        "hash chain, rows +ok +\\d+ N",
        "refold against projections, rows +ok +\\d+ N",
        "what check stored, rows +ok +\\d+ N",
        "",
        `head ${head}`,
        `  recording 1, link 13: events @1 to @${last}`,
        "intact\n$",
      ].join("\n"),
    ),
  );
});

test("--json has the documented shape", () => {
  const report = reportOf(db, "--anchor", reportOf(db).head?.hash ?? "");
  expect(Object.keys(report)).toEqual([
    "verdict",
    "head",
    "anchor",
    "unchained",
    "dropped",
    "steps",
    "findings",
  ]);
  expect(report.anchor).toEqual(report.head);
  expect(Object.keys(report.head ?? {})).toEqual([
    "hash",
    "recording_id",
    "link",
    "from_seq",
    "to_seq",
  ]);
  expect(report.steps.map(({ step }) => step)).toEqual([
    "sqlite",
    "foreign_keys",
    "schema",
    "chain",
    "refold",
    "verdicts",
    "anchor",
  ]);
  for (const step of report.steps)
    expect(Object.keys(step)).toEqual(["step", "result", "rows", "seconds"]);
  const [finding] = reportOf(changed("UPDATE event SET cpu = 9 WHERE seq = 7")).findings.filter(
    ({ step }) => step === "chain",
  );
  expect(finding).toEqual({
    step: "chain",
    what: "events, or the link itself, are not what they were",
    recording_id: 1,
    link: 1,
    from_seq: 1,
    to_seq: Number(valueOf(db, "SELECT max(seq) FROM event")),
    from_line: Number(valueOf(db, "SELECT min(line) FROM event")),
    to_line: Number(valueOf(db, "SELECT max(line) FROM event")),
  });
});

test("a damaged one: status 1, and the batch, its events and its lines are told", () => {
  const ran = irqtwin(["verify", "--db", changed("UPDATE event SET cpu = 9 WHERE seq = 7")]);
  expect(ran.status).toBe(1);
  expect(ran.stdout).toMatch(
    /\ndamaged: chain: recording 1, link 1, @1 to @\d+, lines \d+ to \d+: events, or the link/,
  );
  expect(ran.stdout).toMatch(/\ndamaged\n$/);
});

test("an anchor that no link has is a finding, status 1; one that is no hash is misuse", () => {
  const ran = irqtwin(["verify", "--db", db, "--anchor", "0".repeat(64)]);
  expect(ran.status).toBe(1);
  expect(ran.stdout).toContain("damaged: anchor: no link has this hash");
  const misuse = irqtwin(["verify", "--db", db, "--anchor", "cafe"]);
  expect(misuse.stderr).toMatch(/^error: cafe .* \(ERR_USAGE\)\n$/);
  expect(misuse.status).toBe(2);
});

test("what cannot be read is status 3", () => {
  const text = scratch.file(".db", "this is no database, however long it may be ".repeat(30));
  for (const [path, code] of [
    [scratch.path(".db"), "ERR_NO_TIMELINE"],
    [text, "ERR_NOT_A_TIMELINE"],
  ] as const) {
    const ran = irqtwin(["verify", "--db", path]);
    expect(ran.stderr).toContain(`(${code})`);
    expect(ran.status).toBe(3);
  }
});

test("info tells the head hash", () => {
  const head = reportOf(db).head;
  expect(json(irqtwin(["info", "--db", db, "--json"]))).toMatchObject({ head });
  expect(irqtwin(["info", "--db", db]).stdout).toContain(`head ${head?.hash ?? "?"}`);
});

describe("a timeline that was made before there was a chain", () => {
  /** Of a recording without the exchanges, which no program of that time stored. */
  function withoutExchanges(): string {
    const path = scratch.path(".db");
    const text = shippedText("7.3-s2-two").replaceAll(/^.* irte_cmpxchg: .*\n/gm, "");
    irqtwin(["import", scratch.file(".txt", recounted(text)), "--db", path]);
    return path;
  }

  /** Schema 4 with the recording of `db`, as the program of that time left it. */
  async function old(state = "complete"): Promise<string> {
    const main = await installation(scratch.path(""), (migrations) => {
      for (const file of readdirSync(migrations))
        if (/^\d/.test(file) && file > "0005") rmSync(join(migrations, file));
    });
    const path = scratch.path(".db");
    irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path], {
      main,
    });
    const sqlite = new Database(path);
    expect(sqlite.pragma("user_version", { simple: true })).toBe(4);
    sqlite.pragma("foreign_keys = OFF");
    sqlite.exec(`ATTACH '${withoutExchanges()}' AS new`);
    const fixed = ["event_kind", "cause", "tag_layout", "migration_checksum"];
    const tables = sqlite
      .prepare<[], string>("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
      .pluck()
      .all()
      .filter((name) => !fixed.includes(name) && !/^(?:kysely|sqlite)_/.test(name));
    for (const table of tables) {
      const columns = (sqlite.pragma(`main.table_info(${table})`) as { name: string }[])
        .map(({ name }) => name)
        .join(", ");
      sqlite.exec(`INSERT INTO main.${table} (${columns})
        SELECT ${columns.replace("state,", table === "recording" ? `'${state}',` : "state,")} FROM new.${table}`);
    }
    sqlite.close();
    return path;
  }

  test("says so: nothing is damaged, nothing is proven, status 4", async () => {
    const path = await old();
    expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path]).status).toBe(0);
    const ran = irqtwin(["verify", "--db", path]);
    expect(ran.status).toBe(4);
    expect(ran.stdout).toContain("\nunchained: recording 1 (imported before there was a chain)\n");
    expect(ran.stdout).toMatch(/\nunchained\n$/);
    const report = reportOf(path);
    expect(report).toMatchObject({ verdict: "unchained", unchained: [1], findings: [] });
    // What the chain covers begins after it.
    const first = Number(valueOf(path, "SELECT first_seq FROM recording WHERE id = 2"));
    expect(report.head).toMatchObject({ recording_id: 2, from_seq: first });
  });

  test("what was added to it later is proven all the same", async () => {
    const path = await old();
    expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path]).status).toBe(0);
    const sqlite = new Database(path);
    sqlite.exec("DROP TRIGGER event_no_update");
    sqlite.exec("UPDATE event SET cpu = 9 WHERE seq = (SELECT max(seq) FROM event)");
    sqlite.close();
    expect(reportOf(path).findings.map(({ step }) => step)).toContain("chain");
  });

  test("with an import that died in it: the import begins anew, and has all its links", async () => {
    const path = await old("importing");
    expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", path]).status).toBe(0);
    expect(reportOf(path)).toMatchObject({ verdict: "intact", unchained: [] });
    expect(rowsOf(path, "SELECT chained FROM recording")).toEqual([[1n]]);
  });
});
