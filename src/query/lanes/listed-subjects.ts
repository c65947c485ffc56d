// What lanes are about: the groups of a recording, and in each the subjects in their order.

import { type Steps } from "../../base/steps.js";
import { type LaneGroupKind, type LaneSubject } from "../../domain/platform/lanes.js";
import { bdfName, irteName } from "../../domain/values/names.js";
import { countedCpus, countedEntries, countedVcpus } from "./interval-counts.js";
import { type LaneSource } from "./lane-reader.js";

/** What a lane is about. */
export interface ListedSubject {
  /** Its kind. */
  readonly subject: LaneSubject;
  /** Its name. */
  readonly name: string;
  /** Its name within its group. */
  readonly short: string;
  /** What else is known of it; "" = nothing. */
  readonly note: string;
  /** How many intervals it has; null = they are counted otherwise. */
  readonly changes: number | null;
}

/** Subjects that stand together. */
export interface ListedGroup {
  /** The kind of group. */
  readonly kind: LaneGroupKind;
  /** The group's id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** What else is known of it; "" = nothing. */
  readonly note: string;
  /** Its subjects. */
  readonly subjects: readonly ListedSubject[];
}

function listed(subject: LaneSubject, name: string, more: Partial<ListedSubject>): ListedSubject {
  return { ...{ subject, name, short: name, note: "", changes: null }, ...more };
}

/** A group of which there is one. */
function single(
  kind: LaneGroupKind,
  name: string,
  subjects: readonly ListedSubject[],
): ListedGroup {
  return { ...{ kind, id: kind, name, note: "" }, subjects };
}

const RECORDING = [listed("recording", "", {})];

/** What is counted over the time, with what it says. */
const COUNTERS: Readonly<Record<string, string>> = {
  writes: "IRTE writes per second, by cause",
  ga_log: "GA log entries per second",
  posted_share: "share of the entries in use that are posted",
};

/** All groups of a recording. `hostIrq`: the host IRQ of an entry. */
export function* listedGroups(
  source: LaneSource,
  hostIrq: (irte: string) => number | undefined,
): Steps<readonly ListedGroup[]> {
  const cpus = countedCpus(source).map(({ pcpu, changes }) =>
    listed("cpu", String(pcpu), { changes }),
  );
  yield;
  const vms = vmGroups(source);
  yield;
  const devices = deviceGroups(source, hostIrq);
  yield;
  const counters = Object.entries(COUNTERS).map(([name, note]) =>
    listed("counter", name, { short: name.replace("_", " "), note, changes: 0 }),
  );
  return [
    single("findings", "Findings", RECORDING),
    single("markers", "Markers", RECORDING),
    single("cpus", "Host CPUs", cpus),
    ...vms,
    ...devices,
    single("counters", "Counters", counters),
  ];
}

function vmGroups(source: LaneSource): readonly ListedGroup[] {
  const groups = new Map<string, ListedGroup & { subjects: ListedSubject[] }>();
  for (const { vm_id, vm_name, vcpu_id, changes } of countedVcpus(source)) {
    const vm = vm_id === null ? "vm?" : `vm${vm_id}`;
    const group = groups.get(vm) ?? {
      ...{ kind: "vm" as const, id: `vm:${vm}`, name: vm, note: vm_name ?? "" },
      subjects: [listed("vm", vm, {})],
    };
    groups.set(vm, group);
    if (vcpu_id === null) continue;
    const name = `${vm}/vcpu${vcpu_id}`;
    group.subjects.push(listed("vcpu", name, { short: String(vcpu_id), changes }));
  }
  return [...groups.values()];
}

function deviceGroups(
  source: LaneSource,
  hostIrq: (irte: string) => number | undefined,
): readonly ListedGroup[] {
  const groups = new Map<string, ListedGroup & { subjects: ListedSubject[] }>();
  for (const { segment, devid, irte_index, changes } of countedEntries(source)) {
    const device = bdfName(segment, devid);
    const name = irteName(segment, devid, irte_index);
    const group = groups.get(device) ?? {
      ...{ kind: "device" as const, id: `device:${device}`, name: device, note: "" },
      subjects: [],
    };
    groups.set(device, group);
    const irq = hostIrq(name);
    const note = irq === undefined ? "" : `irq ${irq}`;
    group.subjects.push(listed("irte", name, { short: String(irte_index), note, changes }));
  }
  return [...groups.values()];
}
