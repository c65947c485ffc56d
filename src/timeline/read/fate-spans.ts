// The spans of v_fate up to a moment, each as it ends: one pass over the changes, in the order in which they are stored. The
// view sorts them by entry, and looks two times of events up for each.

import type Database from "better-sqlite3";
import { type Fate } from "../../domain/platform/fate.js";
import { irteKey, type IrteKey, type Seq } from "../../domain/values/ids.js";
import { stampToBigint } from "../../base/stamp.js";
import { prepared } from "../store/sql.js";
import { columnsOf, numberIn, selectColumns, type ColumnsOf } from "./columns.js";
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

/** What became of an interrupt in some cases. */
interface Verdict {
  readonly id: number;
  readonly fate: Fate;
  /** 0, 1, or IN_FLIGHT_UNKNOWN. */
  readonly in_flight: number;
}

/** A case, and the entry that is so. */
interface Case {
  readonly key: IrteKey;
  readonly verdict: Verdict;
  /** 0 = none, or not known. */
  readonly vcpu: number;
  readonly isNamed: boolean;
}

/** An entry has a fate from this event on. */
interface Begun {
  readonly of: Case;
  readonly seq: Seq;
  readonly time: bigint;
  readonly kind: number;
}

/** Rows of one answer: few enough that they are garbage before the collector has moved them. */
const ROWS = 2048;

// CROSS JOIN: SQLite keeps the order of the tables, and so that of the rows, by which the next ones are found.
const CASES = selectColumns(
  {
    id: "of.id",
    segment: "of.segment",
    devid: "of.devid",
    index: "of.irte_index",
    verdict: "facts.fate_verdict",
    vcpu: "of.vcpu",
    named: "vm.vm_id IS NOT NULL",
  },
  `FROM (SELECT * FROM fate_case WHERE recording_id = ? AND id > ? ORDER BY id LIMIT ${ROWS}) AS of
  CROSS JOIN fate_facts AS facts ON facts.recording_id = of.recording_id AND facts.id = of.fate_facts
  LEFT JOIN vcpu ON vcpu.id = of.vcpu LEFT JOIN vm ON vm.id = vcpu.vm`,
);
type CaseColumns = ColumnsOf<typeof CASES>;

const CHANGES = selectColumns(
  {
    id: "change.id",
    number: "change.fate_case",
    seq: "e.seq",
    kind: "e.kind",
    billions: "e.time_ns / 1000000000",
    rest: "e.time_ns % 1000000000",
  },
  `FROM (SELECT id, fate_case FROM fate_change
    WHERE recording_id = ? AND id >= ? AND id < ? ORDER BY id LIMIT ${ROWS}) AS change
  CROSS JOIN event AS e ON e.seq = change.id / ${CHANGES_PER_EVENT_MAX}`,
);

/** The spans that began up to event `seq`; `time`: the time at which those end that go on behind it. */
export function* fateSpans(
  sqlite: Database.Database,
  { id, firstSeq }: Recording,
  { seq, time }: { readonly seq: Seq; readonly time: bigint },
): Generator<FateSpan> {
  const cases = casesOf(sqlite, id);
  const open = new Map<IrteKey, Begun>();
  for (const begun of changesUpTo(sqlite, cases, { id, firstSeq, seq })) {
    const { key } = begun.of;
    const before = open.get(key);
    if (before !== undefined && isSame(before.of, begun.of)) continue;
    if (before !== undefined) yield spanOf(before, begun.time < time ? begun.time : time);
    open.set(key, begun);
  }
  for (const begun of open.values()) yield spanOf(begun, time);
}

/** The changes of a recording up to event `seq`, in order. */
function* changesUpTo(
  sqlite: Database.Database,
  cases: ReadonlyMap<number, Case>,
  { id, firstSeq, seq }: Pick<Recording, "id" | "firstSeq"> & { readonly seq: Seq },
): Generator<Begun> {
  const end = (seq + 1) * CHANGES_PER_EVENT_MAX;
  for (let next = firstSeq * CHANGES_PER_EVENT_MAX; next < end;) {
    const rows = columnsOf(sqlite, CHANGES, id, next, end);
    for (let row = 0; row < rows.id.length; row++) {
      const of = cases.get(numberIn(rows.number, row));
      const stamp = { billions: numberIn(rows.billions, row), rest: numberIn(rows.rest, row) };
      if (of === undefined) continue;
      const [at, kind] = [numberIn(rows.seq, row), numberIn(rows.kind, row)];
      yield { of, seq: at, time: stampToBigint(stamp), kind };
    }
    next = (rows.id.at(-1) ?? end) + 1;
  }
}

/** The same fate of the same vCPU goes on. */
function isSame(a: Case, b: Case): boolean {
  return a.verdict === b.verdict && a.vcpu === b.vcpu;
}

function spanOf({ of, seq, time, kind }: Begun, end: bigint): FateSpan {
  const { key, isNamed } = of;
  const { fate, in_flight } = of.verdict;
  return {
    ...{ key, fate, seq, time, kind, isNamed },
    isInFlight: in_flight === IN_FLIGHT_UNKNOWN ? null : in_flight === 1,
    length: end - time,
  };
}

/** The cases of a recording, by their numbers. */
function casesOf(sqlite: Database.Database, id: number): ReadonlyMap<number, Case> {
  const verdicts = verdictsOf(sqlite, id);
  const cases = new Map<number, Case>();
  for (let last: number | null = 0; last !== null;) {
    const rows: CaseColumns = columnsOf(sqlite, CASES, id, last);
    for (let row = 0; row < rows.id.length; row++) {
      const verdict = verdicts.get(numberIn(rows.verdict, row));
      if (verdict === undefined) continue;
      const isKnown = verdict.fate !== "unknown";
      cases.set(numberIn(rows.id, row), {
        key: irteKey(
          numberIn(rows.segment, row),
          numberIn(rows.devid, row),
          numberIn(rows.index, row),
        ),
        verdict,
        vcpu: isKnown ? numberIn(rows.vcpu, row) : 0,
        isNamed: isKnown && rows.named[row] === 1,
      });
    }
    last = rows.id.at(-1) ?? null;
  }
  return cases;
}

function verdictsOf(sqlite: Database.Database, id: number): ReadonlyMap<number, Verdict> {
  const rows = prepared<[number], Verdict>(
    sqlite,
    "SELECT id, fate, in_flight FROM fate_verdict WHERE recording_id = ?",
  ).all(id);
  return new Map(rows.map((row) => [row.id, row]));
}
