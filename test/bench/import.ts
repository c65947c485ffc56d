// The import of a file, against programs that do a part of it.

import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTimeline } from "../../src/index.js";
import { CREATE, CREATE_WITH_INDEX, CSV, eventColumns, writeCsv } from "./csv.js";
import { loadDuck, duckNumber, NOT_INSTALLED, type Duck } from "./comparators.js";
import { extractSql } from "./duck-extract.js";
import { LINES, PROGRAM, type Inputs } from "./inputs.js";
import {
  CAN_TIME_CHILDREN,
  hasProgram,
  runChild,
  takeTurnsAsChildren,
  usageOf,
  type ChildUsage,
  type Usages,
} from "./measure.js";
import { goal, rate, type Goal, type Section } from "./report.js";

/** The least that a script must do to know every IRTE's final bits: last write wins. */
const AWK = `
/ irte_(write|free|alloc|alloc_ret): / {
  if ($0 ~ / irte_write: /) state[$(NF-3) " " $(NF-2)] = $(NF-1) " " $NF
  else if ($0 ~ / irte_free: /) state[$(NF-1) " " $NF] = "lo=0x0 hi=0x0"
  else if ($0 ~ / irte_alloc: /) { devid[$1] = $(NF-1); count[$1] = substr($NF, 7) }
  else for (i = 0; i < count[$1]; i++) state[devid[$1] " index=" (substr($NF, 7) + i)] = "lo=0x0 hi=0xff"
}
END { for (key in state) print key, state[key] }
`;
const OURS = "`irqtwin import`: durable, folded, indexed, queryable";
const BEFORE_ROW = "the same by the code of `--before`";
const AWK_ROW = "awk, only the final bits of each IRTE";
const CSV_ROW = "`sqlite3 .import` of the events' ready-made CSV";
const CSV_INDEX_ROW = "the same, with the importer's index";
const DUCK_ROW = "DuckDB: the same text, its fields by regexp";
const DUCK_CSV_ROW = "DuckDB: COPY of the ready-made CSV";
const HEADER = [
  "",
  "CPU s",
  "lowest to highest",
  "wall s",
  "lines per CPU s",
  "times ours",
  "peak MB",
];

type Cases = Record<string, () => ChildUsage | Promise<ChildUsage>>;

export async function benchImport(inputs: Inputs, repetitions: number): Promise<Section> {
  const title = "Import";
  if (!CAN_TIME_CHILDREN)
    return { title, note: "Skipped: no /usr/bin/time.", header: [], rows: [] };
  const { folder } = inputs;
  const file = inputs.file(LINES);
  const timeline = inputs.timeline(LINES);
  const events = writeCsv(folder, timeline);
  writeFileSync(`${folder}/last.awk`, AWK);
  const duck = await loadDuck();
  const cases: Cases = {
    [OURS]: () => runImport(folder, file),
    ...(inputs.before === undefined ? {} : beforeCase(folder, file, inputs.before)),
    "`grep -c irte_write`": () => runChild(folder, "grep", "-c", "irte_write: ", file),
    [AWK_ROW]: () => runChild(folder, "awk", "-f", "last.awk", file),
    ...(hasProgram("sqlite3", "-version") ? sqliteCases(folder) : {}),
    ...(duck === null ? {} : duckCases(folder, file, duck, eventColumns(`${folder}/${timeline}`))),
  };
  const usages = await takeTurnsAsChildren(cases, repetitions);
  const ours = usages[OURS]?.timing.median ?? NaN;
  const skipped = [
    ...(duck === null ? [[DUCK_ROW, NOT_INSTALLED]] : []),
    ...(CSV_ROW in usages ? [] : [[CSV_ROW, "skipped: no sqlite3 program"]]),
  ];
  const awkAgrees = (await finalBits(`${folder}/${timeline}`)) === sorted(usages[AWK_ROW]?.output);
  const megabytes = (path: string): string => (statSync(`${folder}/${path}`).size / 1e6).toFixed(0);
  return {
    title,
    note: `${LINES} lines, ${megabytes(file)} MB of plain text, ${events} events. Child processes, start-up included; DuckDB (${duck?.version ?? "absent"}, one thread) in the bench's own. The CSV (${megabytes(CSV)} MB) is parsed already, and who loads it stores the events and nothing else: no intervals, no checkpoints, no causes to find. awk's final IRTEs are ${awkAgrees ? "those" : "NOT THOSE"} of \`irqtwin at end\`; DuckDB's writes are ${duckAgrees(usages)} that grep counts.`,
    header: HEADER,
    rows: [...Object.entries(usages).map(([name, usage]) => row(name, usage, ours)), ...skipped],
    goals: goals(usages, ours, awkAgrees),
  };
}

function goals(usages: Readonly<Record<string, Usages>>, ours: number, agrees: boolean): Goal[] {
  const of = (name: string): number => usages[name]?.timing.median ?? NaN;
  return [
    goal(
      "import, beside awk",
      { atMost: 7, unit: "x awk's CPU" },
      agrees ? ours / of(AWK_ROW) : NaN,
    ),
    goal(
      "import, beside `.import` of a CSV",
      { atMost: 1.5, unit: "x its CPU" },
      ours / of(CSV_ROW),
    ),
    goal(
      "import, beside DuckDB's load and extraction",
      { atLeast: 3.5, unit: "x faster" },
      of(DUCK_ROW) / ours,
    ),
  ];
}

function row(name: string, { timing, wall, peakMB }: Usages, ours: number): string[] {
  return [
    name,
    timing.median.toFixed(2),
    `${timing.low.toFixed(2)} to ${timing.high.toFixed(2)}`,
    wall.toFixed(2),
    rate(LINES / timing.median),
    (timing.median / ours).toFixed(2),
    Number.isNaN(peakMB) ? "-" : peakMB.toFixed(0),
  ];
}

/** Imports a file into `scratch.db`. `words`: begin the command. */
export function runImport(
  folder: string,
  file: string,
  words: readonly string[] = [],
  main = PROGRAM,
): ChildUsage {
  removeDatabase(`${folder}/scratch.db`);
  const [program, ...rest] = [...words, process.execPath, main, "import", file] as const;
  return runChild(folder, program, ...rest, "--db", "scratch.db");
}

/** `before`: the folder of other code, which `npm run build` has built. */
function beforeCase(folder: string, file: string, before: string): Cases {
  const main = join(before, "dist/bin/main.js");
  if (!existsSync(main)) throw new Error(`--before ${before}: there is no ${main}: build it first`);
  return { [BEFORE_ROW]: () => runImport(folder, file, [], main) };
}

function sqliteCases(folder: string): Cases {
  const load = (script: string): ChildUsage => {
    removeDatabase(`${folder}/csv.db`);
    return runChild(folder, "sqlite3", "-init", script, "csv.db", `.import --csv ${CSV} event`);
  };
  return { [CSV_ROW]: () => load(CREATE), [CSV_INDEX_ROW]: () => load(CREATE_WITH_INDEX) };
}

function duckCases(folder: string, file: string, duck: Duck, columns: readonly string[]): Cases {
  const inDuck = (...statements: readonly string[]): Promise<ChildUsage> =>
    usageOf(async () => {
      for (const suffix of ["", ".wal"]) rmSync(`${folder}/duck.db${suffix}`, { force: true });
      const connection = await duck.open(`${folder}/duck.db`);
      for (const statement of statements.slice(0, -1)) await connection.run(statement);
      const count = await duckNumber(connection, statements.at(-1) ?? "");
      connection.closeSync();
      return String(count);
    });
  const table = `CREATE TABLE event (${columns.map((name) => `"${name}" BIGINT`).join(", ")})`;
  return {
    [DUCK_ROW]: () =>
      inDuck(
        extractSql(`${folder}/${file}`),
        "SELECT count(*) FROM event WHERE name = 'irte_write'",
      ),
    [DUCK_CSV_ROW]: () =>
      inDuck(
        table,
        `COPY event FROM '${folder}/${CSV}' (HEADER false)`,
        "SELECT count(*) FROM event",
      ),
  };
}

function duckAgrees(usages: Readonly<Record<string, Usages>>): string {
  const count = usages["`grep -c irte_write`"]?.output.trim();
  const found = usages[DUCK_ROW]?.output;
  return found === undefined ? "not compared with those" : found === count ? "those" : "NOT THOSE";
}

/** What `at end` says of every IRTE, in the form of the awk script. */
async function finalBits(path: string): Promise<string> {
  const timeline = await openTimeline(path, { readonly: true });
  const { irtes } = timeline.recording().at();
  timeline.close();
  const short = (word: string | null): string => `0x${BigInt(word ?? 0).toString(16)}`;
  const lines = irtes.map(
    ({ devid, index, lo, hi }) =>
      `devid=0x${devid.toString(16)} index=${index} lo=${short(lo)} hi=${short(hi)}`,
  );
  return sorted(lines.join("\n"));
}

function sorted(text = ""): string {
  return text.trim().split("\n").sort().join("\n");
}

export function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}
