// `log --kind link`: who joined and who left the ir_list of which vCPU. No event says that by itself: it is what the
// events of bypass updates do to the lists, as v_link has it.

import { type IrteName, type VcpuName } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { irteName, vcpuName } from "../../domain/values/names.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** In the place of a kind of event: the events at which an IRTE joined or left a list. */
export const LINK = "link";

/** What an event did to a vCPU's ir_list. */
export interface LinkChange {
  /** The IRTE that joined or left, as `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** Of a VM whose avic vm_id is not known: null. */
  readonly vcpu: VcpuName | null;
  /** The own name of that VM; null = it has none. */
  readonly vm_name: string | null;
  /** lost: events were lost here, and whether it is still there is not known. */
  readonly change: "joined" | "left" | "lost";
}

/** Which links count: the numbers of the vCPUs' rows, and an entry; undefined = all. */
export interface LinkFilter {
  /** The row numbers of the vCPUs. Absent = all. */
  readonly vcpus?: readonly number[] | undefined;
  /** The entry. Absent = all. */
  readonly irte?:
    | {
        /** Its PCI segment. */
        readonly segment: number;
        /** Bus, device and function. */
        readonly devid: number;
        /** The index of the entry in the device's table. */
        readonly index: number;
      }
    | undefined;
}

/** An SQL expression of the seq of each event that changed a list. All values in it are numbers of ours. */
export function linkEvents({ id }: Recording, filter: LinkFilter): string {
  const where = [`recording_id = ${id}`, ...conditionsOf(filter)].join(" AND ");
  return `SELECT from_seq FROM link_interval WHERE ${where}
    UNION SELECT to_seq FROM link_interval WHERE ${where} AND to_seq IS NOT NULL`;
}

function conditionsOf({ vcpus, irte }: LinkFilter): readonly string[] {
  return [
    ...(vcpus === undefined ? [] : [`vcpu IN (${vcpus.join(", ")})`]),
    ...(irte === undefined
      ? []
      : [`devid = ${irte.devid} AND irte_index = ${irte.index} AND segment = ${irte.segment}`]),
  ];
}

interface Row {
  readonly segment: number;
  readonly devid: number;
  readonly irte_index: number;
  readonly vm_id: number | null;
  readonly vm_name: string | null;
  readonly vcpu_id: number;
  readonly from_seq: number;
}

/** What the event `seq`, of the kind `kind`, did to lists; those that left come first. */
export function linkChanges(
  sqlite: Database.Database,
  { id }: Recording,
  { seq, kind }: { readonly seq: number; readonly kind: string },
): readonly LinkChange[] {
  return sqlite
    .prepare<unknown[], Row>(
      `SELECT i.segment, i.devid, i.irte_index, vm.vm_id, vm.name AS vm_name, vcpu.vcpu_id, i.from_seq
       FROM link_interval AS i JOIN vcpu ON vcpu.id = i.vcpu JOIN vm ON vm.id = vcpu.vm
       WHERE i.recording_id = ? AND (i.from_seq = ? OR i.to_seq = ?)
       ORDER BY i.from_seq = ?, i.devid, i.irte_index`,
    )
    .all(id, seq, seq, seq)
    .map((row) => ({
      irte: irteName(row.segment, row.devid, row.irte_index),
      vcpu: row.vm_id === null ? null : vcpuName(row.vm_id, row.vcpu_id),
      vm_name: row.vm_name,
      change: row.from_seq === seq ? "joined" : kind === "events_lost" ? "lost" : "left",
    }));
}
