// The lanes of host CPUs: which vCPU runs on each. One pass over the intervals of all vCPUs makes all of them.

import { type Steps } from "../../base/steps.js";
import { type Known } from "./known.js";
import { LANE_SOURCES, unknownRow } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { NO_NUMBER, forEachRow, numbersSql } from "./number-rows.js";
import { rowNames } from "./row-names.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";

/** run_state 1 is running (v_vcpu). NO_NUMBER stands for an end that is open: no time is before the first line. */
const RUNS_SQL = `SELECT ${numbersSql([
  ...["i.pcpu", "i.from_seq", "i.from_ns - :base"],
  "coalesce((SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq), i.to_ns) - :base",
])} FROM vcpu_interval AS i WHERE i.vcpu = :vcpu AND i.run_state = 1 AND i.pcpu >= 0`;

/** The lanes of all CPUs by their numbers. */
export function* cpuLanes(source: LaneSource, known: Known): Steps<ReadonlyMap<number, LaneRows>> {
  const { sqlite, base } = source;
  const lanes = new Map<number, LaneRowsBuilder>();
  for (const [vcpu, label] of rowNames(source).vcpus) {
    const meaning = runMeaning(label, known);
    forEachRow(sqlite, RUNS_SQL, { base, vcpu }, 4, (row) => {
      const pcpu = row[0] ?? 0;
      const end = row[3] ?? NO_NUMBER;
      const rows = lanes.get(pcpu) ?? new LaneRowsBuilder();
      lanes.set(pcpu, rows);
      rows.add(row[2] ?? 0, end === NO_NUMBER ? null : end, row[1] ?? 0, meaning);
    });
    yield;
  }
  const sorted = [...lanes].sort(([a], [b]) => a - b);
  const unread = unknownRow("cpu.unknown", known.unread);
  return new Map(
    sorted.map(([cpu, rows]) => {
      rows.cut(known.runCuts, unread);
      return [cpu, rows.done()];
    }),
  );
}

/** What it means that a vCPU with this name runs. */
export function runMeaning(label: string, known: Known): RowMeaning {
  const [, vm] = /^vm(\d+)/.exec(label) ?? [];
  const why = known.runState(vm === undefined ? null : Number(vm), "running");
  if (why !== null) return unknownRow("cpu.unknown", why);
  return { state: "cpu.vcpu", label, source: LANE_SOURCES.observed, flags: 0 };
}
