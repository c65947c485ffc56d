// Events that are appended as they come, 100 a transaction, each on the disk before the next begins.

import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { openForWriting } from "../../src/timeline/open/open.js";
import { loadEmmett, NOT_INSTALLED, type Emmett } from "./comparators.js";
import { removeDatabase } from "./import.js";
import { LINES, type Inputs } from "./inputs.js";
import { quantile } from "./measure.js";
import { goal, rate, type Section } from "./report.js";

const ROWS = 100;
const TRANSACTIONS = 100;
/** FULL: the WAL is on the disk at every commit. NORMAL: at checkpoints; a power cut may lose the last. */
const SETTINGS = ["FULL", "NORMAL"] as const;
type Durability = (typeof SETTINGS)[number];

export async function benchLive(inputs: Inputs, repetitions: number): Promise<Section> {
  const { folder } = inputs;
  const rows = readRows(`${folder}/${inputs.timeline(LINES)}`);
  const emmett = await loadEmmett();
  const ours: Record<Durability, number[]> = { FULL: [], NORMAL: [] };
  const theirs: Record<Durability, number[]> = { FULL: [], NORMAL: [] };
  for (let i = 0; i < repetitions; i++) {
    for (const durability of SETTINGS) {
      ours[durability].push(await appendOurs(folder, rows, durability));
      if (emmett !== null)
        theirs[durability].push(await appendEmmett(folder, rows, emmett, durability));
    }
  }
  const ratio = (durability: Durability): number =>
    quantile(ours[durability], 0.5) / quantile(theirs[durability], 0.5);
  const row = (name: string, durability: Durability, taken: readonly number[]): string[] => [
    `${name}, synchronous = ${durability}`,
    rate(quantile(taken, 0.5)),
    `${rate(Math.min(...taken))} to ${rate(Math.max(...taken))}`,
    (quantile(taken, 0.5) / quantile(ours[durability], 0.5)).toFixed(2),
  ];
  return {
    title: "Live append",
    note: `Real events, ${ROWS} a transaction, WAL and the same durability on both sides, wall time: with FULL the disk decides. On our side rows of the event table by prepared statement (triggers and index included, no folds); the same rows as JSON on Emmett's, which keeps nothing else of them either.`,
    header: ["", "events per wall s", "lowest to highest", "ratio"],
    rows: SETTINGS.flatMap((durability) => [
      row("into a timeline", durability, ours[durability]),
      emmett === null
        ? ["emmett-sqlite", NOT_INSTALLED, "", ""]
        : row("emmett-sqlite, `appendToStream`", durability, theirs[durability]),
    ]),
    goals: [
      goal(
        "live append, batches of 100, durable, beside emmett-sqlite",
        { atLeast: 20, unit: "x" },
        emmett === null ? NOT_INSTALLED : ratio("FULL"),
      ),
      goal(
        "the same, durable at checkpoints (NORMAL)",
        { atLeast: 12, unit: "x" },
        emmett === null ? NOT_INSTALLED : ratio("NORMAL"),
      ),
    ],
  };
}

function readRows(path: string): Readonly<Record<string, number | null>>[] {
  const sqlite = new Database(path, { readonly: true });
  const rows = sqlite
    .prepare<[number], Record<string, number | null>>("SELECT * FROM event ORDER BY seq LIMIT ?")
    .all(ROWS * TRANSACTIONS);
  sqlite.close();
  return rows;
}

/** Events stored per second. */
async function appendOurs(
  folder: string,
  rows: readonly Readonly<Record<string, number | null>>[],
  durability: Durability,
): Promise<number> {
  removeDatabase(`${folder}/live.db`);
  const sqlite = await openForWriting(`${folder}/live.db`);
  sqlite.pragma(`synchronous = ${durability}`);
  const columns = Object.keys(rows[0] ?? {});
  const places = columns.map(() => "?").join(", ");
  const insert = sqlite.prepare<(number | null)[]>(`INSERT INTO event VALUES (${places})`);
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  const from = process.hrtime.bigint();
  for (let at = 0; at < values.length; at += ROWS) {
    sqlite.exec("BEGIN IMMEDIATE");
    for (const row of values.slice(at, at + ROWS)) insert.run(...row);
    sqlite.exec("COMMIT");
  }
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  const events = sqlite.prepare<[], number>("SELECT count(*) FROM event").pluck().get() ?? 0;
  sqlite.close();
  return events / seconds;
}

async function appendEmmett(
  folder: string,
  rows: readonly Readonly<Record<string, number | null>>[],
  emmett: Emmett,
  durability: Durability,
): Promise<number> {
  const path = `${folder}/emmett.db`;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const { store, connection } = emmett.open(path);
  // The first append makes the schema.
  await store.appendToStream("first", [{ type: "Event", data: {} }]);
  await connection.command(`PRAGMA synchronous = ${durability}`);
  const events = rows.map((data) => ({ type: "Event", data }));
  const from = process.hrtime.bigint();
  for (let at = 0; at < events.length; at += ROWS) {
    await store.appendToStream("irte", events.slice(at, at + ROWS));
  }
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  const stored = (await store.readStream("irte")).events.length;
  connection.close();
  return stored / seconds;
}
