// The first moment at which a test of one entity holds. Fields that intervals have are read from them, in
// order: exact, whatever comes and goes. Others are bisected, as `git bisect` does, in O(log n) states:
// right where what becomes true stays true.

import { type Seq } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { parseIrteName, parseVcpuName } from "../../domain/values/names.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type AtDocument } from "../document/document.js";
import { type Range } from "../subject/span.js";
import { holds, type FieldValue, type Test } from "./predicate.js";

/** The entity that is tested: exactly one of an IRTE's name, a vCPU's name and a VM's avic vm_id. */
export interface FirstSubject {
  /** An IRTE, as `SSSS:BB:DD.F/INDEX`. Absent = another entity is tested. */
  readonly irte?: string | undefined;
  /** A vCPU, as `vmN/vcpuM`. Absent = another entity is tested. */
  readonly vcpu?: string | undefined;
  /** A VM's avic vm_id. Absent = another entity is tested. */
  readonly vm_id?: number | undefined;
}

/** What was found, and how sure it is. */
export interface FirstResult {
  /** inconclusive: the tests may have held earlier, while a value was not known or events were lost. */
  readonly verdict: "found" | "never" | "inconclusive";
  /** How it was looked for: interval by interval, by halving, or among the findings of `check`. */
  readonly method: "intervals" | "bisect" | "check";
  /** The first event after which the tests are known to hold; null = there is none. */
  readonly seq: Seq | null;
  /** If inconclusive: the first event after which the tests may have held; else null. */
  readonly maybe_seq: Seq | null;
  /** How many intervals, states or findings were looked at. */
  readonly looked_at: number;
}

/** What is an integer in a view and is written otherwise in the document. */
const FLAGS = "valid is_run ga_log_intr avic_active is_running in_flight".split(" ");
const HEX = ["ga_root_ptr"];

const IRTE_FIELDS =
  "irte lo hi mode valid vector destination is_run ga_log_intr ga_tag ga_root_ptr vm_id vcpu cause source";
/** Fields of an IRTE that are told by the intervals of its fates. */
const FATE_FIELDS = "irte fate path in_flight";
const VCPU_FIELDS = "run_state pcpu avic_active is_running ga_log_intr";

/**
 * Looks at the intervals of an IRTE or a vCPU, in order: exact. null = the intervals lack a field of the tests,
 * or the entity is a VM.
 */
export function firstInIntervals(
  sqlite: Database.Database,
  { id }: Recording,
  tests: readonly Test[],
  { irte, vcpu }: FirstSubject,
  range: Range,
): FirstResult | null {
  const isIn = (fields: string): boolean =>
    tests.every(({ field }) => fields.split(" ").includes(field));
  const rows =
    irte !== undefined
      ? isIn(IRTE_FIELDS)
        ? irteRows(sqlite, id, irte)
        : isIn(FATE_FIELDS)
          ? fateRows(sqlite, id, irte)
          : null
      : vcpu !== undefined && isIn(VCPU_FIELDS)
        ? vcpuRows(sqlite, id, vcpu)
        : null;
  if (rows === null) return null;
  const born = sqlite
    .prepare<[number], number>(
      "SELECT kind IN ('irte_allocated', 'vcpu_created') FROM v_event WHERE seq = ?",
    )
    .pluck();
  return walk(withHoles([...rows]), tests, range, {
    lost: lostSpans(sqlite, id),
    isBirth: (seq) => born.get(seq) === 1,
  });
}

/** What else the answer rests on. */
interface Ground {
  readonly lost: readonly Range[];
  /** Did the entity come into being with this event? */
  readonly isBirth: (seq: number) => boolean;
}

type Row = Readonly<Record<string, string | number | null>> & {
  readonly from_seq: number;
  readonly to_seq: number | null;
};

function irteRows(sqlite: Database.Database, id: number, name: string): Iterable<Row> {
  const { devid, index } = parseIrteName(name) ?? { devid: -1, index: -1 };
  return sqlite
    .prepare<[number, number, number, string], Row>(
      `SELECT *, printf('0x%016x', lo) AS lo, printf('0x%016x', hi) AS hi,
         'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu
       FROM v_irte WHERE recording_id = ? AND devid = ? AND irte_index = ? AND irte = ?
       ORDER BY from_seq`,
    )
    .iterate(id, devid, index, name);
}

/** A fate that is not known is NULL here. */
function fateRows(sqlite: Database.Database, id: number, name: string): Iterable<Row> {
  return sqlite
    .prepare<[number, string], Row>(
      `SELECT irte, nullif(fate, 'unknown') AS fate, path, in_flight, from_seq, to_seq
       FROM v_fate WHERE recording_id = ? AND irte = ? ORDER BY from_seq`,
    )
    .iterate(id, name);
}

function vcpuRows(sqlite: Database.Database, id: number, name: string): Iterable<Row> {
  const { vm_id, vcpu_id } = parseVcpuName(name) ?? { vm_id: -1, vcpu_id: -1 };
  return sqlite
    .prepare<[number, number, number], Row>(
      "SELECT * FROM v_vcpu WHERE recording_id = ? AND vm_id = ? AND vcpu_id = ? ORDER BY from_seq",
    )
    .iterate(id, vm_id, vcpu_id);
}

function lostSpans(sqlite: Database.Database, id: number): readonly Range[] {
  return sqlite
    .prepare<[number], Range>(
      `SELECT coalesce(from_seq, 0) AS "from", to_seq AS "to" FROM v_gap
       WHERE recording_id = ? AND cpu IS NOT NULL ORDER BY to_seq`,
    )
    .all(id);
}

/** Where the rows leave a span out, nothing is known. */
function withHoles(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row, i) => {
    const next = rows[i + 1]?.from_seq ?? Infinity;
    if (row.to_seq === null || row.to_seq >= next) return [row];
    const to_seq = next === Infinity ? null : next;
    return [row, { from_seq: row.to_seq, to_seq, mode: "unknown", run_state: "unknown" }];
  });
}

/** A value of a view's row as the document has it: what is NULL there for want of knowledge is unknown. */
function valueOf(row: Row, field: string): FieldValue {
  const value = row[field];
  if (value === "unknown" || row["mode"] === "unknown" || row["run_state"] === "unknown")
    return isTold(row, field) ? documented(field, value) : undefined;
  if (value !== null && value !== undefined) return documented(field, value);
  if (!("mode" in row)) {
    // Of a vCPU only the CPU can be none: where it is known not to be on one.
    return field === "pcpu" && row["run_state"] !== "running" ? null : undefined;
  }
  if (row["source"] === "predicted" && row["mode"] !== "free") return undefined;
  // The cause of a write that no probe shows, and the vCPU of a tag that cannot be read.
  const isOpen = field === "cause" || (row["mode"] === "posted" && /^(vm_id|vcpu)$/.test(field));
  return isOpen ? undefined : null;
}

/** Other fields of a vCPU whose state is not known can be known; those of an entry without bits cannot. */
function isTold(row: Row, field: string): boolean {
  return !("mode" in row) && field !== "run_state" && row[field] != null;
}

function documented(field: string, value: string | number | null | undefined): FieldValue {
  if (value === null || value === undefined) return undefined;
  if (FLAGS.includes(field)) return value === 1;
  return HEX.includes(field) ? `0x${value.toString(16)}` : value;
}

function walk(
  rows: readonly Row[],
  tests: readonly Test[],
  { from, to }: Range,
  { lost, isBirth }: Ground,
): FirstResult {
  let looked_at = 0;
  const gap = lost.find((each) => each.to > from && each.from <= to);
  let maybe: number | null = gap === undefined ? null : Math.max(from, gap.from);
  // Before its first interval nothing is known of the entity, unless it came into being with that.
  const begins = rows[0]?.from_seq ?? Infinity;
  const isFalseBefore = holds(tests, (field) => (field === "mode" ? "free" : null)) === false;
  if (begins > from && !(isFalseBefore && isBirth(begins))) maybe = from;
  for (const row of rows) {
    if (row.from_seq > to) break;
    if (row.to_seq !== null && row.to_seq <= from) continue;
    looked_at++;
    const seq = Math.max(from, row.from_seq);
    const truth = holds(tests, (field) => valueOf(row, field));
    if (truth === true) return result("intervals", seq, maybe, looked_at);
    if (truth === null) maybe = Math.min(maybe ?? seq, seq);
  }
  return result("intervals", null, maybe, looked_at);
}

function result(
  method: FirstResult["method"],
  seq: number | null,
  maybe: number | null,
  looked_at: number,
): FirstResult {
  const isOpen = maybe !== null && (seq === null || maybe < seq);
  const verdict = isOpen ? "inconclusive" : seq === null ? "never" : "found";
  return { verdict, method, seq, maybe_seq: isOpen ? maybe : null, looked_at };
}

/**
 * Looks at O(log n) states by halving: right if the tests stay true once they are. `stateAt` gives the document
 * of `at` after an event, narrowed to the entity.
 */
export function firstByBisect(
  tests: readonly Test[],
  subject: FirstSubject,
  { from, to }: Range,
  stateAt: (seq: number) => AtDocument,
): FirstResult {
  const truths = new Map<number, boolean | null>();
  const truthAt = (seq: number): boolean | null => {
    let truth = truths.get(seq);
    if (truth === undefined) {
      truth = truthOf(tests, subject, stateAt(seq));
      truths.set(seq, truth);
    }
    return truth;
  };
  const firstTrue = bisect(from, to, (seq) => truthAt(seq) === true);
  // Up to there (or to the end), from when on is it not known to be false?
  const firstOpen = bisect(from, firstTrue ?? to, (seq) => truthAt(seq) !== false);
  // What does not hold at the end may have held before: no one looked at each state.
  if (firstTrue === null) return result("bisect", null, firstOpen ?? from, truths.size);
  return result("bisect", firstTrue, firstOpen === firstTrue ? null : firstOpen, truths.size);
}

/** The least number in from..to for which `is` holds, if it holds from there on; null = not at `to`. */
function bisect(from: number, to: number, is: (seq: number) => boolean): number | null {
  if (!is(to)) return null;
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Do the tests hold in a document? null = not known; so is an entity that is not there yet. */
function truthOf(
  tests: readonly Test[],
  { irte, vcpu }: FirstSubject,
  document: AtDocument,
): boolean | null {
  const [list, entities] =
    irte !== undefined
      ? (["irtes", document.irtes] as const)
      : vcpu !== undefined
        ? (["vcpus", document.vcpus] as const)
        : (["vms", document.vms] as const);
  const entity = entities[0] as Readonly<Record<string, FieldValue>> | undefined;
  if (entity === undefined || document.inconclusive) return null;
  const unknown = new Set(document.unknown.map(({ path }) => path));
  return holds(tests, (field) =>
    unknown.has(`${list}[0].${field}`) || entity[field] === "unknown"
      ? undefined
      : (entity[field] ?? null),
  );
}
