// Is the history intact? SQLite's own checks, the schema, the hash chain, a refold of all events, and what `check`
// stored. Nothing is written to the timeline.

import type Database from "better-sqlite3";
import { refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import { atOnce, inTurns, type Steps } from "../../base/steps.js";
import { openForReading } from "../open/open.js";
import { position } from "./chain.js";
import { ChainCheck } from "./check-chain.js";
import { checkForeignKeys, checkSchema, checkSqlite, hasOtherRelations } from "./check-file.js";
import { changedCheckpoints, refold } from "./refold.js";
import { pragmasBeside, pragmasOf, type PragmasMade } from "./pragmas.js";
import { checkVerdicts } from "./verdicts.js";
import { StepRunner, type Report, type VerifyReport } from "./report.js";

/**
 * Runs all steps, whatever they find. `anchor`: the hash of a link that was noted earlier. Throws ERR_USAGE if
 * it is not the hash of a link.
 */
export function verify(sqlite: Database.Database, anchor?: string): VerifyReport {
  refuseAnchor(anchor);
  // One snapshot, though an import may be at work.
  return sqlite.transaction(() =>
    atOnce(verifySteps(sqlite, anchor, { rows: pragmasOf(sqlite), seconds: () => 0 })),
  )();
}

/** What the history is compared with. */
export interface VerifyOptions {
  /** The hash of a link that was noted earlier. Absent = none. */
  readonly anchor?: string | undefined;
}

/** How the history is checked in turns with all else that the process does. */
export interface VerifyAsyncOptions extends VerifyOptions {
  /** Stops it: within about a tenth of a second it throws ERR_ABORTED. Nothing is written in any case. Absent = only `close()` stops it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The same in turns, through a connection of its own, so that whatever else is done with the timeline meanwhile
 * changes nothing of the snapshot. Throws ERR_ABORTED.
 */
export async function verifyInTurns(
  file: string,
  { anchor, signal }: VerifyAsyncOptions,
): Promise<VerifyReport> {
  refuseAnchor(anchor);
  refuseAborted(signal);
  const sqlite = openForReading(file);
  try {
    sqlite.exec("BEGIN");
    const pragmas = await pragmasBeside(file, signal);
    return await inTurns(verifySteps(sqlite, anchor, pragmas), signal);
  } finally {
    sqlite.close();
  }
}

function refuseAnchor(anchor: string | undefined): void {
  if (anchor !== undefined && !/^[0-9a-f]{64}$/i.test(anchor)) {
    throw new TwinError(
      "ERR_USAGE",
      `${anchor} is not the hash of a link: it has 64 hexadecimal digits, as \`irqtwin verify\` prints them`,
    );
  }
}

function* verifySteps(
  sqlite: Database.Database,
  asked: string | undefined,
  { rows, seconds }: PragmasMade,
): Steps<VerifyReport> {
  const anchor = asked?.toLowerCase();
  const runner = new StepRunner();
  const beside = seconds("integrity_check");
  if (hasOtherRelations(sqlite)) return yield* schemaAlone(sqlite, runner, rows, beside);
  const chain = new ChainCheck(sqlite);
  yield* runner.run("sqlite", (report) => checkSqlite(rows, sqlite, report), beside);
  yield* runner.run(
    "foreign_keys",
    (report) => checkForeignKeys(rows, sqlite, report),
    seconds("foreign_key_check"),
  );
  yield* runner.run("schema", (report) => checkSchema(sqlite, report));
  yield* runner.run("chain", (report) => chain.run(report));
  // Damaged events give other projections: that would be the same damage told again.
  if (runner.findings.length === 0)
    yield* runner.run("refold", (report) => checkRefold(sqlite, chain, report));
  else runner.skip("refold");
  yield* runner.run("verdicts", (report) => checkVerdicts(sqlite, report));
  if (anchor !== undefined)
    yield* runner.run("anchor", (report) => checkAnchor(chain, anchor, report));
  const { findings, steps } = runner;
  const { links, unchained } = chain;
  const found = links.findIndex(({ hash }) => hash === anchor);
  return {
    verdict: findings.length > 0 ? "damaged" : unchained.length > 0 ? "unchained" : "intact",
    head: position(links, links.length - 1),
    anchor: position(links, found),
    unchained,
    dropped: chain.recordings.flatMap(({ id, file, dropped }) =>
      dropped === null ? [] : [{ recording_id: id, file, ...dropped }],
    ),
    steps,
    findings,
  };
}

/** Where tables or views are not irqtwin's, to read them could take for ever. */
function* schemaAlone(
  sqlite: Database.Database,
  runner: StepRunner,
  rows: PragmasMade["rows"],
  beside: number,
): Steps<VerifyReport> {
  yield* runner.run("sqlite", (report) => checkSqlite(rows, sqlite, report), beside);
  runner.skip("foreign_keys");
  yield* runner.run("schema", (report) => checkSchema(sqlite, report));
  for (const step of ["chain", "refold", "verdicts"] as const) runner.skip(step);
  const { findings, steps } = runner;
  const nothing = { head: null, anchor: null, unchained: [], dropped: [] };
  return { verdict: "damaged", ...nothing, steps, findings };
}

/** The stored projections are what the events fold into. Returns the rows that were compared. */
function* checkRefold(
  sqlite: Database.Database,
  { recordings, unchained }: ChainCheck,
  report: Report,
): Steps<number> {
  let rows = 0;
  for (const recording of recordings) {
    if (recording.state !== "complete") continue;
    const { id, firstSeq, lastSeq } = recording;
    const events = countEvents(sqlite, id, firstSeq, lastSeq);
    if (events !== (lastSeq === null ? 0 : lastSeq - firstSeq + 1)) {
      report("its events are not one after the other", { recording_id: id });
      continue;
    }
    const { rows: compared, differences } = yield* refold(
      sqlite,
      recording,
      !unchained.includes(id),
    );
    rows += compared;
    for (const seq of changedCheckpoints(sqlite, id))
      report("the checkpoint is not what its SHA-256 says", { recording_id: id, from_seq: seq });
    for (const { table, rows: different, seq } of differences)
      report(`${different} rows of ${table} are not what the events fold into`, {
        recording_id: id,
        from_seq: seq,
      });
  }
  return rows;
}

function countEvents(
  sqlite: Database.Database,
  id: number,
  from: number,
  to: number | null,
): number {
  return (
    sqlite
      .prepare<[number, number, number | null], number>(
        "SELECT count(*) FROM main.event WHERE recording_id = ? AND seq BETWEEN ? AND ?",
      )
      .pluck()
      .get(id, from, to) ?? 0
  );
}

/** The history up to the link with this hash is the one that was noted. Returns the links up to it. */
function checkAnchor({ links, intactLinks }: ChainCheck, anchor: string, report: Report): number {
  const found = links.findIndex(({ hash }) => hash === anchor);
  if (found < 0) report("no link has this hash: the history up to it is not here");
  else if (found >= intactLinks) report("the history up to this hash is damaged");
  return found + 1;
}
