// A timeline that someone changed, though triggers forbid it: values, rows, the schema, the bytes of the file.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { largeTrace } from "../support/large.js";
import { SHIPPED, shippedPath } from "../support/shipped.js";
import { type Attack, type Dice, type Run } from "./attack.js";

const TEXT = "\u001b]0;x\u0007\u009b1m\u202e";
/** Never comes to an end. */
const ENDLESS =
  "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";

const VALUES: readonly (string | number | bigint | null | Buffer)[] = [
  ...[null, 0, 1, -1, 7, 99999, 2 ** 31, 2n ** 62n, -(2n ** 63n)],
  ...["", "x", TEXT, "[]", "{}", "null", "6.17", "amd", "complete", "importing", "9".repeat(400)],
  Buffer.from([0, 255, 27]),
];

/** JSON that a checkpoint may be replaced by. */
const STATES: readonly string[] = [
  ...[
    "",
    "null",
    "[]",
    "{}",
    "1",
    '{"irtes":1}',
    '{"irtes":[null],"vms":[],"vcpus":[],"routes":[]}',
  ],
  '{"rules":"6.17","seesEveryLoad":1,"irtes":[{}],"vms":[{}],"vcpus":[{}],"irqfds":[{}],"routes":[{}]}',
  `${"[".repeat(5000)}${"]".repeat(5000)}`,
];

type Change = (sqlite: Database.Database, dice: Dice) => void;

function tables(sqlite: Database.Database): readonly string[] {
  return sqlite
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .pluck()
    .all();
}

function columns(sqlite: Database.Database, table: string): readonly string[] {
  return sqlite
    .prepare<[string], string>("SELECT name FROM pragma_table_info(?)")
    .pluck()
    .all(table);
}

/** A row of a table, as a condition. */
function someRow(sqlite: Database.Database, table: string, dice: Dice): string {
  const count = sqlite.prepare<[], number>(`SELECT count(*) FROM "${table}"`).pluck().get() ?? 0;
  const key = columns(sqlite, table)[0] ?? "rowid";
  return `"${key}" IN (SELECT "${key}" FROM "${table}" LIMIT 1 OFFSET ${dice.number(Math.max(1, count))})`;
}

const CHANGES: Readonly<Record<string, Change>> = {
  value: (sqlite, dice) => {
    const table = dice.pick(tables(sqlite));
    const column = dice.pick(columns(sqlite, table));
    const where = dice.chance(0.2) ? "true" : someRow(sqlite, table, dice);
    sqlite.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE ${where}`).run(dice.pick(VALUES));
  },
  rows: (sqlite, dice) => {
    const table = dice.pick(tables(sqlite));
    const where = dice.chance(0.3) ? "true" : someRow(sqlite, table, dice);
    sqlite.exec(`DELETE FROM "${table}" WHERE ${where}`);
  },
  last: (sqlite, dice) => {
    const column = dice.pick(["last_seq", "first_seq", "last_ns", "batches", "lines_total"]);
    sqlite.prepare(`UPDATE recording SET ${column} = ?`).run(dice.pick(VALUES));
  },
  checkpoint: (sqlite, dice) => {
    sqlite.prepare("UPDATE checkpoint SET state = ?").run(dice.pick(STATES));
  },
  frame: (sqlite, dice) => {
    const column = dice.pick(["entities", "state", "changes"]);
    const bytes = Buffer.from(Array.from({ length: dice.number(60) }, () => dice.number(256)));
    sqlite.prepare(`UPDATE frame SET ${column} = ?`).run(bytes);
  },
  payload: (sqlite, dice) => {
    const column = dice.pick(columns(sqlite, "event"));
    sqlite
      .prepare(`UPDATE event SET "${column}" = ? WHERE seq % 7 = ?`)
      .run(dice.pick(VALUES), dice.number(7));
  },
  view: (sqlite, dice) => {
    const views = sqlite
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'view'")
      .pluck()
      .all();
    const view = dice.pick(views);
    sqlite.exec(`DROP VIEW "${view}"; CREATE VIEW "${view}" AS ${ENDLESS}`);
  },
  table: (sqlite, dice) => {
    const table = dice.pick(tables(sqlite));
    sqlite.exec(`DROP TABLE "${table}"`);
    if (dice.chance(0.7)) sqlite.exec(`CREATE VIEW "${table}" AS ${ENDLESS}`);
  },
  trigger: (sqlite, dice) => {
    const table = dice.pick(tables(sqlite));
    const when = dice.pick(["AFTER INSERT", "BEFORE UPDATE", "AFTER DELETE"]);
    const body = dice.pick([ENDLESS, "DELETE FROM finding", "UPDATE recording SET file = 'x'"]);
    sqlite.exec(`CREATE TRIGGER planted ${when} ON "${table}" BEGIN ${body}; END`);
  },
  index: (sqlite, dice) => {
    const table = dice.pick(tables(sqlite));
    const column = dice.pick(columns(sqlite, table));
    sqlite.exec(`CREATE INDEX planted ON "${table}" ("${column}")`);
  },
  version: (sqlite, dice) => {
    sqlite.pragma(`user_version = ${dice.pick([0, 1, 5, 15, 16, 17, 999, -1])}`);
  },
};

function change(file: string, dice: Dice): string {
  const sqlite = new Database(file);
  const done: string[] = [];
  try {
    sqlite.pragma("foreign_keys = OFF");
    sqlite.pragma("ignore_check_constraints = ON");
    const triggers = sqlite
      .prepare<[], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'",
      )
      .all();
    for (const { name } of triggers) sqlite.exec(`DROP TRIGGER "${name}"`);
    for (let i = 0; i <= dice.number(3); i++) {
      const name = dice.pick(Object.keys(CHANGES));
      try {
        CHANGES[name]?.(sqlite, dice);
        done.push(name);
      } catch (error) {
        // A value that the table does not take.
        done.push(`${name} (${(error as Error).message})`);
      }
    }
    for (const { sql } of triggers) {
      try {
        sqlite.exec(sql);
      } catch {
        // Its table is gone.
      }
    }
  } finally {
    sqlite.close();
  }
  return done.join(", ");
}

function damageBytes(file: string, dice: Dice): string {
  const bytes = readFileSync(file);
  for (let i = 0; i <= dice.number(8); i++) bytes[dice.number(bytes.length)] = dice.number(256);
  writeFileSync(file, dice.chance(0.3) ? bytes.subarray(0, dice.number(bytes.length)) : bytes);
  return "bytes";
}

const QUESTIONS: readonly (readonly string[])[] = [
  ["info"],
  ["info", "--json"],
  ["at", "end"],
  ["at", "@100", "--json"],
  ["at", "start"],
  ["log", "-n", "5"],
  ["log", "-p", "--json", "-n", "20"],
  ["log", "--kind", "link"],
  ["blame", "00:08.0/0"],
  ["diff", "start", "end"],
  ["diff", "@50", "@150", "--events"],
  ["audit", "--by", "cause"],
  ["first", "--irte", "00:08.0/0", "is_run=true"],
  ["first", "--vm", "1", "I10"],
  ["explain", "F1"],
  ["explain", "@100"],
  ["query", "posting"],
  ["query", "SELECT * FROM v_event"],
  ["query", "SELECT * FROM v_irte"],
  ["check"],
  ["check", "--json"],
  ["verify"],
  ["verify", "--json"],
  ["rewind", "@100", "--to", "new.db"],
  ["import", shippedPath("6.12-s2-two")],
];

/** Changes a timeline in one to three ways, or its bytes, and asks five questions of it. */
export const hostileTimeline: Attack = (dice, folder, run: Run) => {
  const db = join(folder, "t.db");
  // A large one has checkpoints and frames.
  if (dice.chance(0.2)) run(["import", "-", "--db", db], largeTrace());
  else run(["import", shippedPath(dice.pick(SHIPPED)), "--db", db]);
  if (dice.chance(0.5)) run(["check", "--db", db, "--json"]);
  const how = dice.chance(0.15) ? damageBytes(db, dice) : change(db, dice);
  const faults = dice
    .some(QUESTIONS, 5)
    .flatMap((args) => (run([...args, "--db", db]).status === null ? ["it hangs"] : []));
  return faults.map((fault) => `${fault} (${how})`);
};
