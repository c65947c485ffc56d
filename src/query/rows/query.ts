// SQL of a library's user: read-only, with limits, and rows that JSON can hold.

import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { type Compilable } from "kysely";
import { aborted, refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import {
  MEGABYTES_DEFAULT,
  MEMORY_BYTES,
  MEMORY_SIGNAL,
  ROWS_DEFAULT,
  SECONDS_DEFAULT,
  SECONDS_MAX,
} from "../../base/query-limits.js";
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
}

/** A statement, or what Kysely builds over `Views`. */
export type QuerySql<Row> = string | Compilable<Row>;

/** The statement and its parameters as SQLite takes them. */
export function statementOf<Row>(
  sql: QuerySql<Row>,
  parameters: QueryParameters = [],
): Pick<QueryTask, "sql" | "parameters"> {
  if (typeof sql === "string")
    return { sql, parameters: isList(parameters) ? parameters : [parameters] };
  const compiled = sql.compile();
  return { sql: compiled.sql, parameters: compiled.parameters };
}

function isList(parameters: QueryParameters): parameters is readonly QueryParameter[] {
  return Array.isArray(parameters);
}

/**
 * Runs a statement in a process of its own. Throws ERR_SQL, ERR_SQL_NOT_READONLY, ERR_SQL_LIMIT, ERR_KILLED, and
 * ERR_USAGE for a limit that is none; ERR_CLOSED when the timeline is closed meanwhile.
 */
export async function queryRows<Row>(
  file: string,
  statement: Pick<QueryTask, "sql" | "parameters">,
  narrowing: readonly string[],
  options: QueryOptions,
  closed: AbortSignal,
): Promise<readonly Row[]> {
  const task: QueryTask = {
    ...statement,
    ...{ driver: createRequire(import.meta.url).resolve("better-sqlite3"), file, narrowing },
    rows: limitOf("rows", options.rows ?? ROWS_DEFAULT, Number.MAX_SAFE_INTEGER),
    bytes: limitOf(
      "bytes",
      options.bytes ?? MEGABYTES_DEFAULT * 1_000_000,
      Number.MAX_SAFE_INTEGER,
    ),
    ...{ parent: process.pid, memory: MEMORY_BYTES, memorySignal: MEMORY_SIGNAL },
  };
  const seconds = limitOf("seconds", options.seconds ?? SECONDS_DEFAULT, SECONDS_MAX);
  const rows: Row[] = [];
  const take = (some: readonly unknown[]): unknown => rows.push(...(some as readonly Row[]));
  await runProcess(task, seconds, take, closed);
  return rows;
}

function limitOf(name: string, value: number, largest: number): number {
  if (value >= 0 && value <= largest) return value;
  throw new TwinError("ERR_USAGE", `${name} ${value} is not a limit from 0 to ${largest}`);
}

async function runProcess(
  task: QueryTask,
  seconds: number,
  take: (rows: readonly unknown[]) => unknown,
  closed: AbortSignal,
): Promise<void> {
  refuseAborted(closed);
  const child = spawn(process.execPath, ["-e", QUERY_PROGRAM], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  return new Promise((resolve, reject) => {
    let failure: TwinError | null = null;
    let isDone = false;
    const timer = setTimeout(() => {
      failure = limit(`the query took more than ${seconds} s`, "seconds");
      child.kill("SIGKILL");
    }, seconds * 1000);
    const onClosed = (): void => {
      failure = aborted(closed);
      child.kill("SIGKILL");
    };
    closed.addEventListener("abort", onClosed);
    child.on("message", (message) => {
      const answer = message as QueryAnswer;
      if (answer.rows !== undefined) take(answer.rows);
      if (answer.failure !== undefined) failure = failureOf(answer.failure, task.file);
      isDone ||= answer.isDone === true;
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      closed.removeEventListener("abort", onClosed);
      reject(killed(error.message));
    });
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      closed.removeEventListener("abort", onClosed);
      if (signal === MEMORY_SIGNAL)
        failure = limit(`the query took more than ${MEMORY_BYTES / 1_000_000} MB of memory`, null);
      if (!isDone) failure ??= killed(signal ?? `status ${status ?? "?"}`);
      if (failure === null) resolve();
      else reject(failure);
    });
    give(child, task);
  });
}

/** A process that is gone before it is asked says so by `close`. */
function give(child: ChildProcess, task: QueryTask): void {
  child.send(task, () => undefined);
}

function limit(what: string, option: keyof QueryOptions | null): TwinError {
  const raise = option === null ? "" : `, or raise the limit with the option ${option}`;
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
  return new TwinError("ERR_SQL", message);
}
