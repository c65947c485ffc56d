// Rows of the event table into SQLite: how many per statement, how they are bound, and the index.

import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import { openForWriting } from "../../src/timeline/open.js";
import { TIMELINE } from "./inputs.js";
import { takeTurns, type Case } from "./measure.js";
import { TIMING_HEADER, timingRows, type Section } from "./report.js";

type Value = number | bigint | null;

/** Rows of one transaction, as the importer has them; a multiple of all that go into a statement. */
const ROWS_PER_TRANSACTION = 4096;
const INDEX = "CREATE INDEX event_of_irte ON event (devid, irte_index) WHERE devid IS NOT NULL";
const DROP_INDEX = "DROP INDEX event_of_irte";

interface Variant {
  readonly rows: number;
  readonly spread: boolean;
  readonly index: "kept" | "none" | "after";
}

const INDEX_TEXT = { kept: "index kept", none: "no index", after: "index built after" } as const;

export async function benchInsert(folder: string, repetitions: number): Promise<Section> {
  const { columns, rows } = readRows(`${folder}/${TIMELINE}`);
  const count = rows.length - (rows.length % ROWS_PER_TRANSACTION);
  const empty = await openForWriting(`${folder}/empty.db`);
  // Out of WAL mode, so that the one file can be copied.
  empty.pragma("journal_mode = DELETE");
  empty.close();
  const variants: readonly Variant[] = [
    { rows: 1, spread: true, index: "none" },
    { rows: 1, spread: false, index: "none" },
    ...[4, 16, 64, 256].flatMap((n): Variant[] => [
      { rows: n, spread: true, index: "none" },
      { rows: n, spread: false, index: "none" },
    ]),
    { rows: 1, spread: true, index: "kept" },
    { rows: 64, spread: true, index: "kept" },
    { rows: 64, spread: true, index: "after" },
  ];
  const cases = variants.map((variant): [string, Case] => [
    `${variant.rows} a statement, \`run(${variant.spread ? "...args" : "array"})\`, ${INDEX_TEXT[variant.index]}`,
    () => insertCase(folder, columns, rows.slice(0, count), variant),
  ]);
  return {
    title: "Insert alone",
    note: `${count} real rows of the event table, ${columns.length} columns, ${ROWS_PER_TRANSACTION} a transaction, rows per CPU second; values ready in memory.`,
    header: ["", ...TIMING_HEADER],
    rows: timingRows(takeTurns(Object.fromEntries(cases), repetitions), count),
  };
}

function readRows(file: string): { columns: string[]; rows: Value[][] } {
  const sqlite = new Database(file, { readonly: true });
  const all = sqlite.prepare<[], (bigint | null)[]>("SELECT * FROM event").raw().safeIntegers();
  const columns = all.columns().map(({ name }) => name);
  // As the writer makes them: numbers where they are exact.
  const rows = all.all().map((row) => row.map(numberWhereExact));
  sqlite.close();
  return { columns, rows };
}

function numberWhereExact(value: bigint | null): Value {
  const number = Number(value);
  return value === null || !Number.isSafeInteger(number) ? value : number;
}

function insertCase(
  folder: string,
  columns: readonly string[],
  rows: readonly Value[][],
  { rows: perStatement, spread, index }: Variant,
): () => void {
  copyFileSync(`${folder}/empty.db`, `${folder}/insert.db`);
  const sqlite = new Database(`${folder}/insert.db`);
  for (const pragma of [
    "foreign_keys = OFF",
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "cache_size = -65536",
  ]) {
    sqlite.pragma(pragma);
  }
  if (index !== "kept") sqlite.exec(DROP_INDEX);
  const tuple = `(${columns.map(() => "?").join(", ")})`;
  const tuples = new Array<string>(perStatement).fill(tuple).join(", ");
  const insert = sqlite.prepare<Value[]>(`INSERT INTO event VALUES ${tuples}`);
  const statements = chunks(rows, perStatement).map((chunk) => chunk.flat());
  const transactions = chunks(statements, ROWS_PER_TRANSACTION / perStatement);
  return () => {
    for (const transaction of transactions) {
      sqlite.exec("BEGIN");
      for (const values of transaction) {
        if (spread) insert.run(...values);
        // An array holds the values of all parameters; the types know only the other form.
        else insert.run(values as unknown as Value);
      }
      sqlite.exec("COMMIT");
    }
    if (index === "after") sqlite.exec(INDEX);
    sqlite.close();
  };
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const found: Item[][] = [];
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size));
  return found;
}
