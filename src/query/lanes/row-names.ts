// What VMs and vCPUs are called, by their row numbers.

import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";

/** The names of VMs and vCPUs by their row numbers. */
export function rowNames({ sqlite, recording }: LaneSource): {
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
