// For how long a device's interrupt could have been lost or late, how often, and when last; and how long kernel functions
// left entries in flight.

import type Database from "better-sqlite3";
import { kindName, type EventKindName } from "../../domain/events/kinds.js";
import { type Fate } from "../../domain/platform/fate.js";
import { type InterruptVerdict } from "../../domain/platform/interrupt.js";
import {
  irteOfKey,
  type IrteKey,
  type IrteName,
  type Seq,
  type TimeText,
} from "../../domain/values/ids.js";
import { irteName } from "../../domain/values/names.js";
import { fateSpans, type FateSpan } from "../../timeline/read/fate-spans.js";
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
   * route says. An interrupt that is not requested, and so refused or without a handler, is not counted. Spans in which the
   * entry was in flight are not counted.
   */
  readonly lost: FateWindows;
  /** One could have been late: it would have waited for the vCPU's next entry or exit. Without spans in flight likewise. */
  readonly late: FateWindows;
  /** One could have been lost or late if the entry was not in flight, which is not known. */
  readonly perhaps: FateWindows;
  /** How many interrupts the recording shows of which this is said; a verdict that none has is left out. */
  readonly shown: Readonly<Partial<Record<InterruptVerdict, number>>>;
}

/** Spans in which entries were in flight, by what they began with. */
export interface InFlightSpans {
  /** The kind of the event that began them. */
  readonly kind: EventKindName;
  /** How many there are, one for each entry. */
  readonly times: number;
  /** How long the longest lasted. */
  readonly longest_ns: TimeText;
  /** The event at which the longest began. */
  readonly seq: Seq;
  /** The entry of the longest. */
  readonly irte: IrteName;
}

/** Interrupts that the recording shows and that did not arrive as they should, with one reason. */
export interface LostInterrupts {
  /** lost: no vCPU took them; misdirected: another vCPU or vector than the route says. */
  readonly verdict: "lost" | "misdirected";
  /** Why that is said, as `reason` of `v_interrupt`. */
  readonly reason: string;
  /** How many there are. */
  readonly count: number;
  /** The event that first shows the last of them. */
  readonly last_seq: Seq;
}

/** What fates say of the interrupts of all entries. */
export interface FateFacts {
  /** What could have become of each entry's interrupts, in the order of the entries' names. */
  readonly risks: readonly InterruptRisk[];
  /** What was lost or misdirected, as the recording shows it, the most frequent reason first. */
  readonly lost_interrupts: readonly LostInterrupts[];
  /** The longest spans in which entries were in flight, of each kind of event that they began with; the longest first. */
  readonly in_flight: readonly InFlightSpans[];
}

/** Fates of an interrupt that is lost, and of one that is late. */
const LOST: ReadonlySet<Fate> = new Set(["lost wake-up", "freed memory", "misdirected"]);
const LATE: Fate = "pending";

/** Windows of one entry, as they are counted. */
class Windows {
  private times = 0;
  private total = 0n;
  private longest = 0n;
  private last: FateSpan | null = null;
  private lastTime: bigint | null = null;

  add(span: FateSpan): void {
    const { length, time } = span;
    this.times++;
    this.total += length;
    if (length > this.longest) this.longest = length;
    if (this.last === null || span.seq > this.last.seq) this.last = span;
    if (this.lastTime === null || time > this.lastTime) this.lastTime = time;
  }

  get isEmpty(): boolean {
    return this.times === 0;
  }

  told(): FateWindows {
    return {
      times: this.times,
      total_ns: String(this.total),
      longest_ns: String(this.longest),
      last_seq: this.last?.seq ?? null,
      last_ns: this.lastTime === null ? null : String(this.lastTime),
    };
  }
}

/** The windows of one entry. */
interface Entry {
  readonly lost: Windows;
  readonly late: Windows;
  readonly perhaps: Windows;
  /** Did it post to a vCPU whose name is known? */
  posts: boolean;
}

/** Spans in flight that began with one kind of event. */
interface InFlight {
  times: number;
  longest: FateSpan;
}

const SHOWN = `SELECT irte, verdict, count(*) AS count FROM v_interrupt
  WHERE recording_id = @id AND id <= @seq AND irte IS NOT NULL GROUP BY irte, verdict ORDER BY irte, verdict`;

const LOST_SQL = `SELECT verdict, reason, count(*) AS count, max(id) AS last_seq FROM v_interrupt
  WHERE recording_id = @id AND id <= @seq AND verdict IN ('lost', 'misdirected')
  GROUP BY verdict, reason ORDER BY count(*) DESC, verdict, reason`;

/** What fates say of all entries up to a moment. */
export function fateFacts(
  sqlite: Database.Database,
  recording: Recording,
  moment: Moment,
): FateFacts {
  const entries = new Map<IrteKey, Entry>();
  const inFlight = new Map<number, InFlight>();
  for (const span of fateSpans(sqlite, recording, moment)) {
    noteRisk(entries, span);
    if (span.isInFlight === true) noteInFlight(inFlight, span);
  }
  const shown = shownOf(sqlite, recording, moment);
  const lost = sqlite.prepare<[{ id: number; seq: number }], LostInterrupts>(LOST_SQL);
  return {
    risks: risksOf(entries, shown),
    lost_interrupts: lost.all({ id: recording.id, seq: moment.seq }),
    in_flight: inFlightOf(inFlight),
  };
}

function noteRisk(entries: Map<IrteKey, Entry>, span: FateSpan): void {
  let entry = entries.get(span.key);
  if (entry === undefined) {
    entry = { lost: new Windows(), late: new Windows(), perhaps: new Windows(), posts: false };
    entries.set(span.key, entry);
  }
  if (span.isNamed) entry.posts = true;
  const isLost = LOST.has(span.fate);
  if (span.isInFlight === true || !(isLost || span.fate === LATE)) return;
  if (span.isInFlight === null) entry.perhaps.add(span);
  else (isLost ? entry.lost : entry.late).add(span);
}

function noteInFlight(inFlight: Map<number, InFlight>, span: FateSpan): void {
  const known = inFlight.get(span.kind);
  if (known === undefined) inFlight.set(span.kind, { times: 1, longest: span });
  else {
    known.times++;
    if (isLonger(span, known.longest)) known.longest = span;
  }
}

/** Of equally long ones the first; of those that one event began the first by name. */
function isLonger(a: FateSpan, b: FateSpan): boolean {
  if (a.length !== b.length) return a.length > b.length;
  return a.seq === b.seq ? nameOf(a.key) < nameOf(b.key) : a.seq < b.seq;
}

function nameOf(key: IrteKey): IrteName {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}

function risksOf(
  entries: ReadonlyMap<IrteKey, Entry>,
  shown: ReadonlyMap<string, InterruptRisk["shown"]>,
): readonly InterruptRisk[] {
  return [...entries]
    .map(([key, entry]) => ({ irte: nameOf(key), ...entry }))
    .filter(
      ({ irte, posts, ...windows }) =>
        posts ||
        shown.has(irte) ||
        [windows.lost, windows.late, windows.perhaps].some(({ isEmpty }) => !isEmpty),
    )
    .sort((a, b) => (a.irte < b.irte ? -1 : 1))
    .map(({ irte, lost, late, perhaps }) => ({
      irte,
      lost: lost.told(),
      late: late.told(),
      perhaps: perhaps.told(),
      shown: shown.get(irte) ?? {},
    }));
}

function inFlightOf(inFlight: ReadonlyMap<number, InFlight>): readonly InFlightSpans[] {
  return [...inFlight.values()]
    .map(({ times, longest }) => ({ times, longest, kind: kindName(longest.kind) }))
    .sort((a, b) => compare(b.longest.length, a.longest.length) || compare(a.kind, b.kind))
    .map(({ times, longest, kind }) => ({
      kind,
      times,
      longest_ns: String(longest.length),
      seq: longest.seq,
      irte: nameOf(longest.key),
    }));
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function shownOf(
  sqlite: Database.Database,
  { id }: Recording,
  { seq }: Moment,
): ReadonlyMap<string, InterruptRisk["shown"]> {
  const shown = new Map<string, InterruptRisk["shown"]>();
  const counts = sqlite
    .prepare<
      [{ id: number; seq: number }],
      { irte: string; verdict: InterruptVerdict; count: number }
    >(SHOWN)
    .all({ id, seq });
  for (const { irte, verdict, count } of counts)
    shown.set(irte, { ...shown.get(irte), [verdict]: count });
  return shown;
}
