// The folds without a parser and a database: what RxJS costs.

import { Subject } from "rxjs";
import { type Batch } from "../../src/domain/events/event.js";
import { AMD } from "../../src/domain/amd/platform.js";
import { emptyIommu, emptyKvm, emptyState } from "../../src/domain/fold/state.js";
import { iommuProjection, kvmProjection, liveState } from "../../src/platforms/amd-fold.js";
import { IntervalRecorder } from "../../src/projections/intervals.js";
import { type Inputs } from "./inputs.js";
import { takeTurns, type Case } from "./measure.js";
import { goal, TIMING_HEADER, timingRows, type Section } from "./report.js";

/** Fewer lines: the events stay in memory, which costs the fold itself time. */
const LINES = 200_000;

export function benchFold(inputs: Inputs, repetitions: number): Section {
  const { batches, events, rules } = inputs.loaded(LINES);
  let sum = 0;
  const send = (subject: Subject<Batch>): void => {
    for (const batch of batches) subject.next(batch);
  };
  const bare = (intervals?: IntervalRecorder): void => {
    let iommu = emptyIommu();
    let kvm = emptyKvm(rules);
    for (const batch of batches) {
      iommu = AMD.fold.evolveIommu(iommu, batch, intervals?.onIrte);
      kvm = AMD.fold.evolveKvm(kvm, batch, intervals?.onKvm);
      intervals?.drain();
    }
    sum += iommu.irtes.size + kvm.vcpus.size;
  };
  const cases: Readonly<Record<string, Case>> = {
    "bare loop over batches": () => () => {
      bare();
    },
    "RxJS: `iommuProjection` and `kvmProjection` of a Subject": () => () => {
      const subject = new Subject<Batch>();
      subject.pipe(iommuProjection()).subscribe(({ irtes }) => (sum += irtes.size));
      subject.pipe(kvmProjection(rules)).subscribe(({ vcpus }) => (sum += vcpus.size));
      send(subject);
    },
    "RxJS: `liveState`, both in one fold": () => () => {
      const subject = new Subject<Batch>();
      liveState(subject, emptyState(rules)).subscribe(({ kvm }) => (sum += kvm.vcpus.size));
      send(subject);
    },
    "bare loop, with the interval recorder": () => () => {
      bare(new IntervalRecorder());
    },
  };
  const timings = takeTurns(cases, repetitions);
  const [loop, rx] = timings;
  return {
    title: "RxJS",
    note: `The folds alone: ${events} events in ${batches.length} batches in memory, events per CPU second.${Number.isNaN(sum) ? "?" : ""}`,
    header: ["", ...TIMING_HEADER],
    rows: timingRows(timings, events),
    goals: [
      goal(
        "projections over batches, beside the bare loop",
        { atLeast: 0.9, unit: "x" },
        (loop?.median ?? NaN) / (rx?.median ?? NaN),
      ),
    ],
  };
}
