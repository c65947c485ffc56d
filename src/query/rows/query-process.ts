// The process that runs one query of a library's user: SQL blocks whoever runs it, and only a process can be stopped.
// It is a text that Node runs, and not a file, so that it is there wherever the library is bundled into. It needs
// better-sqlite3 alone, which cannot be bundled.

import { type QueryPage } from "./query.js";

/**
 * Ends the process when the one that asks is gone, or when it takes too much memory: its own thread is in SQLite.
 * (SQLite's own heap limit needs statistics that this build has not.)
 */
const WATCH = `
  const { workerData: { parent, bytes, signal } } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
    if (process.memoryUsage.rss() > bytes) process.kill(process.pid, signal);
  }, 100);
`;

/** The program: it gets one QueryTask, and sends QueryAnswers. */
export const QUERY_PROGRAM = `
const { Worker } = require("node:worker_threads");
const ROWS_PER_MESSAGE = 1000;

process.once("message", async (task) => {
  const { parent, memory: bytes, memorySignal: signal } = task;
  new Worker(${JSON.stringify(WATCH)}, { eval: true, workerData: { parent, bytes, signal } }).unref();
  const end = (answer) => process.send(answer, () => setImmediate(() => process.disconnect()));
  try {
    await run(task);
    end({ isDone: true });
  } catch (error) {
    end({ failure: { code: String(error.code), message: error.message } });
  }
});

// Sends a page, and waits until the next one is asked for: so only one is on its way.
const send = (page) => new Promise((resolve) => {
  process.once("message", resolve);
  process.send({ page });
});

async function run({ driver, file, narrowing, sql, parameters, rows: rowsMax, bytes: bytesMax }) {
  const sqlite = new (require(driver))(file, { readonly: true, fileMustExist: true });
  // What it sorts counts as memory, and fills no disk. This also drops temporary views, so it comes first.
  sqlite.pragma("temp_store = MEMORY");
  for (const statement of narrowing) sqlite.exec(statement);
  sqlite.pragma("query_only = ON");
  const statement = sqlite.prepare(sql);
  if (!statement.reader || !statement.readonly)
    throw failure("ERR_SQL_NOT_READONLY", "only statements that read rows are run: SELECT, WITH, VALUES, EXPLAIN");
  const columns = statement.columns().map(({ name }) => name);
  let [count, bytes, rows, over] = [0, 0, [], null];
  for (const cells of statement.raw().safeIntegers().iterate(...parameters)) {
    if (++count > rowsMax) over = "there are more than " + rowsMax + " rows";
    bytes += cells.reduce((sum, cell) => sum + sizeOf(cell), 0);
    if (bytes > bytesMax) over ??= "the rows are more than " + bytesMax / 1e6 + " MB";
    if (over !== null) break;
    rows.push(cells.map(plain));
    if (rows.length === ROWS_PER_MESSAGE) await send({ columns, rows: rows.splice(0) });
  }
  await send({ columns, rows });
  if (over !== null) throw failure("ERR_SQL_LIMIT", over);
}

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

function sizeOf(cell) {
  return typeof cell === "string" || Buffer.isBuffer(cell) ? cell.length : 8;
}

// Integers as numbers where that is exact, else as text; blobs as hexadecimal: what JSON can hold.
function plain(cell) {
  if (typeof cell === "bigint") return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  return Buffer.isBuffer(cell) ? cell.toString("hex") : cell;
}
`;

/** What the program is asked, in the one message that it gets. */
export interface QueryTask {
  /** The path of better-sqlite3. */
  readonly driver: string;
  /** The timeline file. */
  readonly file: string;
  /** The statement. */
  readonly sql: string;
  /** What stands for the parameters of the statement: one list, or one object. */
  readonly parameters: readonly unknown[];
  /** Statements that narrow what is seen to one recording; none = all are seen. */
  readonly narrowing: readonly string[];
  /** At most so many rows. */
  readonly rows: number;
  /** At most so many bytes of values. */
  readonly bytes: number;
  /** The process that asks: the program ends when it is gone. */
  readonly parent: number;
  /** The bytes of memory that it may take. */
  readonly memory: number;
  /** The signal by which it ends itself when it takes more. */
  readonly memorySignal: string;
}

/**
 * What the program sends: pages, each when the one before was answered by any message, then that it is done; or why it
 * cannot go on, with a code of ours or of SQLite.
 */
export interface QueryAnswer {
  /** The next rows, in order. */
  readonly page?: QueryPage;
  /** There are no more rows. */
  readonly isDone?: boolean;
  /** Why it cannot go on. */
  readonly failure?: {
    /** An ERR_ code of irqtwin, or one of SQLite. */
    readonly code: string;
    /** What is wrong, in words. */
    readonly message: string;
  };
}
