// The lanes of host CPUs: which vCPU runs on each. One pass over the intervals of all vCPUs makes all of them.

import { type Steps } from "../../base/steps.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_SOURCES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { LaneRowsBuilder, type LaneRows } from "./lane-rows.js";

const VCPUS_SQL = `SELECT vcpu.id, coalesce('vm' || vm.vm_id, 'vm?') || '/vcpu' || vcpu.vcpu_id AS name
  FROM vcpu JOIN vm ON vm.id = vcpu.vm WHERE vcpu.recording_id = ?`;

/** run_state 1 is running (v_vcpu). */
const RUNS_SQL = `SELECT i.pcpu, i.from_seq, i.from_ns - :base,
    coalesce((SELECT k.time_ns FROM event AS k WHERE k.seq = i.known_to_seq), i.to_ns) - :base
  FROM vcpu_interval AS i WHERE i.vcpu = :vcpu AND i.run_state = 1 AND i.pcpu >= 0`;

type Run = readonly [pcpu: number, seq: number, begin: number, end: number | null];

/** The lanes of all CPUs by their numbers. */
export function* cpuLanes(source: LaneSource): Steps<ReadonlyMap<number, LaneRows>> {
  const { sqlite, recording, base } = source;
  const vcpus = prepared<[number], { id: number; name: string }>(sqlite, VCPUS_SQL).all(
    recording.id,
  );
  const lanes = new Map<number, LaneRowsBuilder>();
  const runs = prepared<unknown[], Run>(sqlite, RUNS_SQL).raw();
  for (const { id, name } of vcpus) {
    const meaning = {
      ...{ state: "cpu.vcpu", label: name, source: LANE_SOURCES.observed, flags: 0 },
    };
    for (const [pcpu, seq, begin, end] of runs.all({ base, vcpu: id }) as Run[]) {
      const rows = lanes.get(pcpu) ?? new LaneRowsBuilder();
      lanes.set(pcpu, rows);
      rows.add(begin, end, seq, meaning);
    }
    yield;
  }
  const sorted = [...lanes].sort(([a], [b]) => a - b);
  return new Map(sorted.map(([cpu, rows]) => [cpu, rows.done()]));
}
