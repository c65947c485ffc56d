// SQL of the user: it runs in a process of its own, which only reads and can be killed.

import { TwinError } from "../../base/errors.js";
import { SCHEMA, type QueryPage, type QueryParameters } from "../../index.js";
import { csvRows } from "../api/csv.js";
import { HttpError } from "../api/http-error.js";
import { json, type Asked, type Answer, type Route } from "../api/route.js";

const ROWS_DEFAULT = 1000;
const ROWS_MAX = 10_000;
const CSV_ROWS_MAX = 1_000_000;
const SECONDS_DEFAULT = 10;
const SECONDS_MAX = 30;
/** Processes that run at once. */
const RUNNING_MAX = 2;

interface SqlRequest {
  readonly sql: string;
  readonly recording?: number;
  readonly params?: QueryParameters;
  readonly limit?: number;
  readonly seconds?: number;
}

const TAKES = {
  type: "object",
  required: ["sql"],
  additionalProperties: false,
  properties: {
    sql: { type: "string", description: "one statement that reads" },
    recording: { type: "integer", minimum: 1, description: "only the rows of this recording" },
    params: { description: "values for ?, as a list, or for :name, as an object" },
    limit: { type: "integer", minimum: 1, maximum: ROWS_MAX, default: ROWS_DEFAULT },
    seconds: { type: "number", maximum: SECONDS_MAX, default: SECONDS_DEFAULT },
  },
} as const;

/** The address, with a count of the processes that run. */
export function sqlRoutes(): readonly Route[] {
  const running = { count: 0 };
  return [
    {
      method: "POST",
      path: "/sql",
      summary: "the rows of a statement; to end the request kills it",
      parameters: {
        format: { type: "text", choices: ["json", "csv"], help: "json (default) or csv" },
        spreadsheet: {
          type: "flag",
          help: "1: in CSV ' stands before cells that a spreadsheet would run (= + - @)",
        },
      },
      takes: TAKES,
      answers: "columns [{ name, type }], rows, truncated, elapsed_ms",
      run: async (asked) => {
        const request = requestOf(await asked.json());
        if (running.count >= RUNNING_MAX) throw new HttpError("ERR_TOO_MANY");
        running.count++;
        const done = (): void => {
          running.count--;
        };
        return asked.query.text("format") === "csv"
          ? { type: "text/csv", content: csvOfQuery(asked, request, done), file: "query.csv" }
          : rowsOf(asked, request).finally(done);
      },
    },
  ];
}

function requestOf(body: unknown): SqlRequest {
  if (typeof body !== "object" || body === null || !("sql" in body) || typeof body.sql !== "string")
    throw new TwinError("ERR_USAGE", "the body is an object with the statement as `sql`");
  for (const name of Object.keys(body))
    if (!Object.hasOwn(TAKES.properties, name))
      throw new TwinError(
        "ERR_USAGE",
        `the body has no ${JSON.stringify(name.slice(0, 80))}: there are ${Object.keys(TAKES.properties).join(", ")}`,
      );
  const request = body as SqlRequest;
  for (const name of ["limit", "seconds"] as const)
    if (request[name] !== undefined && !isAboveZero(request[name]))
      throw new TwinError("ERR_USAGE", `${name} is a number above 0`);
  return request;
}

function isAboveZero(value: unknown): boolean {
  return typeof value === "number" && value > 0;
}

function pagesOf(
  asked: Asked,
  request: SqlRequest,
  rows: number,
): AsyncGenerator<QueryPage, void, undefined> {
  const { sql, recording, params, seconds = SECONDS_DEFAULT } = request;
  return asked.served.timeline.queryPages(sql, params ?? [], {
    ...(recording === undefined ? {} : { recording }),
    rows,
    seconds: Math.min(seconds, SECONDS_MAX),
    signal: asked.signal,
  });
}

async function rowsOf(asked: Asked, request: SqlRequest): Promise<Answer> {
  const begun = performance.now();
  const limit = Math.min(request.limit ?? ROWS_DEFAULT, ROWS_MAX);
  const rows: unknown[] = [];
  let columns: readonly string[] = [];
  let truncated = false;
  try {
    for await (const page of pagesOf(asked, request, limit)) {
      ({ columns } = page);
      rows.push(...page.rows);
    }
  } catch (error) {
    if (!isRowLimit(error, rows.length, limit)) throw error;
    truncated = true;
  }
  const elapsed_ms = Math.round(performance.now() - begun);
  return json({ columns: columns.map(columnOf), rows, truncated, elapsed_ms });
}

/** The rows up to the limit are an answer. */
function isRowLimit(error: unknown, rows: number, limit: number): boolean {
  return error instanceof TwinError && error.code === "ERR_SQL_LIMIT" && rows >= limit;
}

const TYPES: ReadonlyMap<string, string> = new Map(
  SCHEMA.flatMap(({ columns }) => columns.map(({ name, type }) => [name, type] as const)),
);

/** The type of a column is known where a view has one of that name. */
function columnOf(name: string): { readonly name: string; readonly type: string | null } {
  return { name, type: TYPES.get(name) ?? null };
}

function csvOfQuery(
  asked: Asked,
  request: SqlRequest,
  done: () => void,
): ReadableStream<Uint8Array> {
  const pages = pagesOf(asked, request, Math.min(request.limit ?? CSV_ROWS_MAX, CSV_ROWS_MAX));
  const encoder = new TextEncoder();
  const isForSpreadsheets = asked.query.flag("spreadsheet");
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const step = await pages.next();
        if (step.done === true) {
          controller.close();
          done();
          return;
        }
        const { columns, rows } = step.value;
        const lines = isFirst ? [columns, ...rows] : rows;
        isFirst = false;
        controller.enqueue(encoder.encode(csvRows(lines, { isForSpreadsheets })));
      } catch (error) {
        controller.error(error);
        done();
      }
    },
    async cancel() {
      await pages.return(undefined).catch(() => undefined);
      done();
    },
  });
}
