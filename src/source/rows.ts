// Who is who in a recording: tasks, VMs, vCPUs and CPUs, under the row numbers that events name them by.

import { type Seq } from "../domain/values/ids.js";

/**
 * What a name rests on. line: a line shows it. creation: the vCPUs of the VM were seen to be created one after
 * another. backing page: an entry that is posted to the vCPU's backing page has it in its GA tag. anchor: the dump of the
 * host that was imported beside the trace has it.
 */
export type NameBasis = "line" | "creation" | "backing page" | "anchor";

/**
 * What the vm_id of a VM rests on: a line shows it, an entry that is posted to the backing page of a vCPU of it, or the dump
 * of the host that was imported beside the trace.
 */
export type VmIdBasis = "line" | "backing page" | "anchor";

/**
 * What the name of an entry's vCPU rests on: the tag holds it, or it holds its vcpu_idx, which its creation showed, the
 * entries that are posted to its page, or a dump of the host.
 */
export type VcpuBasis = "ga_tag" | "creation" | "backing page" | "anchor";

/** A task by name and pid: who acts. */
export interface TaskRow {
  /** Its row number. */
  readonly id: number;
  /** Its name; `<...>` while no line shows it. */
  comm: string;
  /** Its pid. */
  readonly pid: number;
}

/** A VM: from the creation of a struct kvm to its end. */
export interface VmRow {
  /** Its row number. */
  readonly id: number;
  /** Address of struct kvm as the trace prints it; null where only a vm_id was seen. */
  readonly kvm: string | null;
  /** avic_vm_id; null until a line shows it, or the entries of its vCPUs prove it. */
  vm_id: number | null;
  /** What the vm_id rests on. */
  vm_id_by: NameBasis | null;
  /** The event that proved a vm_id that was learned; null = it was not. */
  vm_id_seq: Seq | null;
  /** Its own name, as the recording's header gives it; null = it does not. */
  name: string | null;
  /** The process of its monitor, as the recording's header gives it; null = it does not. */
  vmm_pid: number | null;
  /** Its creation was observed, so its vCPUs are counted from the first. */
  born: boolean;
  /** Its end was observed, or its address has come back as another VM. */
  ended: boolean;
}

/** A vCPU of a VM. */
export interface VcpuRow {
  /** Its row number. */
  readonly id: number;
  /** Row of its VM. */
  readonly vm: number;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** Place in the order of creation; null where the creation was not observed and no entry proves it. */
  vcpu_idx: number | null;
  /** What the vcpu_idx rests on. */
  vcpu_idx_by: NameBasis | null;
  /** The event that proved a vcpu_idx that was learned; null = it was not. */
  vcpu_idx_seq: Seq | null;
}

/** A CPU of the host and its APIC ID. */
export interface CpuRow {
  /** The number of the CPU. */
  readonly cpu: number;
  /** Its APIC ID. */
  readonly apic_id: number;
}

/** Where row numbers start: a timeline holds several recordings. */
export interface FirstIds {
  /** The row number of the first task. */
  readonly task: number;
  /** The row number of the first VM. */
  readonly vm: number;
  /** The row number of the first vCPU. */
  readonly vcpu: number;
}

/** Rows made or changed since they were last taken, in order. Whoever stores them empties the lists. */
export interface ChangedRows {
  /** Tasks. */
  readonly tasks: TaskRow[];
  /** VMs. */
  readonly vms: Set<VmRow>;
  /** vCPUs. */
  readonly vcpus: Set<VcpuRow>;
  /** CPUs of the host. */
  readonly cpus: CpuRow[];
}
