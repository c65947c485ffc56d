// The spans of v_fate up to a moment, each as it ends: one pass over the changes, in the order in which they are stored. The
// view sorts them by entry, and looks two times of events up for each.

import type Database from "better-sqlite3";
import { type Fate } from "../../domain/platform/fate.js";
import { irteKey, type IrteKey, type Seq } from "../../domain/values/ids.js";
import { CHANGES_PER_EVENT_MAX, IN_FLIGHT_UNKNOWN } from "../store/fate-rows.js";
import { type Recording } from "./recordings.js";

/** An entry had one fate from one event on. */
export interface FateSpan {
  /** The entry. */
  readonly key: IrteKey;
  /** What would have become of an interrupt. */
  readonly fate: Fate;
  /** Was a kernel function at work on it? null = not known. */
  readonly isInFlight: boolean | null;
  /** Did it post to a vCPU of a VM whose avic_vm_id is known? */
  readonly isNamed: boolean;
  /** The event with which it began. */
  readonly seq: Seq;
  /** The time of that event. */
  readonly time: bigint;
  /** The code of that event's kind. */
  readonly kind: number;
  /** How long it lasted, up to the moment at most. */
  readonly length: bigint;
}

interface CaseRow {
  readonly id: number;
  readonly segment: number;
  readonly devid: number;
  readonly irte_index: number;
  readonly verdict: number;
  readonly fate: Fate;
  /** 0, 1, or IN_FLIGHT_UNKNOWN. */
  readonly in_flight: number;
  /** 0 = none, or not known. */
  readonly vcpu: number;
  readonly is_named: number;
}

/** A case, and the entry that is so. */
interface Case {
  readonly row: CaseRow;
  readonly key: IrteKey;
}

type Begun = Pick<FateSpan, "seq" | "time" | "kind"> & {
  readonly of: Case;
};

const CASES = `SELECT of.id, of.segment, of.devid, of.irte_index, facts.fate_verdict AS verdict, told.fate, told.in_flight,
    iif(told.fate = 'unknown', 0, coalesce(of.vcpu, 0)) AS vcpu, told.fate <> 'unknown' AND vm.vm_id IS NOT NULL AS is_named
  FROM fate_case AS of
  JOIN fate_facts AS facts ON facts.recording_id = of.recording_id AND facts.id = of.fate_facts
  JOIN fate_verdict AS told ON told.recording_id = facts.recording_id AND told.id = facts.fate_verdict
  LEFT JOIN vcpu ON vcpu.id = of.vcpu LEFT JOIN vm ON vm.id = vcpu.vm
  WHERE of.recording_id = ?`;

const CHANGES = `SELECT e.seq, e.time_ns, e.kind, change.fate_case
  FROM fate_change AS change CROSS JOIN event AS e ON e.seq = change.id / ${CHANGES_PER_EVENT_MAX}
  WHERE change.recording_id = ? AND change.id >= ? AND change.id < ? ORDER BY change.id`;

/** The spans that began up to event `seq`; `time`: the time at which those end that go on behind it. */
export function* fateSpans(
  sqlite: Database.Database,
  { id, firstSeq }: Recording,
  { seq, time }: { readonly seq: Seq; readonly time: bigint },
): Generator<FateSpan> {
  const cases = casesOf(sqlite, id);
  const open = new Map<IrteKey, Begun>();
  const changes = sqlite
    .prepare<number[], [bigint, bigint, bigint, bigint]>(CHANGES)
    .raw()
    .safeIntegers()
    .iterate(id, firstSeq * CHANGES_PER_EVENT_MAX, (seq + 1) * CHANGES_PER_EVENT_MAX);
  for (const [at, now, kind, number] of changes) {
    const of = cases.get(Number(number));
    if (of === undefined) continue;
    const before = open.get(of.key);
    if (before !== undefined && isSame(before.of.row, of.row)) continue;
    if (before !== undefined) yield spanOf(before, now < time ? now : time);
    open.set(of.key, { of, seq: Number(at), time: now, kind: Number(kind) });
  }
  for (const begun of open.values()) yield spanOf(begun, time);
}

/** The same fate of the same vCPU goes on. */
function isSame(a: CaseRow, b: CaseRow): boolean {
  return a.verdict === b.verdict && a.vcpu === b.vcpu;
}

function spanOf({ of, seq, time, kind }: Begun, end: bigint): FateSpan {
  const { fate, in_flight, is_named } = of.row;
  return {
    ...{ key: of.key, fate, seq, time, kind },
    isInFlight: in_flight === IN_FLIGHT_UNKNOWN ? null : in_flight === 1,
    isNamed: is_named === 1,
    length: end - time,
  };
}

function casesOf(sqlite: Database.Database, id: number): ReadonlyMap<number, Case> {
  const cases = new Map<number, Case>();
  for (const row of sqlite.prepare<[number], CaseRow>(CASES).iterate(id))
    cases.set(row.id, { row, key: irteKey(row.segment, row.devid, row.irte_index) });
  return cases;
}
