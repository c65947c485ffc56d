// Whether an entity is known at a moment within a span of lost events, or behind the last line about a VM that ended unseen:
// else its value may have changed.

import type Database from "better-sqlite3";
import { integerOf, type EntityKind } from "../../domain/fold/frame-layout.js";
import { irteOfKey } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";

const OF_IRTE = "devid = ? AND irte_index = ? AND segment = ?";

/** The row of the interval that begins at an event, by what it is of. */
const KNOWN_SQL: Readonly<Record<EntityKind, string>> = {
  irte: `SELECT known_to_seq FROM irte_interval WHERE ${OF_IRTE} AND from_seq = ?`,
  vcpu: "SELECT known_to_seq FROM vcpu_interval WHERE vcpu = ? AND from_seq = ?",
  route: "SELECT known_to_seq FROM route_interval WHERE vm = ? AND gsi = ? AND from_seq = ?",
  link: `SELECT known_to_seq FROM link_interval WHERE ${OF_IRTE} AND from_seq = ?`,
};

/** Is the entity of these key words (frame-layout.ts), which is so since event `since`, known after event `seq`? */
export function isKnownAt(
  sqlite: Database.Database,
  kind: EntityKind,
  key: Int32Array,
  { since, seq }: { readonly since: number; readonly seq: number },
): boolean {
  const row = prepared<number[], { readonly known_to_seq: number | null }>(
    sqlite,
    KNOWN_SQL[kind],
  ).get(...subjectOf(kind, key), since);
  const known = row?.known_to_seq ?? null;
  return known === null || seq < known;
}

/** What was found of complete recordings, whose VMs are there once and for all. */
const found = new WeakMap<Database.Database, Map<number, boolean>>();

/** Had several VMs of a recording one address? */
export function sharesAddresses(
  sqlite: Database.Database,
  { id, state }: Pick<Recording, "id" | "state">,
): boolean {
  const known = found.get(sqlite)?.get(id);
  if (known !== undefined) return known;
  const sql = "SELECT 1 FROM vm WHERE recording_id = ? GROUP BY kvm HAVING count(*) > 1 LIMIT 1";
  const shares = prepared<[number], unknown>(sqlite, sql).get(id) !== undefined;
  if (state !== "complete") return shares;
  const all = found.get(sqlite) ?? new Map<number, boolean>();
  found.set(sqlite, all.set(id, shares));
  return shares;
}

function subjectOf(kind: EntityKind, [first = 0, second = 0, third = 0]: Int32Array): number[] {
  if (kind === "vcpu") return [first];
  if (kind === "route") return [first, integerOf(second, third)];
  const { devid, index, segment } = irteOfKey(integerOf(first, second));
  return [devid, index, segment];
}
