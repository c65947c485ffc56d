// Up to where the values of a VM are known whose address another one has later, though no line shows its end: a dump has shown
// it, or lines were lost. It was gone at some moment behind the last line about it.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { type Recording } from "../read/recordings.js";

/** RunState "freed" as `vcpu_interval.run_state` has it (v_vcpu). */
const FREED = 4;

const REPLACED = `SELECT v.id FROM vm AS v WHERE v.recording_id = :id
  AND EXISTS (SELECT 1 FROM vm AS other WHERE other.recording_id = v.recording_id AND other.kvm = v.kvm AND other.id > v.id)
  AND (EXISTS (SELECT 1 FROM vcpu JOIN vcpu_interval AS i ON i.vcpu = vcpu.id
      WHERE vcpu.vm = v.id AND i.run_state IS NOT ${FREED})
    OR EXISTS (SELECT 1 FROM route_interval AS r WHERE r.vm = v.id))`;

const LAST_LINES = `SELECT vm, max(seq) AS seq, max(kind = ${KIND.vm_destroyed}) AS destroyed FROM event
  WHERE seq >= (SELECT first_seq FROM recording WHERE id = :id) AND line > 0 AND vm IN (SELECT value FROM json_each(:vms)) GROUP BY vm`;

/**
 * Of a VM that only a dump shows nothing is known; of another one what was so up to the last line about it. What ends
 * behind that line was ended by lost events, or by its end.
 */
const noteSql = (table: string, ofVm: string): string => `UPDATE ${table}
  SET known_to_seq = max(from_seq, min(coalesce(known_to_seq, :last), :last))
  WHERE ${ofVm} AND (to_seq IS NULL OR to_seq > :last)`;

const OF_VCPU = "vcpu IN (SELECT id FROM vcpu WHERE vm = :vm)";
const NOTES = [
  noteSql("vcpu_interval", OF_VCPU),
  noteSql("link_interval", OF_VCPU),
  noteSql("route_interval", "vm = :vm"),
];

/** Notes for each interval of such VMs where it is known no more. The caller holds the transaction. */
export function noteReplaced(sqlite: Database.Database, { id }: Pick<Recording, "id">): void {
  const vms = sqlite.prepare<{ id: number }, number>(REPLACED).pluck().all({ id });
  if (vms.length === 0) return;
  const lines = sqlite
    .prepare<{ id: number; vms: string }, { vm: number; seq: number; destroyed: number }>(
      LAST_LINES,
    )
    .all({ id, vms: JSON.stringify(vms) });
  const lastOf = new Map(lines.map((line) => [line.vm, line]));
  for (const vm of vms) {
    const { seq: last = 0, destroyed = 0 } = lastOf.get(vm) ?? {};
    if (destroyed === 0) for (const sql of NOTES) sqlite.prepare(sql).run({ vm, last });
  }
}
