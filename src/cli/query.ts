// irqtwin query: the user's SQL runs in a process of its own, which can be killed.

import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  MEGABYTES_DEFAULT,
  MEMORY_BYTES,
  MEMORY_SIGNAL,
  ROWS_DEFAULT,
  SECONDS_DEFAULT,
  SECONDS_MAX,
} from "../base/query-limits.js";
import { EXIT, TwinError, type ErrorCode } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import { COOKBOOK, narrowingSql, openTimeline, SCHEMA, type Recipe } from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, table } from "./output.js";

const FORMATS = ["table", "json", "csv"] as const;
type Format = (typeof FORMATS)[number];

/** What the worker is asked, in the one message that it gets. */
export interface QueryTask {
  /** The timeline file. */
  readonly db: string;
  /** The statement. */
  readonly sql: string;
  /** Statements that narrow what is seen to one recording; none = all are seen. */
  readonly narrowing: readonly string[];
  /** How its rows are printed. */
  readonly format: Format;
  /** In CSV, no cell is one that a spreadsheet would take for a formula. */
  readonly isForSpreadsheets: boolean;
  /** At most so many rows are printed. */
  readonly rows: number;
  /** At most so many bytes of values are printed. */
  readonly bytes: number;
  /** The process that asks: the worker ends when it is gone. */
  readonly parent: number;
}

/** The message of a worker that cannot go on: code and text of a TwinError. */
export interface QueryFailure {
  /** The code. */
  readonly code: ErrorCode;
  /** The message. */
  readonly message: string;
}

/** The views by name, in lines that fit a terminal. */
const VIEWS = ((): readonly string[] => {
  const names = SCHEMA.filter(({ kind }) => kind === "view").map(({ name }) => name);
  const half = Math.ceil(names.length / 2);
  return [`The views: ${names.slice(0, half).join(", ")},`, `${names.slice(half).join(", ")}.`];
})();

/** The command `query`. */
export const query: Command = {
  name: "query",
  json: "a row",
  operands: "SQL",
  summary: "read-only SQL over the views, with limits",
  details: [
    ...VIEWS,
    "The state as of :t is",
    "WHERE from_ns <= :t AND (to_ns IS NULL OR :t < to_ns). Only statements that read are run. A query",
    "that exceeds a limit ends with exit status 2; the rows before it are printed.",
    "In JSON, integers above 2^53 are strings.",
    "A recipe is about one recording, by default the newest. SQL sees all recordings unless --recording names one.",
  ].join("\n"),
  options: {
    recipes: { type: "boolean", help: "list the cookbook: questions whose SQL is ready" },
    recipe: { type: "string", value: "ID", help: "answer one of them" },
    sql: { type: "boolean", help: "with --recipe: print its SQL instead, for any SQLite client" },
    recording: { type: "string", value: "N", help: "only the rows of this recording" },
    format: { type: "string", value: "F", help: `${FORMATS.join(", ")} (default: table)` },
    spreadsheet: {
      type: "boolean",
      help: "with csv: put ' before cells that a spreadsheet would run (= + - @)",
    },
    rows: { type: "string", value: "N", help: `at most so many rows (default: ${ROWS_DEFAULT})` },
    seconds: { type: "string", value: "N", help: `at most so long (default: ${SECONDS_DEFAULT})` },
    megabytes: {
      type: "string",
      value: "N",
      help: `at most so much output (default: ${MEGABYTES_DEFAULT})`,
    },
  },
  examples: [
    "irqtwin query --recipes",
    "irqtwin query --recipe wrong-is-run",
    "irqtwin query --recipe stale-links --sql | sqlite3 irqtwin.db",
    "irqtwin query --recording 1 \"SELECT cause, count(*) FROM v_event WHERE kind = 'irte_written' GROUP BY cause\"",
    "irqtwin query \"SELECT irte, mode, printf('%016x', lo) FROM v_irte WHERE to_ns IS NULL\" --recording 1 --format csv",
  ],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const recipe = recipeOf(args);
  const [operand, ...more] = args.operands;
  if (args.flag("recipes") || (recipe !== undefined && args.flag("sql")))
    return print(args, recipe);
  const sql = recipe?.sql ?? operand;
  if (sql === undefined || more.length > 0 || (recipe !== undefined && operand !== undefined))
    throw new TwinError(
      "ERR_USAGE",
      "query needs one SQL statement, quoted, or a --recipe: see `irqtwin query --help`",
    );
  const format = args.format(FORMATS, "table");
  const task: QueryTask = {
    db: args.db,
    sql,
    narrowing: await narrowingOf(args, recipe, sql),
    format,
    isForSpreadsheets: args.flag("spreadsheet"),
    rows: args.count("rows") ?? ROWS_DEFAULT,
    bytes: (args.count("megabytes") ?? MEGABYTES_DEFAULT) * 1_000_000,
    parent: process.pid,
  };
  return runWorker(task, secondsOf(args));
}

function secondsOf(args: Arguments): number {
  const seconds = args.count("seconds") ?? SECONDS_DEFAULT;
  if (seconds > SECONDS_MAX)
    throw new TwinError("ERR_USAGE", `--seconds ${seconds} is more than ${SECONDS_MAX}`);
  return seconds;
}

/** A recipe is about one recording. Throws ERR_NO_RECORDING and ERR_TIMELINE_EMPTY. */
async function narrowingOf(
  args: Arguments,
  recipe: Recipe | undefined,
  sql: string,
): Promise<readonly string[]> {
  const asked = args.count("recording");
  if (recipe === undefined && asked === undefined) return [];
  const timeline = await openTimeline(args.db, { readonly: true });
  try {
    return narrowingSql(sql, timeline.recording(asked).id);
  } finally {
    timeline.close();
  }
}

function recipeOf(args: Arguments): Recipe | undefined {
  const id = args.text("recipe");
  const recipe = COOKBOOK.find((each) => each.id === id);
  if (id !== undefined && recipe === undefined)
    throw new TwinError(
      "ERR_USAGE",
      `${id} is not a recipe${didYouMean(
        id,
        COOKBOOK.map((each) => each.id),
      )}: there are ${COOKBOOK.map((each) => each.id).join(", ")}`,
    );
  return recipe;
}

/** Prints the list of recipes, or the SQL of one. */
function print(args: Arguments, recipe: Recipe | undefined): number {
  const output = new Output();
  if (args.flag("json"))
    for (const each of recipe === undefined ? COOKBOOK : [recipe]) output.json(each);
  else output.lines(recipe === undefined ? recipeList() : sqlOf(args, recipe));
  output.flush();
  return EXIT.ok;
}

function recipeList(): string[] {
  return table(
    ["recipe", "question"],
    COOKBOOK.map(({ id, question }) => [id, question]),
  );
}

/** For any SQLite client: the views are narrowed to one recording first. */
function sqlOf(args: Arguments, { question, note, sql }: Recipe): string[] {
  const narrowing = narrowingSql(sql, args.count("recording") ?? null);
  return [`-- ${question}`, `-- ${note}`, ...[...narrowing, sql].map((each) => `${each};`)];
}

function killed(how: string): TwinError {
  return new TwinError(
    "ERR_KILLED",
    `the process that ran the query has ended (${how}): run it again`,
  );
}

/** Runs a task in a process of its own. Throws ERR_SQL_LIMIT if it takes too long or too much memory. */
function runWorker(task: QueryTask, seconds: number): Promise<number> {
  const bundled = fileURLToPath(new URL("./query-worker.js", import.meta.url));
  if (!existsSync(bundled))
    throw new TwinError("ERR_USAGE", "query runs from the built program: npm run build");
  return new Promise((resolve, reject) => {
    const worker = fork(bundled, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let failure: TwinError | null = null;
    const timer = setTimeout(() => {
      failure = new TwinError(
        "ERR_SQL_LIMIT",
        `the query took more than ${seconds} s: narrow it, or give it more with --seconds`,
      );
      worker.kill("SIGKILL");
    }, seconds * 1000);
    worker.on("message", (message) => {
      const { code, message: text } = message as QueryFailure;
      failure = new TwinError(code, text);
    });
    worker.on("error", ({ message }) => {
      reject(killed(message));
    });
    worker.on("close", (status, signal) => {
      clearTimeout(timer);
      if (signal === MEMORY_SIGNAL)
        failure = new TwinError(
          "ERR_SQL_LIMIT",
          `the query took more than ${MEMORY_BYTES / 1_000_000} MB of memory: narrow it`,
        );
      if (status !== 0) failure ??= killed(signal ?? `status ${status ?? "?"}`);
      if (failure !== null) reject(failure);
      else resolve(EXIT.ok);
    });
    worker.send(task);
  });
}
