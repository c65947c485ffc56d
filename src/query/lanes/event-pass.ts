// One pass over the events for all lanes that no view has: AVIC's inhibits, interrupts, and what counters count.

import { type Steps } from "../../base/steps.js";
import { causeName } from "../../domain/events/causes.js";
import { KIND } from "../../domain/events/kinds.js";
import { irteName } from "../../domain/values/names.js";
import { findPlatform } from "../../platforms/registry.js";
import { prepared } from "../../timeline/store/sql.js";
import { InhibitLanes } from "./inhibit-lanes.js";
import { LANE_SOURCES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { LaneRowsBuilder, type LaneRows } from "./lane-rows.js";

/** One event as the pass reads it. */
export interface PassEvent {
  readonly seq: number;
  /** Units since the recording's first line. */
  readonly time: number;
  readonly kind: number;
  readonly vm: number | null;
  readonly a: number | null;
  readonly b: number | null;
}

/** What the pass finds. */
export interface EventPass {
  /** By `vmN`. */
  readonly avic: ReadonlyMap<string, LaneRows>;
  /** By the name of the IRTE or vCPU. */
  readonly ticks: ReadonlyMap<string, LaneRows>;
  /** IRTE writes, each with its cause as its state's label. */
  readonly writes: LaneRows;
  /** GA log entries. */
  readonly gaLog: LaneRows;
}

const TICKS: Readonly<Record<number, { readonly state: string; readonly label: string }>> = {
  [KIND.host_irq_handled]: { state: "tick.interrupt", label: "interrupt on the host" },
  [KIND.ga_log_entry]: { state: "tick.ga_log", label: "GA log entry" },
  [KIND.vcpu_woken]: { state: "tick.wake-up", label: "woken from a halt" },
  [KIND.irq_injected]: { state: "tick.injected", label: "injected at entry" },
};

const INHIBIT_KINDS = [
  ...[KIND.vm_created, KIND.vm_destroyed, KIND.avic_inhibit_requested],
  ...[KIND.avic_inhibit_set, KIND.avic_inhibit_cleared, KIND.events_lost],
];

const KINDS = [...INHIBIT_KINDS, ...Object.keys(TICKS), KIND.irte_written].join(", ");

const SQL = `SELECT json_group_array(json_array(seq, time_ns - :base, kind, vm, vcpu, segment, devid, irte_index, cause,
    a, b, lo & 128))
  FROM event NOT INDEXED WHERE seq BETWEEN :first AND :last AND kind IN (${KINDS})`;

const SEQS_PER_PAGE = 32_768;

type Slot = number | null;
type Row = readonly [
  ...[seq: number, time: number, kind: number, vm: Slot, vcpu: Slot, segment: Slot, devid: Slot],
  ...[irte_index: Slot, cause: Slot, a: Slot, b: Slot, isPosted: Slot],
];

/** Goes through the events of a recording. */
export function* eventPass(source: LaneSource): Steps<EventPass> {
  const { sqlite, recording, base } = source;
  const platform = findPlatform(recording.platform);
  const names = vcpuNames(source);
  const inhibits = new InhibitLanes(names.vms, (mask) => platform?.inhibitNames(mask) ?? []);
  const ticks = new Map<string, LaneRowsBuilder>();
  const writes = new LaneRowsBuilder();
  const gaLog = new LaneRowsBuilder();
  const page = prepared<unknown[], string>(sqlite, SQL).pluck();
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE - 1, recording.lastSeq ?? 0);
    for (const row of JSON.parse(page.get({ base, first, last }) ?? "[]") as Row[]) {
      const [seq, time, kind, vm, vcpu, segment, devid, index, cause, a, b] = row;
      const tick = TICKS[kind];
      if (kind === KIND.irte_written) {
        const label = causeName(cause) ?? "cause not known";
        writes.add(time, time, seq, { state: "tick.interrupt", label, ...OBSERVED });
      } else if (tick === undefined) inhibits.take({ seq, time, kind, vm, a, b });
      else {
        const name =
          devid !== null && index !== null
            ? irteName(segment ?? 0, devid, index)
            : names.vcpus.get(vcpu ?? -1);
        if (kind === KIND.ga_log_entry) gaLog.add(time, time, seq, { ...tick, ...OBSERVED });
        if (name !== undefined) laneOf(ticks, name).add(time, time, seq, { ...tick, ...OBSERVED });
      }
    }
    yield;
  }
  const done = [...ticks].map(([name, rows]) => [name, rows.done()] as const);
  return {
    avic: inhibits.done(),
    ticks: new Map(done),
    writes: writes.done(),
    gaLog: gaLog.done(),
  };
}

const OBSERVED = { source: LANE_SOURCES.observed, flags: 0 } as const;

function laneOf(lanes: Map<string, LaneRowsBuilder>, name: string): LaneRowsBuilder {
  const known = lanes.get(name);
  if (known !== undefined) return known;
  const made = new LaneRowsBuilder();
  lanes.set(name, made);
  return made;
}

/** The names of VMs and vCPUs by their row numbers. */
function vcpuNames({ sqlite, recording }: LaneSource): {
  readonly vms: ReadonlyMap<number, string>;
  readonly vcpus: ReadonlyMap<number, string>;
} {
  const vms = prepared<[number], { id: number; name: string }>(
    sqlite,
    "SELECT id, coalesce('vm' || vm_id, 'vm?') AS name FROM vm WHERE recording_id = ?",
  ).all(recording.id);
  const vcpus = prepared<[number], { id: number; name: string }>(
    sqlite,
    `SELECT vcpu.id, coalesce('vm' || vm.vm_id, 'vm?') || '/vcpu' || vcpu.vcpu_id AS name
     FROM vcpu JOIN vm ON vm.id = vcpu.vm WHERE vcpu.recording_id = ?`,
  ).all(recording.id);
  return {
    vms: new Map(vms.map(({ id, name }) => [id, name])),
    vcpus: new Map(vcpus.map(({ id, name }) => [id, name])),
  };
}
