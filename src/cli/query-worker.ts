// The process that runs one query: opens the timeline read-only, checks that the statement only
// reads, prints rows up to the limits.

import { Worker } from "node:worker_threads";
import { type ErrorCode, TwinError } from "../base/errors.js";
import { throwAsTwinError } from "../timeline/store/sqlite-errors.js";
import { openForReading } from "../timeline/open/open.js";
import { refuseOtherSchema } from "../timeline/open/schema-objects.js";
import { harmless, Output, table } from "./output.js";
import { MEMORY_BYTES, MEMORY_SIGNAL } from "../base/query-limits.js";
import { type QueryFailure, type QueryTask } from "./query.js";

/**
 * SQL blocks the event loop: another thread sees that the parent is gone, or that the process takes too
 * much memory, and ends it. (SQLite's own heap limit needs statistics that this build has not.)
 */
const WATCH = `
  const { workerData: { parent, bytes, signal } } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
    if (process.memoryUsage.rss() > bytes) process.kill(process.pid, signal);
  }, 100);
`;

type Cell = string | number | bigint | Buffer | null;

process.once("message", (task: QueryTask) => {
  const workerData = { parent: task.parent, bytes: MEMORY_BYTES, signal: MEMORY_SIGNAL };
  new Worker(WATCH, { eval: true, workerData }).unref();
  try {
    try {
      runTask(task);
    } catch (error) {
      throwIfTooLarge(error);
      throwIfDamaged(error, task.db);
    }
    setImmediate(() => {
      process.disconnect();
    });
  } catch (error) {
    const failure: QueryFailure =
      error instanceof TwinError
        ? { code: error.code, message: error.message }
        : { code: "ERR_SQL", message: error instanceof Error ? error.message : String(error) };
    process.send?.(failure, () => {
      setImmediate(() => {
        process.disconnect();
      });
    });
  }
});

function throwIfTooLarge(error: unknown): void {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "SQLITE_NOMEM" || code === "SQLITE_TOOBIG")
    throw new TwinError(
      "ERR_SQL_LIMIT",
      "a value is larger than SQLite allows (1 GB), or memory is full: narrow the query",
    );
}

/** What is the file's fault, not the statement's, is said so. */
function throwIfDamaged(error: unknown, file: string): never {
  const isFault =
    error instanceof Error &&
    "code" in error &&
    /^SQLITE_(CORRUPT|NOTADB|IOERR|BUSY)/.test(String(error.code));
  if (isFault) throwAsTwinError(error, file);
  throw error;
}

function runTask(task: QueryTask): void {
  const { db, sql, narrowing, format, isForSpreadsheets, rows: rowsMax, bytes: bytesMax } = task;
  const sqlite = openForReading(db);
  refuseOtherSchema(sqlite, db, "read");
  // What it sorts counts as memory, and fills no disk. This also drops temporary views, so it comes first.
  sqlite.pragma("temp_store = MEMORY");
  for (const statement of narrowing) sqlite.exec(statement);
  sqlite.pragma("query_only = ON");
  const statement = sqlite.prepare(sql);
  if (!statement.reader || !statement.readonly) {
    throw new TwinError(
      "ERR_SQL_NOT_READONLY",
      "only statements that read rows are run: SELECT, WITH, VALUES, EXPLAIN",
    );
  }
  const columns = statement.columns().map(({ name }) => name);
  const printer = PRINTERS[format](columns, new Output(), isForSpreadsheets);
  let count = 0;
  let bytes = 0;
  let over: TwinError | null = null;
  for (const row of statement.raw().safeIntegers().iterate() as IterableIterator<Cell[]>) {
    if (count === rowsMax) {
      over = limit(`there are more than ${rowsMax} rows`, "--rows");
      break;
    }
    count++;
    bytes += sizeOf(row);
    if (bytes > bytesMax) {
      over = limit(`the rows are more than ${bytesMax / 1_000_000} MB`, "--megabytes");
      break;
    }
    printer.row(row);
  }
  printer.end();
  sqlite.close();
  if (over !== null) throw over;
}

function limit(what: string, option: string): TwinError {
  const code: ErrorCode = "ERR_SQL_LIMIT";
  return new TwinError(code, `${what}: narrow the query, or raise the limit with ${option}`);
}

interface Printer {
  row(cells: readonly Cell[]): void;
  end(): void;
}

const PRINTERS: Readonly<
  Record<
    QueryTask["format"],
    (columns: readonly string[], output: Output, isForSpreadsheets: boolean) => Printer
  >
> = {
  table: (columns, output) => {
    const rows: (string | number | null)[][] = [];
    return {
      row: (cells) => rows.push(cells.map((cell) => (cell === null ? null : plain(cell)))),
      end: () => {
        output.lines(table(columns, rows));
        output.flush();
      },
    };
  },
  json: (columns, output) => ({
    row: (cells) => {
      output.json(
        Object.fromEntries(columns.map((column, i) => [column, plain(cells[i] ?? null)])),
      );
    },
    end: () => {
      output.flush();
    },
  }),
  csv: (columns, output, isForSpreadsheets) => {
    const inert = isForSpreadsheets ? asText : (text: string): string => text;
    const textOf = (cell: Cell): string => {
      if (cell === null) return "";
      return quoted(typeof cell === "string" ? inert(harmless(cell)) : String(plain(cell)));
    };
    output.data(columns.map(textOf).join(","));
    return {
      row: (cells) => {
        output.data(cells.map(textOf).join(","));
      },
      end: () => {
        output.flush();
      },
    };
  },
};

/** Integers as numbers where that is exact, else as text; blobs as hexadecimal. */
function plain(cell: Cell): string | number | null {
  if (typeof cell === "bigint") {
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : String(cell);
  }
  return Buffer.isBuffer(cell) ? cell.toString("hex") : cell;
}

/** What a spreadsheet would take for a formula, marked as text; numbers are none. */
function asText(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function sizeOf(row: readonly Cell[]): number {
  return row.reduce<number>(
    (sum, cell) => sum + (typeof cell === "string" || Buffer.isBuffer(cell) ? cell.length : 8),
    0,
  );
}
