// The rows of a table that is sealed, hashed in the order of their key. A table can have a row for nearly every
// event, and a bigint or a blob for each of its values takes longer than all else: where every value is a text or a
// whole number that is exact, rows come as one JSON text for many.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Stored } from "../store/row-bytes.js";
import { Texts, ValueBytes, type ByteSink } from "./value-bytes.js";
import { wholeNumbers, type NumberRow } from "./whole-numbers.js";

/** One table that is sealed: which of its columns are covered, and in which order its rows are hashed. */
export interface SealedTable {
  /** The columns that are covered, as SQL lists them. */
  readonly columns: string;
  /** The columns by which its rows are ordered, as SQL lists them. */
  readonly key: string;
}

/** The rows of one recording in such a table. */
export interface SealedRows extends SealedTable {
  /** The table. */
  readonly table: string;
  /** The number of the recording. */
  readonly recording: number;
}

const KEY_MIN = -(2n ** 63n);
/** Rows of bigints and texts of one step: some milliseconds. */
const ROWS_PER_STEP = 1024;
/** Rows of one JSON text: with the longest texts that a line can hold, far below what SQLite takes as one value. */
const ROWS_PER_PAGE = 2048;

/** Adds a recording's rows of a table to `hash`; how many. Between two steps the connection may only read. */
export function* hashTable(
  sqlite: Database.Database,
  hash: ByteSink,
  sealed: SealedRows,
): Steps<number> {
  const texts = textColumns(sqlite, sealed.table);
  const bytes = new ValueBytes(hash);
  const isByNumber = !sealed.key.includes(",") && !texts.has(sealed.key);
  const count = yield* (isByNumber ? putPages : putValues)(sqlite, bytes, sealed, texts);
  bytes.flush();
  return count;
}

/**
 * Adds rows of integers and texts. From the first page on that holds anything else, all that is left is added value by
 * value.
 */
function* putPages(
  sqlite: Database.Database,
  bytes: ValueBytes,
  sealed: SealedRows,
  texts: ReadonlySet<string>,
): Steps<number> {
  const keyAt = sealed.columns.split(" ").indexOf(sealed.key);
  const read = pageReader(sqlite, sealed, texts);
  let count = 0;
  for (let from = KEY_MIN; ;) {
    const page = read(from);
    if (page === null) return count + (yield* putValues(sqlite, bytes, sealed, texts, from));
    const { rows } = page;
    for (const row of rows) bytes.putRow(row, page.texts);
    count += rows.length;
    const last = rows.at(-1)?.[keyAt];
    if (rows.length < ROWS_PER_PAGE || typeof last !== "number") return count;
    from = BigInt(last) + 1n;
    yield;
  }
}

/** Rows, whose texts stand one behind the other; a row has the length of its text, in bytes. */
interface Page {
  readonly rows: readonly NumberRow[];
  /** By the place of the column; undefined = it holds integers. */
  readonly texts: readonly (Texts | undefined)[];
}

/** Reads the page whose first key is `from` or the next one; null where a value is none of its column. */
function pageReader(
  sqlite: Database.Database,
  sealed: SealedRows,
  texts: ReadonlySet<string>,
): (from: bigint) => Page | null {
  const columns = sealed.columns.split(" ");
  const values = columns.map((name) => (texts.has(name) ? lengthOf(name) : name));
  const joined = columns.filter((name) => texts.has(name)).map(joinedOf);
  const page = sqlite
    .prepare<[number, bigint], [string, ...(Buffer | null)[]]>(
      `SELECT ${[`json_group_array(json_array(${values.join(", ")}))`, ...joined].join(", ")} FROM (
         SELECT * FROM ${rowsOf(sealed)} AND ${sealed.key} >= ? ORDER BY ${sealed.key} LIMIT ${ROWS_PER_PAGE})`,
    )
    .raw();
  return (from) => {
    let read: readonly (Buffer | null)[] = [];
    const rows = wholeNumbers(() => {
      const [numbers, ...rest] = page.get(sealed.recording, from) ?? ["[]"];
      read = rest;
      return numbers;
    });
    if (rows === null) return null;
    let next = 0;
    const of = columns.map((name) =>
      texts.has(name) ? new Texts(read[next++] ?? Buffer.alloc(0)) : undefined,
    );
    const isWhole = of.every((each, at) => each === undefined || each.isAsLongAs(rows, at));
    return isWhole ? { rows, texts: of } : null;
  };
}

/** Adds the rows whose key is `from` or more; null = all. Texts are taken as bytes: not all are valid UTF-8. */
function* putValues(
  sqlite: Database.Database,
  bytes: ValueBytes,
  sealed: SealedRows,
  texts: ReadonlySet<string>,
  from: bigint | null = null,
): Steps<number> {
  const columns = sealed.columns.split(" ");
  const isText = columns.flatMap((name) => (texts.has(name) ? [`typeof(${name}) = 'text'`] : []));
  const values = columns.map((name) => (texts.has(name) ? blobOf(name) : name));
  const rows = sqlite
    .prepare<unknown[], Stored[]>(
      `SELECT ${[...values, ...isText].join(", ")} FROM ${rowsOf(sealed)}
       ${from === null ? "" : `AND ${sealed.key} >= ?`} ORDER BY ${sealed.key}`,
    )
    .raw()
    .safeIntegers();
  // The place of a column's "is it a text?" in a row; -1 where it can be none.
  let next = columns.length;
  const places = columns.map((name) => (texts.has(name) ? next++ : -1));
  let count = 0;
  for (const row of rows.iterate(sealed.recording, ...(from === null ? [] : [from]))) {
    if (++count % ROWS_PER_STEP === 0) yield;
    for (let i = 0; i < places.length; i++) bytes.put(row[i] ?? null, row[places[i] ?? -1] === 1n);
  }
  return count;
}

function rowsOf({ table }: SealedRows): string {
  return `main.${table} WHERE ${table === "recording" ? "id" : "recording_id"} = ?`;
}

/** The columns that can hold a text; the tables are STRICT, so an INTEGER holds none. */
function textColumns(sqlite: Database.Database, table: string): ReadonlySet<string> {
  const types = sqlite.pragma(`main.table_info(${table})`) as { name: string; type: string }[];
  return new Set(types.filter(({ type }) => type !== "INTEGER").map(({ name }) => name));
}

/** The bytes of a column's text; half a one where it holds a number or a blob, which no text has. */
function lengthOf(column: string): string {
  return `CASE typeof(${column}) WHEN 'text' THEN octet_length(${column}) WHEN 'null' THEN NULL ELSE 0.5 END`;
}

/** The texts of a column, one behind the other. */
function joinedOf(column: string): string {
  return `CAST(group_concat(${column}, '') AS BLOB)`;
}

/** A column whose texts are read as blobs. */
function blobOf(name: string): string {
  return `CASE WHEN typeof(${name}) = 'text' THEN CAST(${name} AS BLOB) ELSE ${name} END`;
}
