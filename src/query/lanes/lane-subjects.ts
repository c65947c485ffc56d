// Whose lanes a recording can have. A lane without rows is looked up here: its subject may not exist at all.

import { TwinError } from "../../base/errors.js";
import { irteName } from "../../domain/values/names.js";
import { countedCpus, countedEntries, countedLinks, countedVcpus } from "./interval-counts.js";
import { type LaneSource } from "./lane-reader.js";

/** The keys of lanes: what stands behind the kind in the id of a lane. */
export class LaneSubjects {
  private readonly byKind: Readonly<Record<string, ReadonlySet<string>>>;

  /** Reads the names of all entries, VMs, vCPUs and CPUs. */
  constructor(source: LaneSource) {
    const entries = new Set(
      [...countedEntries(source), ...countedLinks(source)].map(({ segment, devid, irte_index }) =>
        irteName(segment, devid, irte_index),
      ),
    );
    const counted = countedVcpus(source).map(({ vm_id, vcpu_id }) => ({
      vm: vm_id === null ? "vm?" : `vm${vm_id}`,
      vcpu_id,
    }));
    const vms = new Set(counted.map(({ vm }) => vm));
    const vcpus = new Set(counted.map(({ vm, vcpu_id }) => `${vm}/vcpu${vcpu_id ?? "?"}`));
    const cpus = new Set(countedCpus(source).map(({ pcpu }) => String(pcpu)));
    this.byKind = {
      ...{ irte: entries, irqfd: entries, fate: entries, ticks: new Set([...entries, ...vcpus]) },
      ...{ vcpu: vcpus, avic: vms, routes: vms, cpu: cpus },
      // Of these there is one each.
      ...{ findings: new Set([""]), markers: new Set([""]) },
    };
  }

  /** Throws ERR_NAME for a lane that the recording does not have. */
  require(kind: string, key: string): void {
    const keys = Object.hasOwn(this.byKind, kind) ? this.byKind[kind] : undefined;
    if (keys?.has(key) === true) return;
    throw noLane(key === "" ? kind : `${kind}:${key}`);
  }
}

/** The refusal of the id of a lane. */
export function noLane(id: string): TwinError {
  return new TwinError("ERR_NAME", `${id} is no lane of this recording: lanes() lists them`);
}
