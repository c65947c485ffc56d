// Tables as CSV (RFC 4180).

import { inertCell } from "../../base/spreadsheet.js";

/** A table: its columns, and rows of values in their order. */
export interface Table {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** The rows, each with a value for each column. */
  readonly rows: readonly (readonly unknown[])[];
}

/** Rows of objects as a table with these columns. */
export function tableOf<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): Table {
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

/** A line for each row, without the columns. `isForSpreadsheets`: no cell is one that a spreadsheet would run. */
export function csvRows(rows: Table["rows"], { isForSpreadsheets = false } = {}): string {
  const inert = isForSpreadsheets ? inertCell : (text: string): string => text;
  return rows.map((row) => `${row.map((value) => cell(value, inert)).join(",")}\r\n`).join("");
}

/** A table with its columns in the first line. */
export function csvOf({ columns, rows }: Table): string {
  return csvRows([columns]) + csvRows(rows);
}

/** The same in pieces, a row each, for a table whose rows are made one by one. */
export function* csvPieces(
  columns: readonly string[],
  rows: Iterable<readonly unknown[]>,
): Generator<string, undefined> {
  yield csvRows([columns]);
  for (const row of rows) yield csvRows([row]);
  return undefined;
}

function cell(value: unknown, inert: (text: string) => string): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? inert(value) : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
