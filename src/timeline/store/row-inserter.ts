// Rows on their way into a table: columns are handed over one by one, so that no array is made for a
// row. Two ways in: prepared INSERTs here, and composed pages (table-pages.ts).

import { stampToInteger } from "../../base/stamp.js";
import { int64 } from "../../base/words.js";
import { type Tables } from "../schema/tables.js";
import { type Value, type Writes } from "./writes.js";

/** Rows of one INSERT, the most first: from 64 on more make it no faster (ARCHITECTURE.md has the figures). */
const ROWS_PER_INSERT = [64, 8, 1] as const;

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

/**
 * Hands over a whole row of integers. In a loop: the engine would compile what a sink does once for each call that stands
 * by itself.
 */
export function putIntegers(row: RowSink, values: readonly (number | null)[]): void {
  row.beginRow();
  for (const value of values) row.integer(value);
  row.endRow();
}

/** Queues rows of one table, and inserts them with statements of many rows, of some and of one. */
export class RowInserter implements RowSink {
  private readonly writes: Writes;
  private readonly inserts: readonly { readonly rows: number; readonly sql: string }[];
  private readonly width: number;
  private values: Value[] = [];

  /** `onConflict`: an SQL clause that says what to do with a row whose key is taken. */
  constructor(writes: Writes, table: keyof Tables, columns: readonly string[], onConflict = "") {
    this.writes = writes;
    this.width = columns.length;
    this.inserts = ROWS_PER_INSERT.map((rows) => ({
      rows,
      sql: insertSql(table, columns, rows) + onConflict,
    }));
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
    const { values, writes } = this;
    let at = 0;
    for (const { rows, sql } of this.inserts) {
      const size = rows * this.width;
      for (; at + size <= values.length; at += size) writes.run(sql, values.slice(at, at + size));
    }
    this.values = [];
  }
}

function insertSql(table: keyof Tables, columns: readonly string[], rows: number): string {
  const row = `(${columns.map(() => "?").join(", ")})`;
  const values = new Array<string>(rows).fill(row).join(", ");
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values}`;
}
