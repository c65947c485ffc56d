// An import died, and cannot be run again: its recording ends where it stood. Nothing of it is removed.

import type Database from "better-sqlite3";
import { atOnce, inTurns, type Steps } from "../../base/steps.js";
import { completing, foldAll, rebuild } from "../derive/rebuild.js";
import { predictIrtes } from "../derive/predict-irtes.js";
import { ChainWriter, prepareSeal } from "../integrity/chain.js";
import { eventsBetween } from "../read/events.js";
import { storeNotes } from "../read/notes.js";
import { pickRecording } from "../read/recordings.js";
import { LOG_VERSION } from "../schema/log-version.js";
import { BatchWriter } from "../store/batch-writer.js";
import { directly } from "../store/writes.js";
import { type DueProjections, type ProjectionRecorder } from "../store/projection-recorder.js";
import { first, q, run } from "../store/sql.js";
import { newImporter } from "./importer.js";
import {
  importLeft,
  isOver,
  isRunning,
  keepBeating,
  leaveOwn,
  writeOwn,
  type Lease,
  type Left,
} from "./lease.js";
import { storeStartGap } from "./recording-rows.js";
import { clearLast } from "./remove-recording.js";

/** What is folded of all that is stored. */
interface Folded {
  /** Has the projections. */
  readonly recorder: ProjectionRecorder;
  /** What is due after the last batch. */
  readonly due: DueProjections | null;
}

/**
 * Ends the recording that an import left: it is complete up to the last event that is stored, and says that the rest is
 * missing. What is stored is folded in turns, without being written; then one transaction makes the recording complete, as
 * that of any import does. If this dies too, nothing has changed. `silent`: an import that shows no sign of life. Throws
 * ERR_IMPORT_RUNNING if the import lives, or another one ends it; ERR_ABORTED.
 */
export async function endUnfinished(
  sqlite: Database.Database,
  left: Lease,
  silent: Left | null,
  signal?: AbortSignal,
): Promise<void> {
  const lease = sqlite.transaction(() => taken(sqlite, left, silent)).immediate();
  if (lease === null) return;
  const stopBeating = keepBeating(sqlite, lease);
  try {
    await inTurns(ending(sqlite, lease), signal);
  } catch (error) {
    if (sqlite.open) sqlite.transaction(leaveOwn).immediate(sqlite, lease);
    throw error;
  } finally {
    stopBeating();
  }
}

/** It is ours from now on; null = another process has ended or removed it. */
function taken(sqlite: Database.Database, { id }: Lease, silent: Left | null): Lease | null {
  const now = importLeft(sqlite);
  if (now?.id !== id) return null;
  if (!isOver(now, silent)) throw isRunning(now);
  const importer = newImporter();
  clearLast(sqlite, id);
  run(sqlite, q.updateTable("recording").set({ importer }).where("id", "=", id));
  return { id, importer };
}

function* ending(sqlite: Database.Database, lease: Lease): Steps<void> {
  const { id } = lease;
  // An older version may have stored other projections: they are made anew.
  const folded = isOfThisVersion(sqlite, id) ? yield* foldStored(sqlite, id) : null;
  if (folded !== null)
    yield* predictIrtes(sqlite, id, (write) => {
      writeOwn(sqlite, lease, write);
    });
  const { firstSeq, lastSeq } = pickRecording(sqlite, id);
  const seal = yield* prepareSeal(sqlite, id, (lastSeq ?? firstSeq) - firstSeq);
  try {
    writeOwn(sqlite, lease, () => {
      const batches = endEvents(sqlite, id);
      if (folded === null) rebuild(sqlite, pickRecording(sqlite, id));
      else storeFolded(sqlite, id, folded);
      if (batches > 0) new ChainWriter(sqlite, id).sealTables(batches, seal);
    });
  } finally {
    seal.close();
  }
}

function* foldStored(sqlite: Database.Database, id: number): Steps<Folded> {
  let due: DueProjections | null = null;
  const recorder = yield* foldAll(sqlite, pickRecording(sqlite, id), (batch) => {
    // The dead import has stored all of this, but what is due after a batch that was not full.
    batch.recorder.drainIntervals();
    batch.recorder.drainFates();
    batch.recorder.drainInterrupts();
    due = batch.hasLink ? null : batch.due;
  });
  return { recorder, due };
}

function storeFolded(sqlite: Database.Database, id: number, { recorder, due }: Folded): void {
  const writer = new BatchWriter(directly(sqlite), id);
  if (due !== null) writer.queueDue(due);
  writer.writeQueued(null);
  atOnce(completing(sqlite, pickRecording(sqlite, id), recorder, writer));
}

/**
 * Ends the events of what an import left, and seals them: for one that is dropped in the same transaction, because its
 * projections are as they were. The caller holds the transaction.
 */
export function sealUnfinished(sqlite: Database.Database, { id }: Lease): void {
  const batches = endEvents(sqlite, id);
  if (batches > 0) new ChainWriter(sqlite, id).sealTables(batches);
}

/** No more events come. How many links they have; 0 = none, because an older version has stored them. */
function endEvents(sqlite: Database.Database, id: number): number {
  const { firstSeq, lastSeq, overwritten } = pickRecording(sqlite, id);
  const [begin] = eventsBetween(sqlite, firstSeq, firstSeq);
  if (begin !== undefined) storeStartGap(sqlite, id, begin, overwritten);
  storeNotes(sqlite, id, [{ kind: "unfinished", lines: null }]);
  const { chained } = rowOf(sqlite, id);
  const batches = chained === 0 ? 0 : linkRest(sqlite, id, firstSeq, lastSeq ?? firstSeq - 1);
  // It is no whole file, so it has no hash of one; how many lines the rest of it has is not known.
  const values = { state: "complete", sha256: null, importer: null, left_out: 0 } as const;
  run(
    sqlite,
    q
      .updateTable("recording")
      .set({ ...values, beat: 0, batches })
      .where("id", "=", id),
  );
  return batches;
}

function isOfThisVersion(sqlite: Database.Database, id: number): boolean {
  const { chained, log_version } = rowOf(sqlite, id);
  return chained !== 0 && log_version === LOG_VERSION;
}

/** `chained` is 0 where an older version has stored it, which made no links. */
function rowOf(
  sqlite: Database.Database,
  id: number,
): { readonly chained: number; readonly log_version: number } {
  const columns = ["chained", "log_version"] as const;
  const row = first(sqlite, q.selectFrom("recording").select(columns).where("id", "=", id));
  return row ?? { chained: 0, log_version: 0 };
}

/** The last batch was not full, and has no link yet. How many links the events have then. */
function linkRest(
  sqlite: Database.Database,
  id: number,
  firstSeq: number,
  lastSeq: number,
): number {
  const last = first(
    sqlite,
    q
      .selectFrom("chain")
      .select(["link", "last_seq"])
      .where("recording_id", "=", id)
      .where("content", "=", "event")
      .orderBy("link", "desc"),
  );
  const linked = first(
    sqlite,
    q
      .selectFrom("chain")
      .select((eb) => eb.fn.max<number | null>("last_seq").as("seq"))
      .where("recording_id", "=", id),
  );
  const links = last?.link ?? 0;
  const from = (linked?.seq ?? firstSeq - 1) + 1;
  if (from > lastSeq) return links;
  const chain = new ChainWriter(sqlite, id);
  chain.queueBatch(links + 1, eventsBetween(sqlite, from, lastSeq));
  chain.writeQueued();
  return links + 1;
}
