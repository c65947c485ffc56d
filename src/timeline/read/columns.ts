// Many rows of numbers, a column at a time. Each column is one JSON text, because SQLite and the engine make and parse
// that several times faster than better-sqlite3 makes values, and faster than a text with an array for each row.

import type Database from "better-sqlite3";
import { prepared } from "../store/sql.js";

/** The values of a column, in the order of the rows: integers that a number holds exactly, and null for NULL. */
export type Column = readonly (number | null)[];

/** A statement that gives columns. */
export interface ColumnStatement<Name extends string> {
  /** The names of the columns. */
  readonly names: readonly Name[];
  /** Its text. */
  readonly sql: string;
}

/** The columns of a statement, by their names. */
export type ColumnsOf<Statement> =
  Statement extends ColumnStatement<infer Name> ? Readonly<Record<Name, Column>> : never;

/** The statement for columns by their names and SQL expressions; `from`: what stands behind its SELECT. */
export function selectColumns<Name extends string>(
  expressions: Readonly<Record<Name, string>>,
  from: string,
): ColumnStatement<Name> {
  const names = Object.keys(expressions) as Name[];
  // All are of one pass over the rows, so they are in one order.
  const columns = names.map((name) => `json_group_array(${expressions[name]})`);
  return { names, sql: `SELECT ${columns.join(", ")} ${from}` };
}

/** The columns that a statement gives. */
export function columnsOf<Name extends string>(
  sqlite: Database.Database,
  { names, sql }: ColumnStatement<Name>,
  ...parameters: readonly number[]
): Readonly<Record<Name, Column>> {
  const statement = prepared<number[], readonly string[]>(sqlite, sql).raw();
  const texts = statement.get(...parameters) ?? [];
  const columns = names.map((name, i) => [name, JSON.parse(texts[i] ?? "[]") as Column]);
  return Object.fromEntries(columns) as Record<Name, Column>;
}

/** The value of a row in a column that is never NULL. */
export function numberIn(column: Column, row: number): number {
  return column[row] ?? 0;
}

/** The value of a row in a column. */
export function slotIn(column: Column, row: number): number | null {
  return column[row] ?? null;
}
