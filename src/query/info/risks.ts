// For how long a device's interrupt could have been lost or late, how often, and when last; and how long kernel functions
// left entries in flight.

import type Database from "better-sqlite3";
import { type InterruptVerdict } from "../../domain/platform/interrupt.js";
import { type IrteName, type Seq, type TimeText } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Moment } from "../subject/when.js";

/** Spans in which something was so. Times are in the recording's clock unit, as text. */
export interface FateWindows {
  /** How many spans. */
  readonly times: number;
  /** How long they lasted together. */
  readonly total_ns: TimeText;
  /** How long the longest lasted. */
  readonly longest_ns: TimeText;
  /** The event at which the last one began; null = there was none. */
  readonly last_seq: Seq | null;
  /** The time of that event. */
  readonly last_ns: TimeText | null;
}

/** What could have become of the interrupts of one entry, and what became of those that the recording shows. */
export interface InterruptRisk {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /**
   * One could have been lost: it would have woken nobody, or gone to freed memory, or to another vCPU or vector than the
   * route says. An interrupt that is not requested, and so refused or without a handler, is not counted.
   */
  readonly lost: FateWindows;
  /** One could have been late: it would have waited for the vCPU's next entry or exit. */
  readonly late: FateWindows;
  /** How many interrupts the recording shows of which this is said; a verdict that none has is left out. */
  readonly shown: Readonly<Partial<Record<InterruptVerdict, number>>>;
}

/** Spans in which entries were in flight, by what they began with. */
export interface InFlightSpans {
  /** The kind of the event that began them. */
  readonly kind: string;
  /** How many there are, one for each entry. */
  readonly times: number;
  /** How long the longest lasted. */
  readonly longest_ns: TimeText;
  /** The event at which the longest began. */
  readonly seq: Seq;
  /** The entry of the longest. */
  readonly irte: IrteName;
}

interface WindowRow {
  readonly irte: string;
  readonly posts: number;
  readonly lost: number;
  readonly lost_total: string;
  readonly lost_longest: string;
  readonly lost_seq: number | null;
  readonly lost_ns: string | null;
  readonly late: number;
  readonly late_total: string;
  readonly late_longest: string;
  readonly late_seq: number | null;
  readonly late_ns: string | null;
}

const LOST = "settled AND fate IN ('lost wake-up', 'freed memory', 'misdirected')";
const LATE = "settled AND fate = 'pending'";

function windows(name: string, where: string): string {
  return `count(*) FILTER (WHERE ${where}) AS ${name},
    cast(coalesce(sum(span) FILTER (WHERE ${where}), 0) AS text) AS ${name}_total,
    cast(coalesce(max(span) FILTER (WHERE ${where}), 0) AS text) AS ${name}_longest,
    max(from_seq) FILTER (WHERE ${where}) AS ${name}_seq,
    cast(max(from_ns) FILTER (WHERE ${where}) AS text) AS ${name}_ns`;
}

/** Fates that began up to a moment; what goes on behind it ends there. */
const SPANS = `SELECT irte, fate, from_seq, from_ns, in_flight, in_flight = 0 AS settled, vm_id,
    min(coalesce(to_ns, @ns), @ns) - from_ns AS span
  FROM v_fate WHERE recording_id = @id AND from_seq <= @seq`;

const RISKS = `SELECT irte, count(vm_id) AS posts, ${windows("lost", LOST)}, ${windows("late", LATE)}
  FROM (${SPANS}) GROUP BY irte ORDER BY irte`;

const SHOWN = `SELECT irte, verdict, count(*) AS count FROM v_interrupt
  WHERE recording_id = @id AND id <= @seq AND irte IS NOT NULL GROUP BY irte, verdict ORDER BY irte, verdict`;

const IN_FLIGHT = `SELECT kind, times, cast(span AS text) AS longest_ns, from_seq AS seq, irte FROM (
    SELECT k.name AS kind, f.irte, f.from_seq, f.span, count(*) OVER (PARTITION BY e.kind) AS times,
      row_number() OVER (PARTITION BY e.kind ORDER BY f.span DESC, f.from_seq, f.irte) AS place
    FROM (${SPANS} AND in_flight = 1) AS f CROSS JOIN event AS e ON e.seq = f.from_seq
    JOIN event_kind AS k ON k.id = e.kind
  ) WHERE place = 1 ORDER BY span DESC, kind`;

/** What could have become of each entry's interrupts up to a moment, in the order of their names. */
export function risksOf(
  sqlite: Database.Database,
  { id }: Recording,
  { seq, time }: Moment,
): readonly InterruptRisk[] {
  const at = { id, seq, ns: time };
  const shown = new Map<string, Partial<Record<InterruptVerdict, number>>>();
  const counts = sqlite
    .prepare<[typeof at], { irte: string; verdict: InterruptVerdict; count: number }>(SHOWN)
    .all(at);
  for (const { irte, verdict, count } of counts)
    shown.set(irte, { ...shown.get(irte), [verdict]: count });
  return sqlite
    .prepare<[typeof at], WindowRow>(RISKS)
    .all(at)
    .filter(({ irte, posts, lost, late }) => posts + lost + late > 0 || shown.has(irte))
    .map((row) => ({ ...riskOf(row), shown: shown.get(row.irte) ?? {} }));
}

function riskOf(row: WindowRow): Omit<InterruptRisk, "shown"> {
  return {
    irte: row.irte,
    lost: {
      times: row.lost,
      total_ns: row.lost_total,
      longest_ns: row.lost_longest,
      last_seq: row.lost_seq,
      last_ns: row.lost_ns,
    },
    late: {
      times: row.late,
      total_ns: row.late_total,
      longest_ns: row.late_longest,
      last_seq: row.late_seq,
      last_ns: row.late_ns,
    },
  };
}

/** The longest spans in which entries were in flight, of each kind of event that they began with; the longest first. */
export function inFlightOf(
  sqlite: Database.Database,
  { id }: Recording,
  { seq, time }: Moment,
): readonly InFlightSpans[] {
  const at = { id, seq, ns: time };
  return sqlite.prepare<[typeof at], InFlightSpans>(IN_FLIGHT).all(at);
}
