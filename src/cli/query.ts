// irqtwin query: the user's SQL, read-only and with limits.

import {
  MEGABYTES_DEFAULT,
  ROWS_DEFAULT,
  SECONDS_DEFAULT,
  SECONDS_MAX,
} from "../base/query-limits.js";
import { EXIT, TwinError } from "../base/errors.js";
import { didYouMean } from "../base/suggest.js";
import {
  COOKBOOK,
  narrowingSql,
  openTimeline,
  SCHEMA,
  type QueryPage,
  type Recipe,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { Output, table } from "./output.js";
import { FORMATS, printerOf, type Printer } from "./query-output.js";

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
  const options = {
    rows: args.count("rows") ?? ROWS_DEFAULT,
    bytes: (args.count("megabytes") ?? MEGABYTES_DEFAULT) * 1_000_000,
    seconds: secondsOf(args),
  };
  const timeline = await openTimeline(args.db, { readonly: true });
  try {
    const asked = args.count("recording");
    // A recipe is about one recording.
    const recording = recipe === undefined ? asked : timeline.recording(asked).id;
    await printPages(args, timeline.queryPages(sql, [], { ...options, recording }));
  } finally {
    timeline.close();
  }
  return EXIT.ok;
}

/** Prints what there is, also of an answer that ends with an error. */
async function printPages(args: Arguments, pages: AsyncIterable<QueryPage>): Promise<void> {
  const format = args.format(FORMATS, "table");
  const output = new Output();
  let printer: Printer | undefined;
  try {
    for await (const { columns, rows } of pages) {
      printer ??= printerOf(format, columns, output, args.flag("spreadsheet"));
      for (const row of rows) printer.row(row);
    }
  } finally {
    printer?.end();
    output.flush();
  }
}

function secondsOf(args: Arguments): number {
  const seconds = args.count("seconds") ?? SECONDS_DEFAULT;
  if (seconds > SECONDS_MAX)
    throw new TwinError("ERR_USAGE", `--seconds ${seconds} is more than ${SECONDS_MAX}`);
  return seconds;
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
