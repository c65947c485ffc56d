// The import of a file, against programs that do a part of it.

import { execFileSync } from "node:child_process";
import { statSync, rmSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { openTimeline } from "../../src/index.js";
import { PROGRAM, TIMELINE, type Input } from "./inputs.js";
import { CAN_TIME_CHILDREN, runChild, timingOf, type ChildUsage } from "./measure.js";
import { rate, type Section } from "./report.js";

const PEAK_MB_MAX = 300;

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

export async function benchImport(
  folder: string,
  input: Input,
  repetitions: number,
): Promise<Section> {
  const title = "Import";
  const header = [
    "",
    "CPU s",
    "lowest to highest",
    "wall s",
    "lines per CPU s",
    "ratio",
    "peak MB",
  ];
  if (!CAN_TIME_CHILDREN) return { title, note: "Skipped: no /usr/bin/time.", header, rows: [] };
  const { file, text, lines } = input;
  writeFileSync(`${folder}/x3.txt`, Buffer.concat([text, text, text]));
  writeFileSync(`${folder}/last.awk`, AWK);
  writeCsv(folder);
  const cases: Readonly<Record<string, () => ChildUsage>> = {
    "`irqtwin import`": () => runImport(folder, file, "scratch.db"),
    "`irqtwin import`, the file three times over": () => runImport(folder, "x3.txt", "scratch.db"),
    "awk, only the final bits of each IRTE": () => runChild(folder, "awk", "-f", "last.awk", file),
  };
  const withSqlite = HAS_SQLITE3
    ? {
        "`sqlite3 .import`, ready-made CSV of the events": () => runCsvImport(folder, false),
        "the same, with the importer's index": () => runCsvImport(folder, true),
      }
    : {};
  const usages = takeTurnsAsChildren({ ...cases, ...withSqlite }, repetitions);
  const base = usages[0]?.timing.median ?? NaN;
  const rows = usages.map(({ name, timing, wall, peakMB }, i) => {
    const times = i === 1 ? 3 : 1;
    return [
      name,
      timing.median.toFixed(2),
      `${timing.low.toFixed(2)} to ${timing.high.toFixed(2)}`,
      wall.toFixed(2),
      rate((times * lines) / timing.median),
      ((times * base) / timing.median).toFixed(2),
      peakMB.toFixed(0),
    ];
  });
  const peaks = usages.slice(0, 2).map(({ peakMB }) => peakMB);
  const peakHolds = peaks.every((peak) => peak < PEAK_MB_MAX) ? "holds" : "DOES NOT HOLD";
  const awkAgrees = (await finalBits(folder)) === sortedLines(usages[2]?.output ?? "");
  const note = `${lines} lines, ${(text.length / 1e6).toFixed(0)} MB of plain text, ${input.events} events. Child processes, start-up included. Three times over: concatenated as it is, so time goes back twice. The CSV (${(statSync(`${folder}/events.csv`).size / 1e6).toFixed(0)} MB) is already parsed; \`.import\` stores the events and nothing else: no intervals, no checkpoints. awk's final IRTEs are ${awkAgrees ? "those" : "NOT THOSE"} of \`irqtwin at end\`. Peak under ${PEAK_MB_MAX} MB: ${peakHolds}.`;
  return { title, note, header, rows };
}

const HAS_SQLITE3 = ((): boolean => {
  try {
    execFileSync("sqlite3", ["-version"]);
    return true;
  } catch {
    return false;
  }
})();

function takeTurnsAsChildren(
  cases: Readonly<Record<string, () => ChildUsage>>,
  repetitions: number,
): {
  name: string;
  timing: ReturnType<typeof timingOf>;
  wall: number;
  peakMB: number;
  output: string;
}[] {
  const runs = Object.entries(cases).map(([name, run]) => ({
    name,
    run,
    usages: [] as ChildUsage[],
  }));
  for (let i = 0; i < repetitions; i++) for (const { run, usages } of runs) usages.push(run());
  return runs.map(({ name, usages }) => ({
    name,
    timing: timingOf(
      name,
      usages.map(({ cpu }) => cpu),
    ),
    wall: timingOf(
      name,
      usages.map(({ wall }) => wall),
    ).median,
    peakMB: Math.max(...usages.map(({ peakMB }) => peakMB)),
    output: usages.at(-1)?.output ?? "",
  }));
}

function runImport(folder: string, file: string, database: string): ChildUsage {
  removeDatabase(`${folder}/${database}`);
  return runChild(folder, process.execPath, PROGRAM, "import", file, "--db", database);
}

function runCsvImport(folder: string, hasIndex: boolean): ChildUsage {
  removeDatabase(`${folder}/csv.db`);
  const script = hasIndex ? "create-with-index.sql" : "create.sql";
  return runChild(folder, "sqlite3", "-init", script, "csv.db", ".import --csv events.csv event");
}

/**
 * The events of the timeline as a CSV, and scripts that create a table of the importer's shape with
 * its settings. Not STRICT, because `.import` cannot give NULL: it stores empty text.
 */
function writeCsv(folder: string): void {
  const sqlite = new Database(`${folder}/${TIMELINE}`, { readonly: true });
  const rows = sqlite.prepare<[], unknown[]>("SELECT * FROM event").raw().safeIntegers().all();
  const schema = sqlite.prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE name = ?");
  const table =
    schema
      .pluck()
      .get("event")
      ?.replace(/\) STRICT$/, ")") ?? "";
  const index = schema.pluck().get("event_of_irte")?.replace("IS NOT NULL", "<> ''") ?? "";
  sqlite.close();
  writeFileSync(`${folder}/events.csv`, rows.map((row) => `${row.join(",")}\n`).join(""));
  const pragmas =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;";
  writeFileSync(`${folder}/create.sql`, `${pragmas}\n${table};\n`);
  writeFileSync(`${folder}/create-with-index.sql`, `${pragmas}\n${table};\n${index};\n`);
}

/** What `at end` says of every IRTE, in the form of the awk script. */
async function finalBits(folder: string): Promise<string> {
  const timeline = await openTimeline(`${folder}/${TIMELINE}`, { readonly: true });
  const { irtes } = timeline.at("end");
  timeline.close();
  const short = (word: string | null): string => `0x${BigInt(word ?? 0).toString(16)}`;
  const lines = irtes.map(
    ({ devid, index, lo, hi }) =>
      `devid=0x${devid.toString(16)} index=${index} lo=${short(lo)} hi=${short(hi)}`,
  );
  return sortedLines(lines.join("\n"));
}

function sortedLines(text: string): string {
  return text.trim().split("\n").sort().join("\n");
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
}
