// SQL of a library's user: read-only, with limits, and rows that JSON can hold.

import { spawn, type ChildProcess } from "node:child_process";
import { on } from "node:events";
import { type Compilable } from "kysely";
import { aborted, eitherOf, refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import {
  MEGABYTES_DEFAULT,
  MEMORY_BYTES,
  MEMORY_SIGNAL,
  ROWS_DEFAULT,
  SECONDS_DEFAULT,
  SECONDS_MAX,
} from "../../base/query-limits.js";
import { driverPath } from "../../timeline/store/driver.js";
import { throwAsTwinError } from "../../timeline/store/sqlite-errors.js";
import { QUERY_PROGRAM, type QueryAnswer, type QueryTask } from "./query-process.js";

/** A value in a row. An integer beyond 2^53 is decimal text, a blob hexadecimal text. */
export type QueryValue = string | number | null;

/** A row of a query whose columns are not told, by the names of its columns. */
export type QueryRow = Readonly<Record<string, QueryValue>>;

/** A value for a parameter of a statement. */
export type QueryParameter = string | number | bigint | Uint8Array | null;

/** Values for the parameters of a statement: in order for `?`, by name for `:name`, `@name` and `$name`. */
export type QueryParameters = readonly QueryParameter[] | Readonly<Record<string, QueryParameter>>;

/** What a query may see and take. Everything may be left out. */
export interface QueryOptions {
  /** Only the rows of the recording of this number. Absent = of all; of a recipe, the newest complete one. */
  readonly recording?: number | undefined;
  /** At most so many rows, 0 or more. Absent = 10,000. */
  readonly rows?: number | undefined;
  /** At most so many seconds, above 0 and up to 2,147,483. Absent = 30. */
  readonly seconds?: number | undefined;
  /** At most so many bytes of values, 0 or more. Absent = 64,000,000. */
  readonly bytes?: number | undefined;
  /** Kills the query: it throws ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** A statement, or what Kysely builds over `Views`. */
export type QuerySql<Row> = string | Compilable<Row>;

/** The statement and its parameters as SQLite takes them. */
export function statementOf<Row>(
  sql: QuerySql<Row>,
  parameters: QueryParameters = [],
): Pick<QueryTask, "sql" | "parameters"> {
  const given: unknown = sql;
  if (typeof given !== "string" && !(given instanceof Object && "compile" in given))
    throw new TwinError("ERR_USAGE", `${String(given)} is no SQL statement`);
  if (typeof sql === "string") {
    refuseOtherValues(parameters);
    return { sql, parameters: isList(parameters) ? parameters : [parameters] };
  }
  const compiled = sql.compile();
  refuseOtherValues(compiled.parameters);
  return { sql: compiled.sql, parameters: compiled.parameters };
}

/** Throws ERR_USAGE for parameters that have a value which SQLite has none for. */
function refuseOtherValues(parameters: unknown): void {
  if (typeof parameters !== "object" || parameters === null)
    throw new TwinError("ERR_USAGE", "parameters are a list, or an object with their names");
  for (const [name, value] of Object.entries(parameters))
    if (!isParameter(value))
      throw new TwinError(
        "ERR_USAGE",
        `parameter ${name} is ${String(value)}: SQLite takes text, a number, a bigint, a Uint8Array, or null`,
      );
}

function isParameter(value: unknown): boolean {
  if (value === null || value instanceof Uint8Array) return true;
  return ["string", "number", "bigint"].includes(typeof value);
}

function isList(parameters: QueryParameters): parameters is readonly QueryParameter[] {
  return Array.isArray(parameters);
}

/** Some rows of an answer, each as the list of its values. */
export interface QueryPage {
  /** The names of the columns, in their order. A name may occur twice. */
  readonly columns: readonly string[];
  /** The values of each row, in the order of the columns. Up to 1000 rows; the first page may have none. */
  readonly rows: readonly (readonly QueryValue[])[];
}

/**
 * Runs a statement in a process of its own, which goes on when the next page is asked for. Throws ERR_SQL,
 * ERR_SQL_NOT_READONLY, ERR_SQL_LIMIT after the rows within the limit, ERR_KILLED, and ERR_USAGE for a limit that is
 * none; ERR_CLOSED when the timeline is closed meanwhile.
 */
export async function* queryPages(
  file: string,
  statement: Pick<QueryTask, "sql" | "parameters">,
  narrowing: readonly string[],
  options: QueryOptions,
  closed: AbortSignal,
): AsyncGenerator<QueryPage, void, undefined> {
  const { rows = ROWS_DEFAULT, bytes = MEGABYTES_DEFAULT * 1_000_000 } = options;
  const task: QueryTask = {
    ...statement,
    ...{ driver: driverPath(), file, narrowing },
    rows: limitOf("rows", rows, Number.MAX_SAFE_INTEGER),
    bytes: limitOf("bytes", bytes, Number.MAX_SAFE_INTEGER),
    ...{ parent: process.pid, memory: MEMORY_BYTES, memorySignal: MEMORY_SIGNAL },
  };
  const seconds = limitOf("seconds", options.seconds ?? SECONDS_DEFAULT, SECONDS_MAX);
  const stop = eitherOf(closed, options.signal);
  refuseAborted(stop);
  yield* pagesOf(task, seconds, stop);
}

/** All pages of an answer, with each row as an object: of columns of the same name the last one counts. */
export async function rowsOf<Row>(pages: AsyncIterable<QueryPage>): Promise<readonly Row[]> {
  const found: Row[] = [];
  for await (const { columns, rows } of pages)
    for (const row of rows)
      found.push(Object.fromEntries(columns.map((column, i) => [column, row[i]])) as Row);
  return found;
}

function limitOf(name: string, value: number, largest: number): number {
  if (value >= 0 && value <= largest) return value;
  throw new TwinError("ERR_USAGE", `\`${name}: ${value}\` is not a limit from 0 to ${largest}`);
}

async function* pagesOf(
  task: QueryTask,
  seconds: number,
  closed: AbortSignal,
): AsyncGenerator<QueryPage, void, undefined> {
  const child = spawn(process.execPath, ["-e", QUERY_PROGRAM], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  const ended = new Promise<string>((resolve) => {
    child.on("close", (status, signal) => {
      resolve(signal ?? `status ${status ?? "?"}`);
    });
  });
  let failure: TwinError | null = null;
  const stop = (why: TwinError): void => {
    failure = why;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => {
    stop(limit(`the query took more than ${seconds} s`, "seconds"));
  }, seconds * 1000);
  const onClosed = (): void => {
    stop(aborted(closed));
  };
  closed.addEventListener("abort", onClosed);
  try {
    const isDone = yield* answersOf(child, task);
    const how = await ended;
    if (how === MEMORY_SIGNAL)
      failure = limit(`the query took more than ${MEMORY_BYTES / 1_000_000} MB of memory`, null);
    if (failure !== null) throw failure;
    if (!isDone) throw killed(how);
  } finally {
    clearTimeout(timer);
    closed.removeEventListener("abort", onClosed);
    child.kill("SIGKILL");
  }
}

/** The pages that the process sends until it ends. true = it has sent all of them. Throws why it could not go on. */
async function* answersOf(
  child: ChildProcess,
  task: QueryTask,
): AsyncGenerator<QueryPage, boolean, undefined> {
  const messages = on(child, "message", { close: ["close"] });
  give(child, task);
  try {
    for await (const [message] of messages) {
      const { page, isDone = false, failure } = message as QueryAnswer;
      if (failure !== undefined) throw failureOf(failure, task.file);
      if (isDone) return true;
      if (page !== undefined) yield page;
      give(child, "next");
    }
  } catch (error) {
    throw error instanceof TwinError ? error : killed(TwinError.from(error).message);
  }
  return false;
}

/** A process that is gone before it is asked says so by `close`. */
function give(child: ChildProcess, message: QueryTask | "next"): void {
  child.send(message, () => undefined);
}

function limit(what: string, option: keyof QueryOptions | null): TwinError {
  const raise = option === null ? "" : `, or raise the limit with \`${option}\``;
  return new TwinError("ERR_SQL_LIMIT", `${what}: narrow the query${raise}`);
}

function killed(how: string): TwinError {
  return new TwinError(
    "ERR_KILLED",
    `the process that ran the query has ended (${how}): run it again`,
  );
}

/** What is the file's fault, not the statement's, is said so. */
function failureOf(
  { code, message }: NonNullable<QueryAnswer["failure"]>,
  file: string,
): TwinError {
  if (code === "ERR_SQL_LIMIT")
    return limit(message, message.includes("rows are") ? "bytes" : "rows");
  if (code === "ERR_SQL_NOT_READONLY") return new TwinError(code, message);
  if (code === "SQLITE_NOMEM" || code === "SQLITE_TOOBIG")
    return limit("a value is larger than SQLite allows (1 GB), or memory is full", null);
  if (/^SQLITE_(CORRUPT|NOTADB|IOERR|BUSY)/.test(code)) {
    try {
      throwAsTwinError(Object.assign(new Error(message), { code }), file);
    } catch (error) {
      return TwinError.from(error);
    }
  }
  // A view cannot be written in any case.
  if (message.startsWith("cannot modify "))
    return new TwinError("ERR_SQL_NOT_READONLY", `only statements that read are run: ${message}`);
  return new TwinError("ERR_SQL", message);
}
