// Rows of whole numbers out of SQLite as one text: SQLite writes it, and this reads it, several times faster than
// better-sqlite3 makes row objects.

import type Database from "better-sqlite3";
import { prepared } from "../../timeline/store/sql.js";

/** What stands for NULL. No column that is read here has it. */
export const NO_NUMBER = -1;

/** The SQL expression that makes one text of rows with these columns. */
export function numbersSql(columns: readonly string[]): string {
  const each = columns.map((column) => `coalesce(${column}, ${NO_NUMBER})`);
  return `group_concat(${each.join(" || ' ' || ")}, ' ')`;
}

const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Runs a statement that selects such a text, and gives each row of `width` numbers. The array is used again. */
export function forEachRow(
  sqlite: Database.Database,
  sql: string,
  named: Readonly<Record<string, number | bigint | string>>,
  width: number,
  onRow: (row: Float64Array) => void,
): void {
  const text = prepared<unknown[], string | null>(sqlite, sql).pluck().get(named) ?? "";
  const row = new Float64Array(width);
  let [column, value, sign] = [0, 0, 1];
  for (let at = 0; at <= text.length; at++) {
    const code = at < text.length ? text.charCodeAt(at) : SPACE;
    if (code === MINUS) sign = -1;
    else if (code !== SPACE) value = value * 10 + (code - ZERO);
    else if (text.length > 0) {
      row[column++] = sign * value;
      [value, sign] = [0, 1];
      if (column === width) {
        column = 0;
        onRow(row);
      }
    }
  }
}
