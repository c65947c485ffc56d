// The state at a moment and the history of an entity, of a timeline as it was imported: in process,
// in plain SQL from the stock client, and as other databases answer it best from the same changes.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { openTimeline, type Timeline } from "../../src/index.js";
import { duckNumber, loadDuck, NOT_INSTALLED, type DuckConnection } from "./comparators.js";
import { removeDatabase } from "./import.js";
import { type Inputs } from "./inputs.js";
import { hasProgram, quantile, wallMs } from "./measure.js";
import { benchPostgres } from "./postgres.js";
import { goal, significant, type Goal, type Section } from "./report.js";

const SEED = 20_251_123;
/** Other moments that are asked first: the engine compiles what runs often, and only then it is as fast as it stays. */
const WARM_UP = { seed: 20_261_126, moments: 4000 } as const;

/** Every change of an entity: an IRTE's two words, or a vCPU's state as a number. */
const CHANGES = `
  SELECT from_seq AS seq, devid * 65536 + irte_index AS ent, lo, hi FROM irte_interval
  UNION ALL
  SELECT from_seq, 1099511627776 + vcpu, coalesce(run_state, 0) * 65536 + coalesce(pcpu, -2), coalesce(is_running, 2)
  FROM vcpu_interval
  ORDER BY 1`;

/** As-of in DuckDB, three ways; the fastest counts. */
const DUCK_FORMS: Readonly<Record<string, (seq: number) => string>> = {
  "max and semi join": (seq) =>
    `SELECT ent, lo, hi FROM change SEMI JOIN (SELECT ent, max(seq) AS seq FROM change WHERE seq <= ${seq} GROUP BY ent) AS last USING (ent, seq)`,
  arg_max: (seq) =>
    `SELECT ent, arg_max(lo, seq), arg_max(hi, seq) FROM change WHERE seq <= ${seq} GROUP BY ent`,
  "ASOF join": (seq) =>
    `SELECT e.ent, c.lo, c.hi FROM (SELECT ent, ${seq} AS at FROM entity) AS e ASOF JOIN change AS c ON e.ent = c.ent AND e.at >= c.seq`,
};

const INDEX_SQL = `
  SELECT e.ent, c.lo, c.hi FROM entity AS e
  JOIN change AS c ON c.ent = e.ent AND c.seq = (SELECT max(seq) FROM change WHERE ent = e.ent AND seq <= ?)`;

interface Rows {
  readonly name: string;
  readonly taken: readonly number[];
}

/** `fewer`: a shorter input, for how the time grows with the length. */
export async function benchAsOf(
  inputs: Inputs,
  lines: number,
  fewer: number | null = null,
): Promise<Section> {
  const { folder } = inputs;
  const path = `${folder}/${inputs.timeline(lines)}`;
  const timeline = await openTimeline(path, { readonly: true });
  const { entities, changes, last } = exportChanges(folder, path);
  const seqs = randomSeqs(last, 400);
  for (const seq of randomSeqs(last, WARM_UP.moments, WARM_UP.seed)) everyone(timeline, seq);
  const frames = seqs.map((seq) => wallMs(() => timeline.recording().frameAt({ when: `@${seq}` })));
  const frame: Rows = { name: "`Timeline.frameAt`, in process", taken: frames };
  const decoded: Rows = {
    name: "the same, every IRTE and vCPU an object",
    taken: seqs.map((seq) => wallMs(() => everyone(timeline, seq))),
  };
  const one: Rows = {
    name: "`Timeline.irteAt`, one IRTE, in process",
    taken: oneEach(timeline, seqs, last),
  };
  const floor: Rows = {
    name: "better-sqlite3 alone: BEGIN, the same row by its key, COMMIT",
    taken: rowsByKey(path, seqs, last),
  };
  const state: Rows = {
    name: "`Timeline.stateAt`, the folded state with lists and inhibits, in process",
    taken: seqs
      .slice(0, 60)
      .map((seq) => wallMs(() => timeline.recording().stateAt({ when: `@${seq}` }))),
  };
  const document: Rows = {
    name: "`Timeline.at`, the document of `at --json`, in process",
    taken: seqs
      .slice(0, 20)
      .map((seq) => wallMs(() => timeline.recording().at({ when: `@${seq}` }))),
  };
  const index = indexRows(folder, seqs.slice(0, 30));
  const duck = await duckRows(folder, seqs.slice(0, 10), timeline);
  timeline.close();
  const postgres = await benchPostgres(folder, seqs.slice(0, 20));
  const best = Math.min(...duck.rows.map(({ taken }) => quantile(taken, 0.5)));
  const ours = quantile(frame.taken, 0.5);
  const all = [frame, decoded, one, floor, state, document, index, ...duck.rows, ...postgres.rows];
  return {
    title: `As of a moment, ${lines} lines`,
    note: `Whole states at random events of ${last}: ${changes} changes of ${entities} entities; wall milliseconds, ours after ${WARM_UP.moments} other moments. The others get the changes alone, as a table with the index or order that suits them, not the events; ours reads a frame. ${duck.note} ${postgres.note}`,
    header: ["", "p50 ms", "p99 ms", "times ours"],
    rows: [
      ...all.map(({ name, taken }) => [
        name,
        significant(quantile(taken, 0.5)),
        significant(quantile(taken, 0.99)),
        (quantile(taken, 0.5) / ours).toFixed(1),
      ]),
      ...(duck.rows.length === 0 ? [["DuckDB", NOT_INSTALLED, "", ""]] : []),
    ],
    goals: [
      goal(`whole state, ${lines} lines, p50`, { atMost: 0.1, unit: " ms" }, ours),
      goal(
        `whole state, ${lines} lines, p99`,
        { atMost: 1, unit: " ms" },
        quantile(frame.taken, 0.99),
      ),
      goal(
        `one IRTE, ${lines} lines, p50`,
        { atMost: 10, unit: " us" },
        1000 * quantile(one.taken, 0.5),
      ),
      ...(fewer === null
        ? []
        : [
            goal(
              `whole state, p50 of ${lines} lines by that of ${fewer}`,
              { atMost: 1.5, unit: "x" },
              ours / (await frameMedian(inputs, fewer)),
            ),
          ]),
      goal(
        "whole state, beside DuckDB's best as-of",
        { atLeast: 50, unit: "x faster" },
        Number.isFinite(best) ? best / ours : NOT_INSTALLED,
      ),
      goal(
        "whole state, beside an (entity, seq) index",
        { atLeast: 50, unit: "x faster" },
        quantile(index.taken, 0.5) / ours,
      ),
    ],
  };
}

/** changes.db: the changes in their order, an (entity, seq) index on them, and the entities. */
function exportChanges(
  folder: string,
  path: string,
): { entities: number; changes: number; last: number } {
  removeDatabase(`${folder}/changes.db`);
  const sqlite = new Database(`${folder}/changes.db`);
  sqlite.prepare("ATTACH ? AS timeline").run(path);
  const source = CHANGES.replace(/FROM (\w+_interval)/g, "FROM timeline.$1");
  sqlite.exec(
    `CREATE TABLE change (seq INTEGER NOT NULL, ent INTEGER NOT NULL, lo INTEGER, hi INTEGER) STRICT;
     INSERT INTO change ${source};
     CREATE INDEX change_of_entity ON change (ent, seq);
     CREATE TABLE entity AS SELECT DISTINCT ent FROM change;
     ANALYZE`,
  );
  const one = (sql: string): number => Number(sqlite.prepare(sql).pluck().get());
  const counts = {
    entities: one("SELECT count(*) FROM entity"),
    changes: one("SELECT count(*) FROM change"),
    last: one("SELECT max(seq) FROM timeline.event"),
  };
  sqlite.close();
  return counts;
}

async function frameMedian(inputs: Inputs, lines: number): Promise<number> {
  const timeline = await openTimeline(`${inputs.folder}/${inputs.timeline(lines)}`, {
    readonly: true,
  });
  const seqs = randomSeqs(timeline.recordings()[0]?.last_seq ?? 1, 400);
  const taken = seqs.map((seq) => wallMs(() => timeline.recording().frameAt({ when: `@${seq}` })));
  timeline.close();
  return quantile(taken, 0.5);
}

/** Every IRTE and every vCPU of a frame. */
function everyone(timeline: Timeline, seq: number): number {
  const frame = timeline.recording().frameAt({ when: `@${seq}` });
  return frame.irtes.length + frame.vcpus.length;
}

/** One IRTE after another, each at another moment. */
function oneEach(timeline: Timeline, seqs: readonly number[], last: number): number[] {
  const recording = timeline.recording();
  const names = recording.frameAt().irtes;
  const taken = (seq: number, i: number): number => {
    const irte = names[(i * 7919) % names.length]?.irte ?? "";
    return wallMs(() => recording.irteAt({ irte, when: `@${seq}` }));
  };
  randomSeqs(last, WARM_UP.moments, WARM_UP.seed).forEach(taken);
  return seqs.map(taken);
}

/** What one IRTE at a moment takes at least: the transaction, and the statement that finds its interval. */
function rowsByKey(path: string, seqs: readonly number[], last: number): number[] {
  const sqlite = new Database(path, { readonly: true });
  const [begin, commit] = [sqlite.prepare("BEGIN"), sqlite.prepare("COMMIT")];
  const keys = sqlite
    .prepare<[], number[]>("SELECT DISTINCT devid, irte_index, segment FROM irte_interval")
    .raw()
    .all();
  const row = sqlite
    .prepare<number[]>(
      `SELECT lo, hi FROM irte_interval WHERE devid = ? AND irte_index = ? AND segment = ? AND from_seq <= ?
       ORDER BY from_seq DESC LIMIT 1`,
    )
    .raw()
    .safeIntegers();
  const taken = (seq: number, i: number): number => {
    const key = keys[(i * 7919) % keys.length] ?? [];
    return wallMs(() => {
      begin.run();
      row.get(...key, seq);
      commit.run();
    });
  };
  randomSeqs(last, WARM_UP.moments, WARM_UP.seed).forEach(taken);
  const times = seqs.map(taken);
  sqlite.close();
  return times;
}

function indexRows(folder: string, seqs: readonly number[]): Rows {
  const sqlite = new Database(`${folder}/changes.db`, { readonly: true });
  const statement = sqlite.prepare<[number]>(INDEX_SQL).raw().safeIntegers();
  for (const seq of seqs) statement.all(seq);
  const taken = seqs.map((seq) => wallMs(() => statement.all(seq)));
  sqlite.close();
  return { name: "SQLite, an (entity, seq) index on the changes, in process", taken };
}

async function duckRows(
  folder: string,
  seqs: readonly number[],
  timeline: Timeline,
): Promise<{ rows: Rows[]; note: string }> {
  const duck = await loadDuck();
  if (duck === null) return { rows: [], note: "" };
  const connection = await duck.open();
  await copyChanges(folder, connection);
  const rows: Rows[] = [];
  for (const [name, form] of Object.entries(DUCK_FORMS)) {
    const taken: number[] = [];
    for (const seq of seqs.slice(0, 3)) await connection.runAndReadAll(form(seq));
    for (const seq of seqs) {
      const from = process.hrtime.bigint();
      await connection.runAndReadAll(form(seq));
      taken.push(Number(process.hrtime.bigint() - from) / 1e6);
    }
    rows.push({ name: `DuckDB, ${name}, in process`, taken });
  }
  let agree = 0;
  for (const seq of seqs) {
    const irtes = `SELECT count(*) FROM (${DUCK_FORMS["arg_max"]?.(seq) ?? ""}) WHERE ent < 1099511627776`;
    const found = await duckNumber(connection, irtes);
    if (found === timeline.recording().stateAt({ when: `@${seq}` }).iommu.irtes.size) agree++;
  }
  connection.closeSync();
  return { rows, note: `DuckDB knows as many IRTEs as we at ${agree} of ${seqs.length} moments.` };
}

async function copyChanges(folder: string, connection: DuckConnection): Promise<void> {
  const sqlite = new Database(`${folder}/changes.db`, { readonly: true });
  const rows = sqlite.prepare<[], unknown[]>("SELECT * FROM change").raw().safeIntegers();
  const text: string[] = [];
  for (const row of rows.iterate()) text.push(row.join(","));
  sqlite.close();
  writeFileSync(`${folder}/changes.csv`, `${text.join("\n")}\n`);
  await connection.run("CREATE TABLE change (seq BIGINT, ent BIGINT, lo BIGINT, hi BIGINT)");
  await connection.run(`COPY change FROM '${folder}/changes.csv' (HEADER false)`);
  await connection.run("CREATE TABLE entity AS SELECT DISTINCT ent FROM change");
}

/** The documented as-of idiom from the sqlite3 program, and `log` in process. */
export async function benchPlainSql(inputs: Inputs, lines: number): Promise<Section> {
  const path = `${inputs.folder}/${inputs.timeline(lines)}`;
  const { hot, cold, times } = pickEntities(path);
  const timeline = await openTimeline(path, { readonly: true });
  const history = (irte: string): number[] =>
    Array.from({ length: 15 }, () =>
      wallMs(() => [...timeline.recording().log({ irte, limit: 100 })]),
    );
  const histories = { hot: history(hot.irte), cold: history(cold.irte) };
  timeline.close();
  const asOf = (ns: string): string => `from_ns <= ${ns} AND (to_ns IS NULL OR ${ns} < to_ns)`;
  const one = times.map(
    (ns) =>
      `SELECT * FROM v_irte WHERE devid = ${hot.devid} AND irte_index = ${hot.index} AND ${asOf(ns)}`,
  );
  const all = times.slice(0, 10).map((ns) => `SELECT * FROM v_irte WHERE ${asOf(ns)}`);
  const client = hasProgram("sqlite3", "-version");
  const [oneMs, allMs] = client ? [timed(path, one), timed(path, all)] : [[], []];
  const row = (name: string, taken: readonly number[]): string[] => [
    name,
    taken.length === 0 ? "skipped: no sqlite3 program" : ms(quantile(taken, 0.5)),
    taken.length === 0 ? "" : ms(quantile(taken, 0.99)),
  ];
  const p50 = (taken: readonly number[]): number | string =>
    taken.length === 0 ? "no sqlite3 program" : quantile(taken, 0.5);
  const goals: Goal[] = [
    goal("as-of in plain SQL, stock client, one IRTE, p50", { atMost: 1, unit: " ms" }, p50(oneMs)),
    goal(
      "as-of in plain SQL, stock client, all IRTEs, p50",
      { atMost: 30, unit: " ms" },
      p50(allMs),
    ),
    goal(
      "history, first 100 rows, hot entity, p50",
      { atMost: 5, unit: " ms" },
      p50(histories.hot),
    ),
    goal(
      "history, first 100 rows, cold entity, p50",
      { atMost: 5, unit: " ms" },
      p50(histories.cold),
    ),
  ];
  return {
    title: `SQL and history, ${lines} lines`,
    note: `SQL: the as-of idiom of the README by time, in one session of the sqlite3 program, its own \`.timer\`. History: \`Timeline.log\`, newest first, of the IRTE with the most events (${hot.irte}, ${hot.events}) and the fewest (${cold.irte}, ${cold.events}). Wall milliseconds.`,
    header: ["", "p50 ms", "p99 ms"],
    rows: [
      row("SQL, one IRTE", oneMs),
      row("SQL, all IRTEs", allMs),
      row("history of the hot IRTE, 100 rows, in process", histories.hot),
      row("history of the cold IRTE, 100 rows, in process", histories.cold),
    ],
    goals,
  };
}

/** The client's timer shows nothing below its step. */
function ms(value: number): string {
  return value === 0 ? "< 1" : value.toFixed(2);
}

interface Picked {
  readonly devid: number;
  readonly index: number;
  readonly events: number;
  readonly irte: string;
}

function pickEntities(path: string): { hot: Picked; cold: Picked; times: string[] } {
  const sqlite = new Database(path, { readonly: true });
  const pick = (order: "DESC" | "ASC"): Picked => {
    const row = sqlite
      .prepare<[], Picked>(
        `SELECT devid, irte_index AS "index", count(*) AS events, (SELECT irte FROM v_irte AS v WHERE v.devid = event.devid AND v.irte_index = event.irte_index LIMIT 1) AS irte
        FROM event WHERE devid IS NOT NULL AND irte_index IS NOT NULL GROUP BY devid, irte_index ORDER BY events ${order} LIMIT 1`,
      )
      .get();
    if (row === undefined) throw new Error("no IRTE");
    return row;
  };
  const last = Number(sqlite.prepare("SELECT max(seq) FROM event").pluck().get());
  const time = sqlite.prepare<[number], bigint>("SELECT time_ns FROM event WHERE seq = ?");
  time.pluck().safeIntegers();
  const times = randomSeqs(last, 40).map((seq) => String(time.get(seq)));
  const picked = { hot: pick("DESC"), cold: pick("ASC"), times };
  sqlite.close();
  return picked;
}

/** Milliseconds of each statement, as the client's timer has them. */
function timed(path: string, statements: readonly string[]): number[] {
  const input = [".output /dev/null", ".timer on", ...statements.map((sql) => `${sql};`)].join(
    "\n",
  );
  const { stdout } = spawnSync("sqlite3", ["-readonly", path], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return [...stdout.matchAll(/Run Time: real ([\d.]+)/g)].map(([, real]) => Number(real) * 1e3);
}

/** The same on every run. */
function randomSeqs(last: number, count: number, seed = SEED): number[] {
  let random = seed;
  return Array.from({ length: count }, () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + Math.floor((random / 2 ** 32) * last);
  });
}
