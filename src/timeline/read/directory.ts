// Who is who in a recording: names for the row numbers of VMs and vCPUs.

import { type VcpuBasis, type VmIdBasis } from "../../source/rows.js";
import type Database from "better-sqlite3";
import { type Selectable } from "kysely";
import { type Tables } from "../schema/tables.js";
import { all, prepared, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";
import { silentNames } from "./silent-names.js";

/** What a recording tells of a VM. null = never shown. */
export interface KnownVm {
  /** Its row. */
  readonly id: number;
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
  /** Its row. */
  readonly id: number;
  /** Row of its VM. */
  readonly vm: number;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** Place in the order of creation, from 0. */
  readonly vcpu_idx: number | null;
  /** What the vcpu_idx rests on. */
  readonly vcpu_idx_by: Exclude<VcpuBasis, "ga_tag"> | null;
}

/**
 * Who is who in a recording: what the row numbers of VMs and vCPUs stand for. Rows are read when they are asked for, and
 * kept: a question about few of them costs as much in a long recording as in a short one.
 */
export class Directory {
  /**
   * What could be observed: the event names that stand in the trace, and those of probes that were set and had nothing
   * to print. Empty while the import runs.
   */
  readonly names: ReadonlySet<string>;
  private readonly sqlite: Database.Database;
  private readonly recordingId: number;
  private readonly vms: NumberedRows<KnownVm>;
  private readonly vcpus: NumberedRows<KnownVcpu>;
  private readonly byVmId = new Map<number, readonly VmRow[]>();

  /** Reads what could be observed in a recording. */
  constructor(sqlite: Database.Database, recording: Recording) {
    this.sqlite = sqlite;
    this.recordingId = recording.id;
    this.names = seenNames(sqlite, recording);
    this.vms = new NumberedRows((from, to) =>
      prepared<number[], VmRow>(sqlite, rowsOf("vm")).all(recording.id, from, to).map(knownVm),
    );
    this.vcpus = new NumberedRows((from, to) =>
      prepared<number[], VcpuRow>(sqlite, rowsOf("vcpu"))
        .all(recording.id, from, to)
        .map(knownVcpu),
    );
  }

  /** The VM of a row; null = the recording has no such row. */
  vm(row: number): KnownVm | null {
    return this.vms.get(row) ?? null;
  }

  /** The vCPU of a row; null = the recording has no such row. */
  vcpu(row: number): KnownVcpu | null {
    return this.vcpus.get(row) ?? null;
  }

  /** Has any VM that avic vm_id? */
  hasVmId(vm_id: number): boolean {
    return this.vmsOfId(vm_id).length > 0;
  }

  /** The own name of the VM of that avic vm_id; null = it has none, or several VMs had the vm_id and do not agree. */
  vmNameOf(vm_id: number): string | null {
    const names = new Set(this.vmsOfId(vm_id).map(({ name }) => name));
    const [name] = names;
    return names.size === 1 ? (name ?? null) : null;
  }

  /**
   * The vCPU with that vcpu_idx in the VM of that avic vm_id; null = it is not known, or several VMs had the vm_id and
   * do not agree.
   */
  vcpuByIdx(vm_id: number, vcpu_idx: number): KnownVcpu | null {
    const sql = "SELECT * FROM vcpu WHERE recording_id = ? AND vm = ? AND vcpu_idx = ?";
    const found = this.vmsOfId(vm_id)
      .flatMap(({ id }) =>
        prepared<number[], VcpuRow>(this.sqlite, sql).all(this.recordingId, id, vcpu_idx),
      )
      .map(knownVcpu);
    const [vcpu] = found;
    if (vcpu === undefined) return null;
    return found.every(({ vcpu_id }) => vcpu_id === vcpu.vcpu_id) ? vcpu : null;
  }

  private vmsOfId(vm_id: number): readonly VmRow[] {
    const known = this.byVmId.get(vm_id);
    if (known !== undefined) return known;
    const sql = "SELECT * FROM vm WHERE recording_id = ? AND vm_id = ? ORDER BY id";
    const rows = prepared<number[], VmRow>(this.sqlite, sql).all(this.recordingId, vm_id);
    this.byVmId.set(vm_id, rows);
    return rows;
  }
}

/** Rows that are read at a time: one that is asked for is seldom alone. */
const ROWS_READ = 64;

function rowsOf(table: "vm" | "vcpu"): string {
  return `SELECT * FROM ${table} WHERE recording_id = ? AND id >= ? AND id < ?`;
}

/** Rows by their numbers, read with those beside them when they are asked for first. */
class NumberedRows<Row extends { readonly id: number }> {
  private readonly known = new Map<number, Row | null>();
  private readonly read: (from: number, to: number) => readonly Row[];

  /** `read`: the rows from a number up to, but not with, another. */
  constructor(read: (from: number, to: number) => readonly Row[]) {
    this.read = read;
  }

  /** The row of that number; null = there is none. */
  get(id: number): Row | null {
    const found = this.known.get(id);
    if (found !== undefined) return found;
    const from = id - (id % ROWS_READ);
    for (let each = from; each < from + ROWS_READ; each++) this.known.set(each, null);
    for (const row of this.read(from, from + ROWS_READ)) this.known.set(row.id, row);
    return this.known.get(id) ?? null;
  }
}

type VmRow = Selectable<Tables["vm"]>;
type VcpuRow = Selectable<Tables["vcpu"]>;

// What an older version stored does not say what it rests on: a line, or the creation.

function knownVm(row: VmRow): KnownVm {
  return { ...row, vm_id_by: row.vm_id === null ? null : (row.vm_id_by ?? "line") } as KnownVm;
}

function knownVcpu(row: VcpuRow): KnownVcpu {
  const vcpu_idx_by = row.vcpu_idx === null ? null : (row.vcpu_idx_by ?? "creation");
  return { ...row, vcpu_idx_by } as KnownVcpu;
}

/** What could be observed in a recording, as `Directory.names` has it. */
export function seenNames(sqlite: Database.Database, recording: Recording): ReadonlySet<string> {
  const names = all(
    sqlite,
    q.selectFrom("recording_name").select("name").where("recording_id", "=", recording.id),
  );
  return new Set([...names.map(({ name }) => name), ...silentNames(sqlite, recording)]);
}
