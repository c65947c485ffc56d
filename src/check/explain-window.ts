// The window in which an entry's interrupts had one fate: what opened it, what closed it, which rule allowed the bits, and
// what the kernel should have done.

import { type RuleId } from "../domain/amd/rules/transitions.js";
import { type WriteDecision } from "./ledger.js";
import type Database from "better-sqlite3";
import { wrapped } from "../base/wrapped.js";
import { KIND } from "../domain/events/kinds.js";
import { SHOULD_BE, type Fate } from "../domain/platform/fate.js";
import { type IrteName, type Seq } from "../domain/values/ids.js";
import { irteName, lineName } from "../domain/values/names.js";
import { TwinError } from "../base/errors.js";
import { log, type LogEntry } from "../query/log/log.js";
import { interruptSaid, type InterruptSaid } from "../query/log/shown-interrupt.js";
import { resolveWhen, timeText } from "../query/subject/when.js";
import { irteOf } from "../query/subject/named.js";
import { platformOf } from "../platforms/registry.js";
import { type Recording } from "../timeline/read/recordings.js";
import { placeOf, subjectsOf } from "./explanation.js";

/** Which window is asked for. */
export interface WindowOptions {
  /** The name of the IRTE. */
  readonly irte: string;
  /** An event within the window. */
  readonly seq: Seq;
}

/** A window in which the fate of an entry's interrupts stayed the same, and what it rests on. */
export interface WindowExplanation {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** What would have become of an interrupt. */
  readonly fate: Fate;
  /** The platform's own word for its way; null = not known. */
  readonly path: string | null;
  /** A kernel function was at work; null = not known. */
  readonly in_flight: boolean | null;
  /** Why the fate was so. */
  readonly reason: string;
  /** The event that opened it: where it was in flight before, the first of the function that did. */
  readonly opened: LogEntry;
  /** The event that closed it; null = it is still open at the end. */
  readonly closed: LogEntry | null;
  /** The last write of the entry before it; null = none was seen. */
  readonly write: LogEntry | null;
  /** What the last check decided of that write; null = it was not checked. */
  readonly verdict: WriteDecision | null;
  /** The rule that the write was judged by; null = none, or not checked. */
  readonly rule: RuleId | null;
  /** The known bugs that the last check found in the entry within the window. */
  readonly bugs: readonly string[];
  /** What the kernel should have done; null = the fate is one that an interrupt may have. */
  readonly should: string | null;
  /** The events that first show an interrupt of the entry within the window. */
  readonly interrupts: readonly Seq[];
  /** What became of each of these interrupts, in the same order. */
  readonly verdicts: readonly InterruptSaid[];
}

interface FateRow {
  readonly fate: Fate;
  readonly path: string | null;
  readonly in_flight: 0 | 1 | null;
  readonly reason: string;
  readonly from_seq: Seq;
  readonly to_seq: Seq | null;
}

/** Explains the window of an entry that an event lies in. Throws ERR_NAME where there is none, and ERR_WHEN for the event of another recording. */
export function explainWindow(
  sqlite: Database.Database,
  recording: Recording,
  { irte, seq }: WindowOptions,
): WindowExplanation {
  resolveWhen(sqlite, recording, { seq });
  const { segment, devid, index } = irteOf(irte);
  const name = irteName(segment, devid, index);
  const { id } = recording;
  const row = sqlite
    .prepare<[number, string, number, number], FateRow>(
      `SELECT fate, path, in_flight, reason, from_seq, to_seq FROM v_fate WHERE recording_id = ? AND irte = ?
         AND from_seq <= ? AND (to_seq IS NULL OR ? < to_seq)`,
    )
    .get(id, name, seq, seq);
  const began = row === undefined ? seq : beginOf(sqlite, recording, name, row);
  const opened = row === undefined ? null : eventAt(sqlite, recording, began);
  if (row === undefined || opened === null)
    throw new TwinError("ERR_NAME", `no fate of ${name} is known at @${seq}`);
  const { fate, path, reason, from_seq, to_seq } = row;
  const last = to_seq ?? (recording.lastSeq ?? from_seq) + 1;
  const write = sqlite
    .prepare<number[], { seq: number; verdict: WriteDecision | null; rule: RuleId | null }>(
      `SELECT e.seq, v.verdict, v.rule FROM event AS e LEFT JOIN write_verdict AS v ON v.seq = e.seq
       WHERE e.devid = ? AND e.irte_index = ? AND coalesce(e.segment, 0) = ? AND e.kind = ? AND e.seq BETWEEN ? AND ?
       ORDER BY e.seq DESC LIMIT 1`,
    )
    .get(devid, index, segment, KIND.irte_written, recording.firstSeq, from_seq);
  const bugs = sqlite
    .prepare<[number, string, number, number], string>(
      `SELECT DISTINCT bug FROM v_finding WHERE recording_id = ? AND irte = ? AND bug IS NOT NULL
         AND seq >= ? AND seq < ? ORDER BY bug`,
    )
    .pluck()
    .all(id, name, began, last);
  const interrupts = sqlite
    .prepare<[number, string, number, number], number>(
      "SELECT id FROM v_interrupt WHERE recording_id = ? AND irte = ? AND id >= ? AND id < ? ORDER BY id",
    )
    .pluck()
    .all(id, name, from_seq, last);
  return {
    ...{ irte: name, fate, path, reason, opened, bugs, interrupts },
    verdicts: interrupts.flatMap((each) => interruptSaid(sqlite, recording, each) ?? []),
    in_flight: row.in_flight === null ? null : row.in_flight === 1,
    closed: to_seq === null ? null : eventAt(sqlite, recording, to_seq),
    write: write === undefined ? null : eventAt(sqlite, recording, write.seq),
    verdict: write?.verdict ?? null,
    rule: write?.rule ?? null,
    should: shouldOf(recording, fate, bugs),
  };
}

/** A window that a function left behind was opened where that function began; between its lines it is perhaps at work. */
function beginOf(
  sqlite: Database.Database,
  { id }: Recording,
  irte: string,
  { from_seq, in_flight }: FateRow,
): Seq {
  const before = sqlite.prepare<[number, string], { from_seq: Seq; in_flight: 0 | 1 | null }>(
    "SELECT from_seq, in_flight FROM v_fate WHERE recording_id = ? AND irte = ? ORDER BY from_seq DESC",
  );
  let began = from_seq;
  if (in_flight === 1) return began;
  for (const each of before.iterate(id, irte)) {
    if (each.from_seq >= from_seq) continue;
    if (each.in_flight === 0) break;
    if (each.in_flight === 1) began = each.from_seq;
  }
  return began;
}

/** A known bug says it best. */
function shouldOf(recording: Recording, fate: Fate, bugs: readonly string[]): string | null {
  const bug = platformOf(recording).bugs.find(({ id }) => bugs.includes(id));
  return bug?.should ?? SHOULD_BE[fate] ?? null;
}

function eventAt(sqlite: Database.Database, recording: Recording, seq: Seq): LogEntry | null {
  return [...log(sqlite, recording, { from: seq, to: seq, limit: 1 })][0] ?? null;
}

const COLUMNS_MAX = 72;

/** The same as plain text of at most 72 columns. */
export function windowText(of: WindowExplanation, recording: Recording): string[] {
  const event = (label: string, each: LogEntry): string => {
    const { seq, line, time_ns, cpu, comm, pid, kind, cause } = each;
    const place = placeOf(each);
    const where = place === kind ? "" : ` in ${place}`;
    const who = [`CPU ${cpu}, ${comm ?? "?"}-${pid ?? "?"}`, ...subjectsOf(each)].join(", ");
    const why = cause === null ? "" : ` (${cause})`;
    return `${label}@${seq}, ${lineName(line)}, ${timeText(recording, time_ns)}: ${kind}${where}${why}; ${who}`;
  };
  const { irte, fate, path, reason, opened, closed, write, verdict, rule, bugs, should } = of;
  const judged = [rule === null ? "no rule" : `rule ${rule}`, verdict].join(", ");
  const flight = of.in_flight === true ? ", in flight: a kernel function is at work" : "";
  return [
    `${irte}: ${fate} (${path ?? "way not known"})${flight}`,
    "",
    `because    ${reason}`,
    event("opened by  ", opened),
    closed === null ? "closed by  nothing: it is so at the end" : event("closed by  ", closed),
    ...(write === null ? [] : [event("bits by    ", write)]),
    ...(write === null
      ? []
      : [`allowed by ${verdict === null ? "not judged: run irqtwin check first" : judged}`]),
    ...(bugs.length === 0 ? [] : [`known bug  ${bugs.join(", ")}`]),
    ...(should === null ? [] : [`should be  ${should}`]),
    ...interruptsText(of),
  ].flatMap((line) => wrapped(line, COLUMNS_MAX, "", 11));
}

/** The interrupts of the window, together where the same is said of them. */
function interruptsText({ interrupts, verdicts }: WindowExplanation): string[] {
  const said = new Map<string, Seq[]>();
  for (const [i, { verdict, sure, reason }] of verdicts.entries()) {
    const doubt = sure || verdict === "unknown" ? "" : ", not surely";
    const words = `${verdict}${doubt}: ${reason}`;
    said.set(words, [...(said.get(words) ?? []), ...interrupts.slice(i, i + 1)]);
  }
  return [...said].map(
    ([words, seqs]) => `interrupts ${words}; ${seqs.map((seq) => `@${seq}`).join(" ")}`,
  );
}
