// Which lanes a recording has, in groups: what is common to the host, then VMs, then devices.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { deviceLanes } from "./device-lanes.js";
import {
  ticksLane,
  type Lane,
  type LaneGap,
  type LaneGroup,
  type Lanes,
  type LanesOptions,
} from "./lane.js";
import { STATE_STYLES } from "./lane-styles.js";
import { countedCpus, countedMarkers, countedRoutes, countedVcpus } from "./interval-counts.js";
import { type LaneCounts } from "./lane-counts.js";
import { laneStore } from "./lane-store.js";
import { type LaneSource } from "./lane-reader.js";

/** Lists the lanes of a recording. */
export function* lanesOf(
  sqlite: Database.Database,
  recording: Recording,
  { quick = false }: LanesOptions = {},
): Steps<Lanes> {
  const [source, store] = laneStore(sqlite, recording);
  const counts = yield* store.counts(source, quick);
  const report = quick ? store.reportInMemory : yield* store.reportSoFar(source);
  const { first, last, firstSeq, lastSeq } = recording;
  const cpus = cpuGroup(source);
  const vms = yield* vmGroups(source, counts);
  const devices = yield* deviceLanes(source, counts);
  return {
    groups: [
      findings(report?.findings.length ?? null),
      markers(countedMarkers(source)),
      cpus,
      ...vms,
      ...devices,
      COUNTERS,
    ],
    start_ns: first === null ? null : String(first),
    end_ns: last === null ? null : String(last),
    first_seq: firstSeq,
    last_seq: lastSeq,
    gaps: gapsOf(source),
    states: STATE_STYLES,
  };
}

function findings(changes: number | null): LaneGroup {
  const group = "findings";
  const lane = { id: group, name: "Findings", label: "Findings", note: "", group, changes };
  return {
    ...{ id: group, name: "Findings", kind: group, note: "" },
    lanes: [{ ...lane, kind: "findings" }],
  };
}

function markers(changes: number): LaneGroup {
  const group = "markers";
  const lane = { id: group, name: "Markers", label: "Markers", note: "", group, changes };
  return {
    ...{ id: group, name: "Markers", kind: group, note: "" },
    lanes: [{ ...lane, kind: "markers" }],
  };
}

function cpuGroup(source: LaneSource): LaneGroup {
  const lanes = countedCpus(source).map(({ pcpu, changes }): Lane => ({
    ...{ id: `cpu:${pcpu}`, name: `CPU ${pcpu}`, label: `CPU ${pcpu}`, note: "", kind: "cpu" },
    ...{ group: "cpus", changes },
  }));
  return { id: "cpus", name: "Host CPUs", kind: "cpus", note: "", lanes };
}

function* vmGroups(source: LaneSource, counts: LaneCounts): Steps<readonly LaneGroup[]> {
  const routes = countedRoutes(source);
  yield;
  const groups = new Map<string, { own: string | null; lanes: Lane[] }>();
  for (const row of countedVcpus(source)) {
    const vm = row.vm_id === null ? "vm?" : `vm${row.vm_id}`;
    const group = `vm:${vm}`;
    const known = groups.get(vm) ?? {
      own: row.vm_name,
      lanes: vmLanes(vm, group, counts.inhibits(vm), routes.get(vm) ?? 0),
    };
    groups.set(vm, known);
    if (row.vcpu_id === null) continue;
    const name = `${vm}/vcpu${row.vcpu_id}`;
    const shared = { label: `vCPU ${row.vcpu_id}`, note: "", group };
    known.lanes.push({ id: `vcpu:${name}`, name, kind: "vcpu", ...shared, changes: row.changes });
    const count = counts.ticks(name);
    if (count !== 0) known.lanes.push(ticksLane(name, { ...shared, label: "interrupts" }, count));
  }
  return [...groups].map(([vm, { own, lanes }]) => ({
    ...{ id: `vm:${vm}`, name: vm, kind: "vm" as const, note: own ?? "", lanes },
  }));
}

function vmLanes(vm: string, group: string, inhibits: number | null, routes: number): Lane[] {
  const avic: Lane = {
    ...{ id: `avic:${vm}`, name: `${vm} AVIC`, label: "AVIC", note: "", kind: "avic", group },
    changes: inhibits,
  };
  const route: Lane = {
    ...{
      id: `routes:${vm}`,
      name: `${vm} routes`,
      label: "routes",
      note: "",
      kind: "routes",
      group,
    },
    changes: routes,
  };
  return [...(inhibits !== 0 ? [avic] : []), ...(routes > 0 ? [route] : [])];
}

const COUNTERS: LaneGroup = {
  ...{ id: "counters", name: "Counters", kind: "counters", note: "" },
  lanes: [
    ["writes", "IRTE writes per second, by cause"],
    ["ga_log", "GA log entries per second"],
    ["posted_share", "share of the entries in use that are posted"],
  ].map(([id = "", note = ""]) => ({
    ...{ id: `counter:${id}`, name: id.replace("_", " "), label: id.replace("_", " "), note },
    ...{ kind: "counter", group: "counters", changes: 0 },
  })),
};

const GAPS_SQL = `SELECT cast(from_ns AS text) AS from_ns, cast(to_ns AS text) AS to_ns, lost, cpu
  FROM v_gap WHERE recording_id = ? ORDER BY to_seq`;

/** Where events are missing. What one CPU loses can concern any lane. */
export function gapsOf({ sqlite, recording }: LaneSource): readonly LaneGap[] {
  return prepared<[number], Omit<LaneGap, "lanes">>(sqlite, GAPS_SQL)
    .all(recording.id)
    .map((gap) => ({ ...gap, lanes: null }));
}
