// Who is who in a recording: names for the row numbers of VMs and vCPUs.

import type Database from "better-sqlite3";
import { all, q } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** Who is who in a recording: what the row numbers of VMs and vCPUs stand for. null = never shown. */
export interface Directory {
  /** By row: the address of its struct kvm, and its avic vm_id. */
  readonly vms: ReadonlyMap<number, { readonly kvm: string | null; readonly vm_id: number | null }>;
  /** By row. */
  readonly vcpus: ReadonlyMap<
    number,
    { readonly vm: number; readonly vcpu_id: number; readonly vcpu_idx: number | null }
  >;
  /** The event names that stand in the trace: what could be observed. Empty while the import runs. */
  readonly names: ReadonlySet<string>;
}

/** Reads who is who in a recording. */
export function directory(sqlite: Database.Database, recording: Recording): Directory {
  const of = recording.id;
  const vms = all(
    sqlite,
    q.selectFrom("vm").select(["id", "kvm", "vm_id"]).where("recording_id", "=", of),
  );
  const vcpus = all(sqlite, q.selectFrom("vcpu").selectAll().where("recording_id", "=", of));
  const names = all(
    sqlite,
    q.selectFrom("recording_name").select("name").where("recording_id", "=", of),
  );
  return {
    vms: new Map(vms.map((row) => [row.id, row])),
    vcpus: new Map(vcpus.map((row) => [row.id, row])),
    names: new Set(names.map(({ name }) => name)),
  };
}
