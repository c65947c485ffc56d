// Events that are appended as they come: one, ten or a hundred a transaction.

import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { openForWriting } from "../../src/timeline/open/open.js";
import { RowInserter } from "../../src/timeline/store/row-inserter.js";
import { directly } from "../../src/timeline/store/writes.js";
import { loadEmmett, NOT_INSTALLED, type Emmett } from "./comparators.js";
import { removeDatabase } from "./import.js";
import { LINES, type Inputs } from "./inputs.js";
import { quantile } from "./measure.js";
import { goal, rate, type Section } from "./report.js";

/** Events of a transaction. The goals are those of the last. */
const SIZES = [1, 10, 100] as const;
const ROWS_MAX = 10_000;
/** So many transactions at most: with FULL each waits for the disk. */
const TRANSACTIONS_MAX = 300;
/** FULL: the WAL is on the disk at every commit. NORMAL: at checkpoints; a power cut may lose the last. */
const SETTINGS = ["FULL", "NORMAL"] as const;
type Durability = (typeof SETTINGS)[number];
type EventRow = Readonly<Record<string, number | null>>;

/** Events of so many rows a transaction, appended with one durability: events per second of each repetition. */
interface Case {
  readonly size: number;
  readonly durability: Durability;
  readonly ours: number[];
  readonly theirs: number[];
}

export async function benchLive(inputs: Inputs, repetitions: number): Promise<Section> {
  const { folder } = inputs;
  const rows = readRows(`${folder}/${inputs.timeline(LINES)}`);
  const emmett = await loadEmmett();
  const cases = SETTINGS.flatMap((durability) =>
    SIZES.map((size): Case => ({ size, durability, ours: [], theirs: [] })),
  );
  for (let i = 0; i < repetitions; i++)
    for (const { size, durability, ours, theirs } of cases) {
      const appended = rows.slice(0, size * TRANSACTIONS_MAX);
      ours.push(await appendOurs(folder, appended, size, durability));
      if (emmett !== null)
        theirs.push(await appendEmmett(folder, appended, size, emmett, durability));
    }
  const last = SIZES.at(-1);
  const ratio = (wanted: Durability): number | string => {
    const found = cases.find(({ size, durability }) => size === last && durability === wanted);
    return found === undefined || emmett === null ? NOT_INSTALLED : ratioOf(found);
  };
  return {
    title: "Live append",
    note: `Real events, WAL and the same durability on both sides, wall time: with FULL the disk decides. On our side rows of the event table by the prepared statements of the program (triggers and index included, no folds); the same rows as JSON by emmett-sqlite's \`appendToStream\`, which keeps nothing else of them either.`,
    header: ["events a transaction", "ours per wall s", "emmett-sqlite's", "times theirs"],
    rows: cases.map((each) => [
      `${each.size}, synchronous = ${each.durability}`,
      rate(quantile(each.ours, 0.5)),
      emmett === null ? NOT_INSTALLED : rate(quantile(each.theirs, 0.5)),
      emmett === null ? "" : ratioOf(each).toFixed(1),
    ]),
    goals: [
      goal(
        "live append, batches of 100, durable, beside emmett-sqlite",
        { atLeast: 20, unit: "x" },
        ratio("FULL"),
      ),
      goal(
        "the same, durable at checkpoints (NORMAL)",
        { atLeast: 12, unit: "x" },
        ratio("NORMAL"),
      ),
    ],
  };
}

function ratioOf({ ours, theirs }: Case): number {
  return quantile(ours, 0.5) / quantile(theirs, 0.5);
}

function readRows(path: string): EventRow[] {
  const sqlite = new Database(path, { readonly: true });
  const rows = sqlite
    .prepare<[number], EventRow>("SELECT * FROM event ORDER BY seq LIMIT ?")
    .all(ROWS_MAX);
  sqlite.close();
  return rows;
}

/** Events stored per second. */
async function appendOurs(
  folder: string,
  rows: readonly EventRow[],
  size: number,
  durability: Durability,
): Promise<number> {
  removeDatabase(`${folder}/live.db`);
  const sqlite = await openForWriting(`${folder}/live.db`);
  sqlite.pragma(`synchronous = ${durability}`);
  const columns = Object.keys(rows[0] ?? {});
  const inserter = new RowInserter(directly(sqlite), "event", columns);
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  const append = sqlite.transaction((batch: (number | null)[][]) => {
    for (const row of batch) inserter.queue(...row);
    inserter.flush();
  });
  const from = process.hrtime.bigint();
  for (let at = 0; at < values.length; at += size) append.immediate(values.slice(at, at + size));
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  const events = sqlite.prepare<[], number>("SELECT count(*) FROM event").pluck().get() ?? 0;
  sqlite.close();
  return events / seconds;
}

async function appendEmmett(
  folder: string,
  rows: readonly EventRow[],
  size: number,
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
  for (let at = 0; at < events.length; at += size) {
    await store.appendToStream("irte", events.slice(at, at + size));
  }
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  const stored = (await store.readStream("irte")).events.length;
  connection.close();
  return stored / seconds;
}
