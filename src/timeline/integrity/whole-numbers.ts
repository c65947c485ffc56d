// Rows of whole numbers and texts out of one JSON text, which SQLite and the engine make and parse several times faster
// than better-sqlite3 makes a bigint or a blob for each value.

/** A row: safe integers, and null for NULL. */
export type NumberRow = readonly (number | null)[];

/** A row in which texts stand as the hexadecimal digits of their bytes, which need not be valid UTF-8. */
export type PlainRow = readonly (number | string | null)[];

/** All that a JSON text of integers and null has: no point, exponent, quote or letter of anything else. */
const INTEGERS_ONLY = /^[[\],\-\dnul]*$/;
/** The same with strings of hexadecimal digits. */
const WITH_HEX = /^[[\],\-\dnul"A-F]*$/;

/**
 * The rows of the JSON text that `read` gives, an array of arrays; null where some value is no integer, or none that
 * a number holds exactly: the caller must read those rows value by value.
 */
export function wholeNumbers(read: () => string | undefined): readonly NumberRow[] | null {
  const rows = parsed(read, INTEGERS_ONLY) as readonly NumberRow[] | null;
  return rows?.every(isExact) === true ? rows : null;
}

/**
 * The same of rows whose texts `hexOf` makes digits; `isText`: by column, can it hold a text? null where a value is
 * none of its column.
 */
export function plainRows(
  read: () => string | undefined,
  isText: readonly boolean[],
): readonly PlainRow[] | null {
  const rows = parsed(read, WITH_HEX) as readonly PlainRow[] | null;
  return rows?.every((row) => isPlain(row, isText)) === true ? rows : null;
}

/** A column of texts as hexadecimal digits; half a one where it holds a number or a blob, which no text has. */
export function hexOf(column: string): string {
  return `CASE typeof(${column}) WHEN 'text' THEN hex(${column}) WHEN 'null' THEN NULL ELSE 0.5 END`;
}

function parsed(read: () => string | undefined, allowed: RegExp): unknown {
  const text = textOf(read);
  return text === null || !allowed.test(text) ? null : JSON.parse(text);
}

/** null where SQLite cannot make the text: JSON has no blob. What else is wrong shows when values are read. */
function textOf(read: () => string | undefined): string | null {
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}

function isExact(row: NumberRow): boolean {
  for (const value of row) if (value !== null && !Number.isSafeInteger(value)) return false;
  return true;
}

function isPlain(row: PlainRow, isText: readonly boolean[]): boolean {
  for (let i = 0; i < row.length; i++) {
    const value = row[i] ?? null;
    if (value === null) continue;
    if (typeof value === "string" ? isText[i] !== true : !Number.isSafeInteger(value)) return false;
  }
  return true;
}
