// What VMs and vCPUs are called, by their row numbers.

import type Database from "better-sqlite3";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";

/** The names of VMs and vCPUs by their row numbers. */
export interface RowNames {
  /** Of VMs. */
  readonly vms: ReadonlyMap<number, string>;
  /** Of vCPUs. */
  readonly vcpus: ReadonlyMap<number, string>;
}

/** The names that were read last of each timeline, and of what. */
const kept = new WeakMap<Database.Database, { readonly of: string; readonly names: RowNames }>();

/** The names of VMs and vCPUs of a recording. */
export function rowNames({ sqlite, recording }: LaneSource): RowNames {
  const { id, state, lastSeq, sha256 } = recording;
  const of = `${id} ${state} ${lastSeq ?? 0} ${sha256 ?? ""}`;
  const known = kept.get(sqlite);
  if (known?.of === of) return known.names;
  const names = { vms: namesOf(sqlite, VMS_SQL, id), vcpus: namesOf(sqlite, VCPUS_SQL, id) };
  kept.set(sqlite, { of, names });
  return names;
}

const VMS_SQL = "SELECT id, coalesce('vm' || vm_id, 'vm?') FROM vm WHERE recording_id = ?";

const VCPUS_SQL = `SELECT vcpu.id, coalesce('vm' || vm.vm_id, 'vm?') || '/vcpu' || vcpu.vcpu_id
  FROM vcpu JOIN vm ON vm.id = vcpu.vm WHERE vcpu.recording_id = ?`;

function namesOf(
  sqlite: Database.Database,
  sql: string,
  recording: number,
): ReadonlyMap<number, string> {
  const rows = prepared<[number], [id: number, name: string]>(sqlite, sql).raw();
  return new Map(rows.all(recording));
}
