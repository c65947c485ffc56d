// Makes the projections anew from the events: what was deleted or damaged there is no loss.

import type Database from "better-sqlite3";
import { evolveIommu } from "../domain/evolve-iommu.js";
import { evolveKvm } from "../domain/evolve-kvm.js";
import { emptyState } from "../domain/state.js";
import { IntervalRecorder } from "../projections/intervals.js";
import { predictIrtes } from "./predict.js";
import { eventsBetween, recordings, type Recording } from "./read.js";
import { q, run } from "./sql.js";
import { BatchWriter } from "./writer.js";

const PROJECTIONS = [
  "irte_interval",
  "vcpu_interval",
  "route_interval",
  "link_interval",
  "irte_predicted_interval",
  "prediction",
  "checkpoint",
] as const;
const EVENTS_PER_BATCH = 4096;

/** Deletes and refolds the projections of every complete recording, in one transaction. */
export function rebuildProjections(sqlite: Database.Database): void {
  sqlite
    .transaction(() => {
      for (const recording of recordings(sqlite)) {
        if (recording.state === "complete") rebuild(sqlite, recording);
      }
    })
    .immediate();
}

function rebuild(sqlite: Database.Database, { id, rules, firstSeq, lastSeq }: Recording): void {
  for (const table of PROJECTIONS) run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  const writer = new BatchWriter(sqlite, id, firstSeq);
  const intervals = new IntervalRecorder();
  let { iommu, kvm } = emptyState(rules);
  for (let from = firstSeq; lastSeq !== null && from <= lastSeq; from += EVENTS_PER_BATCH) {
    const to = Math.min(lastSeq, from + EVENTS_PER_BATCH - 1);
    const batch = eventsBetween(sqlite, from, to);
    iommu = evolveIommu(iommu, batch, intervals.onIrte);
    kvm = evolveKvm(kvm, batch, intervals.onKvm);
    writer.addIntervals(intervals.take());
    if (writer.isCheckpointDue(to, { iommu, kvm })) writer.addCheckpoint(to, { iommu, kvm });
    writer.write(null);
  }
  predictIrtes(sqlite, id);
}
