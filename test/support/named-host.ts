// A recording on a made-up host, with names and pids that occur nowhere by chance, and what must not be told of it.

import { existsSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { expect } from "vitest";
import { rowsOf } from "./content.js";
import { shippedText } from "./shipped.js";

const PID_FROM = 3_000_000;
/** Not a name that a machine gives. */
export const HOST = "10.7.anvil.secret.example";
/** Names in places where a host has them. */
export const SECRETS = [
  HOST,
  "3f1cb00710",
  "guest-of-acme",
  "acme_exporter",
  "note to myself",
  "zz-odd",
];

/** A shipped recording with pids that are no other number of it, and with a marker; without a header. */
export function namedLines(name: string): string[] {
  return shippedText(name)
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^(.{1,24}?)-(\d+)( +\[)/, withPid))
    .map((line) => line.replaceAll(/((?:prev|next)_pid=)(\d+)/g, withBarePid));
}

function withPid(whole: string, comm: string, pid: string, rest: string): string {
  return pid === "0" ? whole : `${comm}-${Number(pid) + PID_FROM}${rest}`;
}

function withBarePid(whole: string, key: string, pid: string): string {
  return pid === "0" ? whole : `${key}${Number(pid) + PID_FROM}`;
}

/** What must not be told. */
export interface Originals {
  readonly texts: readonly string[];
  readonly pids: readonly number[];
}

/** What the unredacted timeline says of who is who. */
export function originals(db: string): Originals {
  const column = (sql: string): string[] => rowsOf(db, sql).map(([value]) => String(value));
  const texts = [
    ...column("SELECT comm FROM task WHERE comm NOT LIKE '%CPU %/KVM' AND pid <> 0"),
    ...column("SELECT kvm FROM vm WHERE kvm IS NOT NULL"),
    ...column("SELECT name FROM vm WHERE name IS NOT NULL"),
    ...column("SELECT text FROM marker"),
    ...column("SELECT file FROM recording"),
  ]
    // `dmesg` is a key of the header too.
    .filter((text) => text.length > 3 && !["<...>", "dmesg"].includes(text));
  const pids = column(
    "SELECT pid FROM task WHERE pid <> 0 UNION SELECT vmm_pid FROM vm WHERE vmm_pid IS NOT NULL",
  ).map(Number);
  return { texts: [...texts, ...SECRETS], pids: [...pids, 3_222_222, 3_333_333] };
}

/** No answer has any of them. */
export function expectUntold({ texts, pids }: Originals, answer: string, what: string): void {
  for (const text of texts) expect(answer.includes(text), `${text} in ${what}`).toBe(false);
  const numbers = new Set(answer.match(/\d+/g));
  for (const pid of pids) expect(numbers.has(String(pid)), `${pid} in ${what}`).toBe(false);
}

/** No byte of a timeline's files, and no value of its tables, has any of them. */
export function expectNothingOf(secrets: Originals, db: string): void {
  const { texts, pids } = secrets;
  for (const file of [db, `${db}-wal`].filter(existsSync)) {
    const bytes = readFileSync(file);
    for (const text of texts) expect(bytes.includes(text), `${text} in ${file}`).toBe(false);
    for (const pid of pids) expect(bytes.includes(String(pid)), String(pid)).toBe(false);
  }
  const values = valuesOf(db);
  for (const pid of pids) expect(values.has(String(pid)), String(pid)).toBe(false);
}

/** Every value of every table that is not a blob. */
function valuesOf(db: string): Set<string> {
  const sqlite = new Database(db, { readonly: true });
  const tables = sqlite
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all();
  const values = new Set<string>();
  for (const table of tables)
    for (const row of sqlite.prepare<[], unknown[]>(`SELECT * FROM ${table}`).raw().iterate())
      row.filter((value) => !Buffer.isBuffer(value)).forEach((value) => values.add(String(value)));
  sqlite.close();
  return values;
}
