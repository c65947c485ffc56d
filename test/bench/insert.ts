// Rows of the event table into SQLite: the importer's writer, plain statements, and C.

import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { type Batch } from "../../src/domain/events/event.js";
import { openForWriting } from "../../src/timeline/open/open.js";
import { PageFile } from "../../src/timeline/store/page-file.js";
import { BatchWriter } from "../../src/timeline/store/batch-writer.js";
import { directly } from "../../src/timeline/store/writes.js";
import { compile } from "./compile.js";
import { removeDatabase } from "./import.js";
import { LINES, type Inputs } from "./inputs.js";
import { quantile, takeTurns, timingOf, type Case } from "./measure.js";
import { goal, TIMING_HEADER, timingRows, type Section } from "./report.js";

type Value = number | bigint | null;

/** Batches of 4,096 events in one transaction: the importer commits as many. */
const BATCHES_PER_TRANSACTION = 4;
const ROWS_PER_TRANSACTION = BATCHES_PER_TRANSACTION * 4096;
const TRANSACTIONS = 10;
/** Lines that surely hold as many events. */
const LINES_MAX = 800_000;

export async function benchInsert(inputs: Inputs, repetitions: number): Promise<Section> {
  const { folder } = inputs;
  const empty = await openForWriting(`${folder}/empty.db`);
  // Out of WAL mode, so that the one file can be copied.
  empty.pragma("journal_mode = DELETE");
  const indexes = indexesOf(empty);
  empty.close();
  const batches = inputs.loaded(LINES_MAX).batches.slice(0, TRANSACTIONS * BATCHES_PER_TRANSACTION);
  const count = batches.reduce((sum, batch) => sum + batch.length, 0);
  const { columns, rows } = readRows(`${folder}/${inputs.timeline(LINES)}`, count);
  writeRows(`${folder}/rows.bin`, columns.length, rows);
  const cases: Record<string, Case> = {
    "the importer's writer, events only": () => writerCase(folder, batches),
    "JavaScript, one row a `run`": () => insertCase(folder, columns, rows, 1),
    "JavaScript, 64 rows a `run`": () => insertCase(folder, columns, rows, 64),
  };
  const { program, note } = compile(folder, "insert");
  const turns: number[][] = [];
  const inC: Record<"C, prepared insert" | "C, prepared insert, no index", number[]> = {
    "C, prepared insert": [],
    "C, prepared insert, no index": [],
  };
  for (let i = 0; i < repetitions; i++) {
    turns.push(takeTurns(cases, 1).map(({ median }) => median));
    if (program === null) continue;
    inC["C, prepared insert"].push(runC(folder, program, []));
    inC["C, prepared insert, no index"].push(runC(folder, program, indexes));
  }
  const ours = Object.keys(cases).map((name, i) =>
    timingOf(
      name,
      turns.map((turn) => turn[i] ?? NaN),
    ),
  );
  const theirs = Object.entries(inC).map(([name, taken]) => timingOf(name, taken));
  const ratio = quantile(inC["C, prepared insert"], 0.5) / (ours[0]?.median ?? NaN);
  return {
    title: "Append alone",
    note: `${count} real rows of ${columns.length} columns, ready in memory, ${ROWS_PER_TRANSACTION} a transaction, into the empty timeline as irqtwin makes it (triggers and index \`${indexes.join("`, `")}\` included, unless the row says no index), rows per CPU second. C: ${note}, the same pragmas, -O3.`,
    header: ["", ...TIMING_HEADER],
    rows: timingRows(program === null ? ours : [...ours, ...theirs], count),
    goals: [
      goal(
        "append alone, beside C's prepared inserts",
        { atLeast: 1, unit: "x" },
        program === null ? note : ratio,
      ),
    ],
  };
}

function indexesOf(sqlite: Database.Database): string[] {
  return sqlite
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'event' AND sql IS NOT NULL",
    )
    .pluck()
    .all();
}

function readRows(file: string, count: number): { columns: string[]; rows: Value[][] } {
  const sqlite = new Database(file, { readonly: true });
  const all = sqlite
    .prepare<[number], (bigint | null)[]>("SELECT * FROM event ORDER BY seq LIMIT ?")
    .raw()
    .safeIntegers();
  const columns = all.columns().map(({ name }) => name);
  // As the writer makes them: numbers where they are exact.
  const rows = all.all(count).map((row) => row.map(numberWhereExact));
  sqlite.close();
  return { columns, rows };
}

function numberWhereExact(value: bigint | null): Value {
  const number = Number(value);
  return value === null || !Number.isSafeInteger(number) ? value : number;
}

/** The file that c/insert.c reads. */
function writeRows(path: string, columns: number, rows: readonly Value[][]): void {
  const file = openSync(path, "w");
  const head = Buffer.alloc(8);
  head.writeInt32LE(columns, 0);
  head.writeInt32LE(rows.length, 4);
  writeSync(file, head);
  for (const transaction of chunks(rows, ROWS_PER_TRANSACTION)) {
    writeSync(file, Buffer.concat(transaction.map(rowBytes)));
  }
  closeSync(file);
}

/** A mask of the NULLs, and 64 bits a column. */
function rowBytes(row: readonly Value[]): Buffer {
  const bytes = Buffer.alloc(4 + 8 * row.length);
  let nulls = 0;
  for (const [column, value] of row.entries()) {
    if (value === null) nulls |= 1 << column;
    else bytes.writeBigInt64LE(BigInt(value), 4 + 8 * column);
  }
  bytes.writeUInt32LE(nulls >>> 0, 0);
  return bytes;
}

function emptyTimeline(folder: string): Database.Database {
  removeDatabase(`${folder}/insert.db`);
  copyFileSync(`${folder}/empty.db`, `${folder}/insert.db`);
  const sqlite = new Database(`${folder}/insert.db`);
  const settings = ["journal_mode = WAL", "synchronous = NORMAL", "cache_size = -65536"];
  for (const pragma of ["foreign_keys = OFF", ...settings]) sqlite.pragma(pragma);
  return sqlite;
}

/** As the importer does: rows composed outside SQLite, then copied in one statement. */
function writerCase(folder: string, batches: readonly Batch[]): () => void {
  const sqlite = emptyTimeline(folder);
  const pages = PageFile.open(sqlite);
  const writer = new BatchWriter(directly(sqlite), 1, pages);
  return () => {
    for (const transaction of chunks(batches, BATCHES_PER_TRANSACTION)) {
      for (const events of transaction)
        writer.queueBatch({
          events,
          returns: [],
          texts: [],
          rejected: [],
          gaps: [],
          headers: [],
          isOpen: false,
        });
      writer.finishQueue();
      sqlite.transaction(() => {
        writer.writeQueued(null);
      })();
    }
    pages?.close();
    sqlite.close();
  };
}

function insertCase(
  folder: string,
  columns: readonly string[],
  rows: readonly Value[][],
  perStatement: number,
): () => void {
  const sqlite = emptyTimeline(folder);
  const tuple = `(${columns.map(() => "?").join(", ")})`;
  const tuples = new Array<string>(perStatement).fill(tuple).join(", ");
  const insert = sqlite.prepare<Value[]>(`INSERT INTO event VALUES ${tuples}`);
  const whole = rows.length - (rows.length % perStatement);
  const statements = chunks(rows.slice(0, whole), perStatement).map((chunk) => chunk.flat());
  const transactions = chunks(statements, ROWS_PER_TRANSACTION / perStatement);
  return () => {
    for (const transaction of transactions) {
      sqlite.exec("BEGIN");
      for (const values of transaction) insert.run(...values);
      sqlite.exec("COMMIT");
    }
    sqlite.close();
  };
}

/** CPU seconds of the C program; `drop`: indexes that it does without. */
function runC(folder: string, program: string, drop: readonly string[]): number {
  const sqlite = emptyTimeline(folder);
  for (const index of drop) sqlite.exec(`DROP INDEX ${index}`);
  sqlite.close();
  const words = ["insert.db", "rows.bin", String(ROWS_PER_TRANSACTION)];
  return Number(execFileSync(program, words, { cwd: folder, encoding: "utf8" }));
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const found: Item[][] = [];
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size));
  return found;
}
