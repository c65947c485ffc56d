// Rows of whole numbers out of one JSON text, which SQLite and the engine make and parse several times faster
// than better-sqlite3 makes a bigint for each value.

/** A row or a column: safe integers, and null for NULL. */
export type NumberRow = readonly (number | null)[];

/** All that a JSON text of integers and null has: no point, exponent, quote or letter of anything else. */
const INTEGERS_ONLY = /^[[\],\-\dnul]*$/;

/**
 * The rows of the JSON text that `read` gives, an array of arrays; null where some value is no integer, or none that
 * a number holds exactly: the caller must read those rows value by value.
 */
export function wholeNumbers(read: () => string | undefined): readonly NumberRow[] | null {
  const text = given(read);
  if (text === null || !INTEGERS_ONLY.test(text)) return null;
  const rows = JSON.parse(text) as readonly NumberRow[];
  return rows.every(isExact) ? rows : null;
}

/**
 * The columns of the JSON texts that `read` gives, an array each; null where it gives none, where some value is no integer,
 * or none that a number holds exactly.
 */
export function wholeColumns(read: () => readonly string[] | null): readonly NumberRow[] | null {
  const texts = given(read);
  if (texts?.every((text) => INTEGERS_ONLY.test(text)) !== true) return null;
  const columns = texts.map((text) => JSON.parse(text) as NumberRow);
  return columns.every(isExact) ? columns : null;
}

/** null where SQLite cannot make the text: JSON has no blob. What else is wrong shows when values are read. */
function given<Given>(read: () => Given | null | undefined): Given | null {
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
