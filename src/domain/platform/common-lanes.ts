// Rows that every platform's table of lanes can take: what is the same whoever made the remapping table.

import { FATES } from "./fate.js";
import { type LaneState } from "./lane-states.js";
import { type LaneDescription, type LaneGroupDescription, type LaneTable } from "./lanes.js";

/** What a check found. */
export const FINDINGS = {
  says: "the span in which what a finding says was so",
  ...{ id: "findings", subject: "recording", group: "findings", under: null },
  ...{ name: "Findings", label: "Findings" },
  ...{ rows_from: "findings", listed: "always", place: "top", form: "findings" },
  words: ["finding", "findings"],
  states: {
    "finding.safety": "safety",
    "finding.performance": "performance",
    "finding.consistency": "consistency",
  },
} as const satisfies LaneDescription;

/** What users wrote. */
export const MARKERS = {
  says: "a text that a user wrote to trace_marker",
  ...{ id: "markers", subject: "recording", group: "markers", under: null },
  ...{ name: "Markers", label: "Markers" },
  ...{ rows_from: "markers", listed: "always", place: "top", form: "texts" },
  words: ["marker", "markers"],
  states: { marker: "marker" },
} as const satisfies LaneDescription;

/** Host CPUs. */
export const CPU = {
  says: "a host CPU: which vCPU runs on it",
  ...{ id: "cpu:{name}", subject: "cpu", group: "cpus", under: null },
  ...{ name: "CPU {name}", label: "CPU {name}" },
  ...{ rows_from: "runs", listed: "always", place: "row", form: "track" },
  words: ["CPU", "CPUs"],
  states: { "cpu.vcpu": "a vCPU runs", "cpu.unknown": "unknown" },
} as const satisfies LaneDescription;

/** Routes of GSIs. */
export const ROUTES = {
  says: "a VM: an interval of the route of one of its GSIs",
  ...{ id: "routes:{name}", subject: "vm", group: "vm", under: null },
  ...{ name: "{name} routes", label: "routes" },
  ...{ rows_from: "routes", listed: "with rows", place: "row", form: "texts" },
  words: ["VM", "VMs"],
  states: {
    "route.msi": "MSI",
    "route.other": "no MSI",
    "route.none": "none",
    "route.unknown": "unknown",
  },
} as const satisfies LaneDescription;

/** Run states of vCPUs. */
export const VCPU = {
  says: "a vCPU: a row of v_vcpu",
  ...{ id: "vcpu:{name}", subject: "vcpu", group: "vm", under: null },
  ...{ name: "{name}", label: "vCPU {short}" },
  ...{ rows_from: "run states", listed: "always", place: "row", form: "activity" },
  words: ["vCPU", "vCPUs"],
  states: {
    "vcpu.running": "running",
    "vcpu.blocking": "blocking",
    "vcpu.out": "out",
    "vcpu.freed": "freed",
    "vcpu.unknown": "unknown",
  },
} as const satisfies LaneDescription;

/** Fates are called as FATES calls them. */
const FATE_WORDS: Readonly<Partial<Record<LaneState, string>>> = Object.fromEntries(
  Object.keys(FATES).map((fate) => [`fate.${fate}`, fate]),
);

/** Fates of the interrupts of an entry; `under`: the kind of the entry's lane. */
export function fateLane(under: string, words: LaneDescription["words"]): LaneDescription {
  return {
    says: `an ${words[0]}: what would become of its interrupts, a row of v_fate`,
    ...{ id: "fate:{name}", subject: "irte", group: "device", under },
    ...{ name: "{name} fate", label: "fate" },
    ...{ rows_from: "fates", listed: "always", place: "row", form: "fate" },
    words,
    states: FATE_WORDS,
  };
}

/** Numbers over the time. */
export const COUNTER = {
  says: "a number over the time: ask for it with counters()",
  ...{ id: "counter:{name}", subject: "counter", group: "counters", under: null },
  ...{ name: "{short}", label: "{short}" },
  ...{ rows_from: "counts", listed: "always", place: "row", form: "counter" },
  words: ["counter", "counters"],
  states: {},
} as const satisfies LaneDescription;

/** The heads of groups; `entry`: the kind of lane that a device's are counted by. */
export function laneGroups(entry: string): LaneTable["groups"] {
  const plain: LaneGroupDescription = { head: "{name}", counts: null, note: "" };
  return {
    ...{ findings: plain, markers: plain, counters: plain },
    cpus: { ...plain, note: "which vCPU runs" },
    vm: { head: "VM {name}", counts: "vcpu", note: "" },
    device: { ...plain, counts: entry },
  };
}
