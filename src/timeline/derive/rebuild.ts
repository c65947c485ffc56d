// Makes the projections anew from the events: what was deleted or damaged there is no loss.

import { platformOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../../base/steps.js";
import { readBy } from "../../domain/platform/read-by.js";
import { emptyState } from "../../domain/fold/state.js";
import { type DueProjections, ProjectionRecorder } from "../store/projection-recorder.js";
import { noteKnown } from "./known-until.js";
import { predictIrtes } from "./predict-irtes.js";
import { FateWriter } from "./store-fates.js";
import { storePacks } from "./store-packs.js";
import { InterruptStore } from "./store-interrupts.js";
import { eventsBetween, returnsBetween } from "../read/events.js";
import { type VcpuName } from "../../projections/fate-vcpus.js";
import { recordings, type Recording } from "../read/recordings.js";
import { all, q, run } from "../store/sql.js";
import { useCache } from "../store/cache.js";
import { BatchWriter } from "../store/batch-writer.js";
import { directly } from "../store/writes.js";

/** The tables that hold nothing but what the events fold into. Each has a column `recording_id`. */
export const PROJECTIONS = [
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "irte_predicted_interval",
  "prediction",
  "fate_change",
  "fate_case",
  "fate_facts",
  "fate_state",
  "fate_verdict",
  "lane_pack",
  "interrupt",
  "interrupt_case",
  "checkpoint",
  "frame",
] as const;
const EVENTS_PER_BATCH = 4096;

/** Deletes the projections of every complete recording and folds them again, in one transaction. */
export function rebuildProjections(sqlite: Database.Database): void {
  useCache(sqlite, "writing");
  try {
    sqlite
      .transaction(() => {
        for (const recording of recordings(sqlite)) {
          if (recording.state === "complete") rebuild(sqlite, recording);
        }
      })
      .immediate();
  } finally {
    useCache(sqlite, "waiting");
  }
}

/** Deletes the projections of one recording and folds them again. The caller holds the transaction. */
export function rebuild(sqlite: Database.Database, recording: Recording): void {
  atOnce(rebuildSteps(sqlite, recording));
}

/** The same in steps. The caller holds the transaction, and lets no one else use it. */
export function* rebuildSteps(sqlite: Database.Database, recording: Recording): Steps<void> {
  const { id } = recording;
  for (const table of PROJECTIONS) run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  const writer = new BatchWriter(directly(sqlite), id);
  const recorder = yield* foldAll(sqlite, recording, (batch) => {
    writer.queueIntervals(batch.recorder.drainIntervals());
    for (const each of batch.recorder.drainFates()) writer.queueFates(each);
    writer.queueInterrupts(batch.recorder.drainInterrupts());
    writer.queueDue(batch.due);
    writer.writeQueued(null);
  });
  yield* predictIrtes(sqlite, id);
  yield* completing(sqlite, recording, recorder, writer);
}

/** What is folded of one batch. */
export interface FoldedBatch {
  /** Hands over what came of it. */
  readonly recorder: ProjectionRecorder;
  /** What is due after it. */
  readonly due: DueProjections;
  /** Has it a link of the chain, or was it not full when its import died? */
  readonly hasLink: boolean;
}

/** Folds all events of a recording, in the batches in which they were imported; `onBatch` takes what came of each. */
export function* foldAll(
  sqlite: Database.Database,
  recording: Recording,
  onBatch: (batch: FoldedBatch) => void,
): Steps<ProjectionRecorder> {
  const { id, firstSeq, lastSeq } = recording;
  const { fold, fates } = platformOf(recording);
  const recorder = new ProjectionRecorder(firstSeq, fates);
  recorder.name(vcpuNames(sqlite, id));
  const start = emptyState(readBy(recording), recording.seesExchanges);
  const folding = fold.folding(start, recorder.listeners);
  const linked = linkEnds(sqlite, id).at(-1) ?? 0;
  let from = firstSeq;
  for (const to of batchEnds(sqlite, id, firstSeq, lastSeq)) {
    const batch = eventsBetween(sqlite, from, to);
    from = to + 1;
    yield;
    folding.take(batch);
    yield;
    recorder.take(batch, returnsBetween(sqlite, batch[0]?.seq ?? to, to));
    onBatch({ recorder, due: recorder.dueAfterBatch(to, folding), hasLink: to <= linked });
    yield;
  }
  return recorder;
}

/**
 * Stores what is known when all events are folded; predictions are stored before. The caller holds the transaction, and lets
 * no one else use it.
 */
export function* completing(
  sqlite: Database.Database,
  recording: Recording,
  recorder: ProjectionRecorder,
  writer: BatchWriter,
): Steps<void> {
  const { id, lastSeq } = recording;
  recorder.end();
  if (lastSeq !== null) writer.writeLastFrame(recorder.lastFrame(lastSeq));
  noteKnown(sqlite, recording);
  yield;
  yield* new FateWriter(sqlite, id).completing(recorder.fateCases);
  const { fateCases } = recorder;
  yield* storePacks(sqlite, id, { packs: recorder.finishPacks(), fateCases });
  yield;
  writer.queueInterrupts(recorder.drainInterrupts());
  writer.writeQueued(null);
  new InterruptStore(sqlite, id).complete(recorder.interruptCases);
}

function vcpuNames(sqlite: Database.Database, id: number): readonly VcpuName[] {
  return all(sqlite, q.selectFrom("vcpu").select(["id", "vcpu_id"]).where("recording_id", "=", id));
}

/** The last events of the batches that have links. */
function linkEnds(sqlite: Database.Database, id: number): readonly number[] {
  return all(
    sqlite,
    q
      .selectFrom("chain")
      .select("last_seq")
      .where("recording_id", "=", id)
      .where("content", "=", "event")
      .orderBy("link"),
  ).flatMap(({ last_seq }) => last_seq ?? []);
}

/** The last events of the batches that the import made: only after these does it make checkpoints and frames. */
function batchEnds(
  sqlite: Database.Database,
  id: number,
  firstSeq: number,
  lastSeq: number | null,
): readonly number[] {
  const ends = linkEnds(sqlite, id);
  const linked = ends.at(-1);
  if (lastSeq === null || linked === lastSeq) return ends;
  if (linked !== undefined) return [...ends, lastSeq];
  // No links: as if all lines that were read had become events.
  const made: number[] = [];
  for (let to = firstSeq - 1; to < lastSeq;)
    made.push((to = Math.min(lastSeq, to + EVENTS_PER_BATCH)));
  return made;
}
