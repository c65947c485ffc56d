// Whose lanes a recording can have. A lane without rows is looked up here: its subject may not exist at all.

import { type LaneSubject } from "../../domain/platform/lanes.js";
import { irteName } from "../../domain/values/names.js";
import { countedCpus, countedEntries, countedLinks, countedVcpus } from "./interval-counts.js";
import { noLane, type AskedLane } from "./lane-ids.js";
import { type LaneSource } from "./lane-reader.js";

/** The names of all subjects of a recording. */
export class LaneSubjects {
  private readonly names: Readonly<Record<LaneSubject, ReadonlySet<string>>>;

  /** Reads the names of all entries, VMs, vCPUs and CPUs. */
  constructor(source: LaneSource) {
    const entries = [...countedEntries(source), ...countedLinks(source)].map(
      ({ segment, devid, irte_index }) => irteName(segment, devid, irte_index),
    );
    const vcpus = countedVcpus(source).map(({ vm_id, vcpu_id }) => ({
      vm: vm_id === null ? "vm?" : `vm${vm_id}`,
      vcpu_id,
    }));
    this.names = {
      recording: new Set([""]),
      cpu: new Set(countedCpus(source).map(({ pcpu }) => String(pcpu))),
      vm: new Set(vcpus.map(({ vm }) => vm)),
      vcpu: new Set(vcpus.map(({ vm, vcpu_id }) => `${vm}/vcpu${vcpu_id ?? "?"}`)),
      irte: new Set(entries),
      counter: new Set(),
    };
  }

  /** Throws ERR_NAME for a lane that the recording does not have. */
  require({ id, of, name }: AskedLane): void {
    if (!this.names[of.subject].has(name)) throw noLane(id);
  }
}
