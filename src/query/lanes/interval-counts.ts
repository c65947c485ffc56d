// How many intervals entities have: from packs, or counted where there are none.

import { irteOfKey } from "../../domain/values/ids.js";
import { type PackKind } from "../../projections/pack.js";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";
import { packHeads, packsThere } from "./packs.js";

/** An entry, and how many intervals it has. */
export interface CountedEntry {
  /** The PCI segment. */
  readonly segment: number;
  /** The requester ID. */
  readonly devid: number;
  /** The index in its table. */
  readonly irte_index: number;
  /** How many. */
  readonly changes: number;
}

/** The entries of a recording in their order, with the intervals of what is known of them. */
export function countedEntries(source: LaneSource): readonly CountedEntry[] {
  const table = entryTable(source);
  const packed = table === "irte_interval" ? packedEntries(source, "irte_rows") : null;
  return packed ?? entriesIn(source, table);
}

/** The table with the intervals of entries: of a recording without a write those that the rules predict. */
export function entryTable({
  sqlite,
  recording,
}: LaneSource): "irte_interval" | "irte_predicted_interval" {
  const isPredicted =
    prepared<[number], number>(sqlite, "SELECT 1 FROM prediction WHERE recording_id = ?")
      .pluck()
      .get(recording.id) === 1;
  return isPredicted ? "irte_predicted_interval" : "irte_interval";
}

/** The entries that were on an ir_list, with their stays there. */
export function countedLinks(source: LaneSource): readonly CountedEntry[] {
  return packedEntries(source, "link_rows") ?? entriesIn(source, "link_interval");
}

function packedEntries(source: LaneSource, kind: PackKind): readonly CountedEntry[] | null {
  if (packsThere(source) === "none") return null;
  return packHeads(source, kind).map(({ subject, changes }) => {
    const { segment, devid, index } = irteOfKey(subject);
    return { segment, devid, irte_index: index, changes };
  });
}

function entriesIn({ sqlite, recording }: LaneSource, table: string): readonly CountedEntry[] {
  const sql = `SELECT segment, devid, irte_index, count(*) AS changes
    FROM ${table} WHERE recording_id = ? GROUP BY devid, irte_index, segment ORDER BY segment, devid, irte_index`;
  return prepared<[number], CountedEntry>(sqlite, sql).all(recording.id);
}

/** A vCPU, and how many intervals it has. */
export interface CountedVcpu {
  /** The number of its VM; null = not known. */
  readonly vm_id: number | null;
  /** The own name of its VM. */
  readonly vm_name: string | null;
  /** Its number; null = the VM has none. */
  readonly vcpu_id: number | null;
  /** How many. */
  readonly changes: number;
}

interface VcpuRow extends Omit<CountedVcpu, "changes"> {
  /** The row of the vCPU; null = the VM has none. */
  readonly vcpu: number | null;
}

const VCPU_ROWS_SQL = `SELECT vm.vm_id, vm.name AS vm_name, vcpu.vcpu_id, vcpu.id AS vcpu
  FROM vm LEFT JOIN vcpu ON vcpu.vm = vm.id WHERE vm.recording_id = ?
  ORDER BY vm.vm_id IS NULL, vm.vm_id, vcpu.vcpu_id, vm.id`;

const VCPU_COUNTS_SQL = `SELECT vcpu AS subject, count(*) AS changes FROM vcpu_interval
  WHERE recording_id = ? GROUP BY vcpu`;

/** VMs and vCPUs in their order. What has the same number, because it was given away twice, counts as one. */
export function countedVcpus(source: LaneSource): readonly CountedVcpu[] {
  const { sqlite, recording } = source;
  const isPacked = packsThere(source) !== "none";
  const heads = isPacked
    ? packHeads(source, "vcpu_rows")
    : prepared<[number], { subject: number; changes: number }>(sqlite, VCPU_COUNTS_SQL).all(
        recording.id,
      );
  const counts = new Map(heads.map(({ subject, changes }) => [subject, changes]));
  const found: {
    vm_id: number | null;
    vm_name: string | null;
    vcpu_id: number | null;
    changes: number;
  }[] = [];
  for (const { vcpu, ...row } of prepared<[number], VcpuRow>(sqlite, VCPU_ROWS_SQL).all(
    recording.id,
  )) {
    const changes = vcpu === null ? 0 : (counts.get(vcpu) ?? 0);
    const before = found.at(-1);
    if (before?.vm_id === row.vm_id && before.vcpu_id === row.vcpu_id) before.changes += changes;
    else found.push({ ...row, changes });
  }
  return found;
}

/** A host CPU, and how many intervals it has. */
export interface CountedCpu {
  /** Its number. */
  readonly pcpu: number;
  /** How many. */
  readonly changes: number;
}

const CPUS_SQL = `SELECT pcpu, count(*) AS changes FROM vcpu_interval
  WHERE recording_id = ? AND run_state = 1 AND pcpu >= 0 GROUP BY pcpu ORDER BY pcpu`;

/** The CPUs on which vCPUs ran, in their order. */
export function countedCpus(source: LaneSource): readonly CountedCpu[] {
  const { sqlite, recording } = source;
  if (packsThere(source) === "whole")
    return packHeads(source, "cpu").map(({ subject, changes }) => ({ pcpu: subject, changes }));
  return prepared<[number], CountedCpu>(sqlite, CPUS_SQL).all(recording.id);
}

const ROUTE_COUNTS = {
  packed: `SELECT vm.vm_id, sum(i.changes) AS changes FROM lane_pack AS i JOIN vm ON vm.id = i.subject
    WHERE i.recording_id = ? AND i.kind = 'route_rows' AND vm.vm_id IS NOT NULL GROUP BY vm.vm_id`,
  counted: `SELECT vm.vm_id, count(*) AS changes FROM route_interval AS i JOIN vm ON vm.id = i.vm
    WHERE i.recording_id = ? AND vm.vm_id IS NOT NULL GROUP BY vm.vm_id`,
} as const;

/** How many intervals the routes of VMs have, by `vmN`. */
export function countedRoutes(source: LaneSource): ReadonlyMap<string, number> {
  const sql = ROUTE_COUNTS[packsThere(source) === "none" ? "counted" : "packed"];
  return new Map(
    prepared<[number], { vm_id: number; changes: number }>(source.sqlite, sql)
      .all(source.recording.id)
      .map(({ vm_id, changes }) => [`vm${vm_id}`, changes]),
  );
}

/** How many texts users wrote. */
export function countedMarkers(source: LaneSource): number {
  const { sqlite, recording } = source;
  if (packsThere(source) !== "none") return packHeads(source, "marker")[0]?.changes ?? 0;
  const { id, firstSeq, lastSeq } = recording;
  const sql = "SELECT count(*) FROM marker WHERE recording_id = ? AND seq BETWEEN ? AND ?";
  return (
    prepared<number[], number>(sqlite, sql)
      .pluck()
      .get(id, firstSeq, lastSeq ?? 0) ?? 0
  );
}
