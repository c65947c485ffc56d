// Rows on their way into a table: columns are handed over one by one, so that no array is made for a
// row. Two ways in: prepared INSERTs here, and composed pages (table-pages.ts).

import type Database from "better-sqlite3";
import { stampToInteger } from "../../base/stamp.js";
import { int64 } from "../../base/words.js";
import { type Tables } from "../schema/tables.js";

/** Rows of one INSERT: from 64 on more rows make it no faster (ARCHITECTURE.md has the figures). */
const ROWS_PER_INSERT = 64;

/** What a column can be bound to. */
export type Value = number | bigint | string | Buffer | null;

/** Takes rows, column by column, between `beginRow` and `endRow`. */
export interface RowSink {
  /** `key`: the first column, where it is the table's INTEGER PRIMARY KEY. */
  beginRow(key?: number): void;
  /** The next column: a safe integer, or NULL. */
  integer(value: number | null): void;
  /** The next column: a 64-bit integer, from two signed 32-bit halves. */
  word(high: number, low: number): void;
  /** The next column: a time stamp, billions * 10^9 + rest. */
  stamp(billions: number, rest: number): void;
  /** The next column: a text of at most TEXT_UNITS_MAX (record-writer.ts). */
  text(value: string): void;
  /** Throws if the row has not as many columns as the table. */
  endRow(): void;
}

/** Queues rows of one table, and inserts them with a prepared statement of one row or of many. */
export class RowInserter implements RowSink {
  private readonly one: Database.Statement<Value[]>;
  private readonly many: Database.Statement<Value[]>;
  private readonly width: number;
  private values: Value[] = [];

  /** `onConflict`: an SQL clause that says what to do with a row whose key is taken. */
  constructor(
    sqlite: Database.Database,
    table: keyof Tables,
    columns: readonly string[],
    onConflict = "",
  ) {
    this.width = columns.length;
    this.one = sqlite.prepare(insertSql(table, columns, 1) + onConflict);
    this.many = sqlite.prepare(insertSql(table, columns, ROWS_PER_INSERT) + onConflict);
  }

  /** Queues a whole row. */
  queue(...row: readonly Value[]): void {
    for (const value of row) this.values.push(value);
  }

  beginRow(key?: number): void {
    if (key !== undefined) this.values.push(key);
  }

  integer(value: number | null): void {
    this.values.push(value);
  }

  word(high: number, low: number): void {
    this.values.push(int64(high, low));
  }

  stamp(billions: number, rest: number): void {
    this.values.push(stampToInteger(billions, rest));
  }

  text(value: string): void {
    this.values.push(value);
  }

  endRow(): void {
    if (this.values.length % this.width !== 0) throw new Error("a row lacks columns");
  }

  /** Inserts the queued rows, in their order. The caller holds the transaction. */
  flush(): void {
    const { values, width } = this;
    const chunk = width * ROWS_PER_INSERT;
    let at = 0;
    for (; at + chunk <= values.length; at += chunk) this.many.run(...values.slice(at, at + chunk));
    for (; at < values.length; at += width) this.one.run(...values.slice(at, at + width));
    this.values = [];
  }
}

function insertSql(table: keyof Tables, columns: readonly string[], rows: number): string {
  const row = `(${columns.map(() => "?").join(", ")})`;
  const values = new Array<string>(rows).fill(row).join(", ");
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values}`;
}
