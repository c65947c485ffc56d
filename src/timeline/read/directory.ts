// Who is who in a recording: names for the row numbers of VMs and vCPUs.

import { type VcpuBasis, type VmIdBasis } from "../../source/rows.js";
import type Database from "better-sqlite3";
import { all, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";
import { silentNames } from "./silent-names.js";

/** What a recording tells of a VM. null = never shown. */
export interface KnownVm {
  /** The address of its struct kvm. */
  readonly kvm: string | null;
  /** Its avic vm_id. */
  readonly vm_id: number | null;
  /** What the vm_id rests on. */
  readonly vm_id_by: VmIdBasis | null;
  /** Its own name, as the header of the recording gives it. */
  readonly name: string | null;
  /** The process of its monitor. */
  readonly vmm_pid: number | null;
}

/** What a recording tells of a vCPU. null = never shown. */
export interface KnownVcpu {
  /** Row of its VM. */
  readonly vm: number;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** Place in the order of creation, from 0. */
  readonly vcpu_idx: number | null;
  /** What the vcpu_idx rests on. */
  readonly vcpu_idx_by: Exclude<VcpuBasis, "ga_tag"> | null;
}

/** Who is who in a recording: what the row numbers of VMs and vCPUs stand for. null = never shown. */
export interface Directory {
  /** By row. */
  readonly vms: ReadonlyMap<number, KnownVm>;
  /** By row. */
  readonly vcpus: ReadonlyMap<number, KnownVcpu>;
  /**
   * What could be observed: the event names that stand in the trace, and those of probes that were set and had nothing
   * to print. Empty while the import runs.
   */
  readonly names: ReadonlySet<string>;
}

/** Reads who is who in a recording. */
export function directory(sqlite: Database.Database, recording: Recording): Directory {
  const of = recording.id;
  const vms = all(sqlite, q.selectFrom("vm").selectAll().where("recording_id", "=", of));
  const vcpus = all(sqlite, q.selectFrom("vcpu").selectAll().where("recording_id", "=", of));
  return {
    // What an older version stored does not say what it rests on: a line, or the creation.
    vms: new Map(
      vms.map((row) => [
        row.id,
        { ...row, vm_id_by: row.vm_id === null ? null : (row.vm_id_by ?? "line") } as KnownVm,
      ]),
    ),
    vcpus: new Map(
      vcpus.map((row) => [
        row.id,
        {
          ...row,
          vcpu_idx_by: row.vcpu_idx === null ? null : (row.vcpu_idx_by ?? "creation"),
        } as KnownVcpu,
      ]),
    ),
    names: seenNames(sqlite, recording),
  };
}

/** What could be observed in a recording, as `Directory.names` has it. */
export function seenNames(sqlite: Database.Database, recording: Recording): ReadonlySet<string> {
  const names = all(
    sqlite,
    q.selectFrom("recording_name").select("name").where("recording_id", "=", recording.id),
  );
  return new Set([...names.map(({ name }) => name), ...silentNames(sqlite, recording)]);
}

/**
 * The vCPU with that vcpu_idx in the VM of that avic vm_id; null = it is not known, or several VMs had the vm_id and
 * do not agree.
 */
export function vcpuByIdx(
  { vms, vcpus }: Directory,
  vm_id: number,
  vcpu_idx: number,
): KnownVcpu | null {
  const found = [...vcpus.values()].filter(
    (vcpu) => vcpu.vcpu_idx === vcpu_idx && vms.get(vcpu.vm)?.vm_id === vm_id,
  );
  const [first] = found;
  if (first === undefined) return null;
  return found.every(({ vcpu_id }) => vcpu_id === first.vcpu_id) ? first : null;
}

/** The own name of the VM of that avic vm_id; null = it has none, or several VMs had the vm_id and do not agree. */
export function vmNameOf({ vms }: Directory, vm_id: number): string | null {
  const names = new Set([...vms.values()].filter((vm) => vm.vm_id === vm_id).map((vm) => vm.name));
  const [name] = names;
  return names.size === 1 ? (name ?? null) : null;
}
