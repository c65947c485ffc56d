// Folds the events once more and compares what comes out with the projections that are stored. What it
// makes lies in temporary tables of the connection, which hide the timeline's own of the same names
// from the fold: the file is never written.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { PACKS_VERSION } from "../../projections/pack.js";
import { PROJECTIONS, rebuildSteps } from "../derive/rebuild.js";
import { WHOLE } from "../derive/store-packs.js";
import { type Selectable } from "kysely";
import { type CheckpointTable } from "../schema/derived-tables.js";
import { checkpointHash } from "../store/checkpoint.js";
import { type Recording } from "../read/recordings.js";
import { TableSlices, type Slice } from "../store/table-slices.js";

/** Rows of one table that are stored though the events do not give them, or the other way round. */
export interface Difference {
  /** The table. */
  readonly table: string;
  /** How many rows differ. */
  readonly rows: number;
  /** The first event that they begin at; null where the table has none. */
  readonly seq: number | null;
}

/** What makes questions faster and says nothing of its own: older versions made it otherwise. */
const AIDS: readonly string[] = ["checkpoint", "frame"];
/** What older versions did not make. */
const NEWER: readonly (readonly string[])[] = [
  ["fate_change", "fate_case", "fate_facts", "fate_state", "fate_verdict"],
  ["interrupt", "interrupt_case"],
  ["lane_pack"],
];
/** Finds the packs of an older version. */
const OLDER_PACKS = `SELECT 1 FROM main.lane_pack
  WHERE recording_id = ? AND kind = '${WHOLE}' AND last < ${PACKS_VERSION}`;
/** Columns that hold the hash of the others. */
const HASHES: readonly string[] = ["sha256"];
/** The column that places a row in the history, by what a table has. */
const PLACES = ["from_seq", "seq", "first_seq"];

/**
 * Compares the stored projections of a recording with those that its events give. `rows`: how many were compared.
 * Checkpoints and frames are left out unless `isChained`: older versions made them otherwise. The caller holds a
 * transaction: else every statement of the fold is one of its own.
 */
export function* refold(
  sqlite: Database.Database,
  recording: Recording,
  isChained: boolean,
): Steps<{ readonly rows: number; readonly differences: readonly Difference[] }> {
  const tables = PROJECTIONS.filter(
    (table) =>
      (isChained || !AIDS.includes(table)) &&
      !(table === "lane_pack" && hasOlderPacks(sqlite, recording)) &&
      NEWER.every((newer) => !newer.includes(table) || hasRows(sqlite, recording, newer)),
  );
  try {
    for (const table of PROJECTIONS) sqlite.exec(temporary(sqlite, table));
    yield* rebuildSteps(sqlite, recording);
    const compared: Compared[] = [];
    for (const table of tables) {
      compared.push(yield* compare(sqlite, table, recording));
      yield;
    }
    return {
      rows: compared.reduce((sum, { rows }) => sum + rows, 0),
      differences: compared.flatMap(({ difference }) => difference ?? []),
    };
  } finally {
    for (const table of PROJECTIONS) sqlite.exec(`DROP TABLE IF EXISTS temp.${table}`);
  }
}

/** How many rows of a table were compared, and what differs. */
interface Compared {
  readonly rows: number;
  readonly difference: Difference | null;
}

function hasRows(sqlite: Database.Database, { id }: Recording, tables: readonly string[]): boolean {
  const sql = tables.map((table) => `SELECT 1 FROM main.${table} WHERE recording_id = ${id}`);
  return (
    sqlite
      .prepare(`SELECT EXISTS (${sql.join(" UNION ALL ")})`)
      .pluck()
      .get() === 1
  );
}

/** Were the packs made by a version that made others? Nothing reads them. */
function hasOlderPacks(sqlite: Database.Database, { id }: Recording): boolean {
  return sqlite.prepare<[number]>(OLDER_PACKS).get(id) !== undefined;
}

function temporary(sqlite: Database.Database, table: string): string {
  const made = sqlite
    .prepare<[string], string>("SELECT sql FROM main.sqlite_schema WHERE name = ?")
    .pluck()
    .get(table);
  if (made === undefined) throw new Error(`there is no table ${table}`);
  return made.replace(/^CREATE TABLE /, "CREATE TEMP TABLE ");
}

/** Compares a table slice by slice: a statement over all rows of a large one takes seconds. */
function* compare(
  sqlite: Database.Database,
  table: string,
  { id, firstSeq }: Recording,
): Steps<Compared> {
  const columns = sqlite.pragma(`main.table_info(${table})`) as { readonly name: string }[];
  const place = PLACES.find((name) => columns.some((column) => column.name === name)) ?? "NULL";
  // A timeline that is older than the hashes of checkpoints has none; whether one fits is asked elsewhere.
  const names = columns.map(({ name }) => name).filter((name) => !HASHES.includes(name));
  const found = { rows: 0, different: 0, seq: Infinity };
  const compareSlice = ({ where, values }: Slice): void => {
    const of = (schema: string): string =>
      `SELECT ${names.join(", ")} FROM ${schema}.${table} WHERE +recording_id = ${id} AND ${where}`;
    const count = sqlite.prepare<unknown[], number>(`SELECT count(*) FROM (${of("temp")})`).pluck();
    const { rows, seq } = sqlite
      .prepare<unknown[], { rows: number; seq: number | null }>(
        `SELECT count(*) AS rows, min(${place}) AS seq FROM (
           SELECT * FROM (${of("main")} EXCEPT ${of("temp")})
           UNION ALL
           SELECT * FROM (${of("temp")} EXCEPT ${of("main")}))`,
      )
      .get(...values, ...values, ...values, ...values) ?? { rows: 0, seq: null };
    found.rows += count.get(...values) ?? 0;
    found.different += rows;
    found.seq = Math.min(found.seq, seq ?? Infinity);
  };
  const slices = new TableSlices(sqlite, "main", table, { firstSeq });
  while (!slices.next(compareSlice)) yield;
  const seq = Number.isFinite(found.seq) ? found.seq : null;
  const difference = found.different === 0 ? null : { table, rows: found.different, seq };
  return { rows: found.rows, difference };
}

/** The seq of each checkpoint of a recording that its hash does not fit. */
export function changedCheckpoints(sqlite: Database.Database, recording: number): number[] {
  const rows = sqlite.prepare<[number], Selectable<CheckpointTable>>(
    "SELECT * FROM main.checkpoint WHERE recording_id = ? AND sha256 IS NOT NULL ORDER BY seq",
  );
  const changed: number[] = [];
  for (const row of rows.iterate(recording))
    if (row.sha256 !== checkpointHash(row)) changed.push(row.seq);
  return changed;
}
