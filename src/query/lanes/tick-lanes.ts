// Moments: interrupts on the host, GA log entries, wake-ups and injections; and IRTE writes, which counters count.

import { causeName } from "../../domain/events/causes.js";
import { KIND } from "../../domain/events/kinds.js";
import { irteName } from "../../domain/values/names.js";
import { type EventPass } from "./event-pass.js";
import { type LaneState } from "../../domain/platform/lane-states.js";
import { type LaneTable } from "../../domain/platform/lanes.js";
import { LANE_SOURCES, wordsOf } from "./lane-styles.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";
import { NO_NUMBER } from "./number-rows.js";
import { PLACE } from "./pass-columns.js";

const OBSERVED = { source: LANE_SOURCES.observed, flags: 0 } as const;

/** The state that each kind of moment has. */
const TICK_STATES = {
  [KIND.host_irq_handled]: "tick.interrupt",
  [KIND.ga_log_entry]: "tick.ga_log",
  [KIND.vcpu_woken]: "tick.wake-up",
  [KIND.irq_injected]: "tick.injected",
} as const satisfies Readonly<Record<number, LaneState>>;

/** What a moment means in a platform's words, by the number of its event's kind. */
export function tickMeanings(table: LaneTable): Readonly<Record<number, RowMeaning>> {
  const meanings = Object.entries(TICK_STATES).map(([kind, state]) => [
    kind,
    { state, label: wordsOf(table, state), ...OBSERVED },
  ]);
  return Object.fromEntries(meanings) as Readonly<Record<number, RowMeaning>>;
}

/** Moments of all subjects in one list: most subjects have few. */
export class Ticks {
  private readonly rows = new LaneRowsBuilder();
  /** By the name of a subject: the codes of its rows, and what they mean. */
  private readonly codes = new Map<string, Map<RowMeaning, number>>();
  private readonly counts = new Map<string, number>();
  private all: LaneRows | null = null;

  /** Adds one. */
  add(name: string, time: number, seq: number, meaning: RowMeaning): void {
    const own = this.codes.get(name) ?? new Map<RowMeaning, number>();
    this.codes.set(name, own);
    // A label of its own gives the rows of a subject a code of their own.
    const code = own.get(meaning) ?? this.rows.codeOf({ ...meaning, label: name });
    own.set(meaning, code);
    this.rows.addCoded(time, time, seq, code);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** How many a subject has. */
  count(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  /** The lane of a subject. */
  lane(name: string): LaneRows {
    this.all ??= this.rows.done();
    const { from, seq, code } = this.all;
    const own = new Map([...(this.codes.get(name) ?? [])].map(([meaning, at]) => [at, meaning]));
    const rows = new LaneRowsBuilder();
    for (let at = 0; at < from.length && rows.length < this.count(name); at++) {
      const meaning = own.get(code[at] ?? -1);
      if (meaning !== undefined) rows.add(from[at] ?? 0, from[at] ?? 0, seq[at] ?? 0, meaning);
    }
    return rows.done();
  }
}

/** Collects moments. */
export class TickLanes {
  private readonly vcpus: ReadonlyMap<number, string>;
  private readonly ticks = new Ticks();
  private readonly hostIrqs = new Map<string, number>();
  private readonly writes = new LaneRowsBuilder();
  private readonly gaLog = new LaneRowsBuilder();

  private readonly meanings: Readonly<Record<number, RowMeaning>>;

  /** `vcpus`: their names by row numbers; `table`: the platform's lanes. */
  constructor(vcpus: ReadonlyMap<number, string>, table: LaneTable) {
    this.vcpus = vcpus;
    this.meanings = tickMeanings(table);
  }

  /** Takes a row of the pass; false = it is no moment. */
  take(row: Float64Array): boolean {
    const at = (place: number): number => row[place] ?? NO_NUMBER;
    const seq = at(PLACE.seq);
    const time = at(PLACE.time);
    const kind = at(PLACE.kind);
    if (kind === KIND.irte_written) {
      this.writes.add(time, time, seq, writeMeaning(at(PLACE.cause)));
      return true;
    }
    if (kind === KIND.irte_prepared) {
      const irte = irteName(Math.max(at(PLACE.segment), 0), at(PLACE.devid), at(PLACE.index));
      if (at(PLACE.hostIrq) !== NO_NUMBER) this.hostIrqs.set(irte, at(PLACE.hostIrq));
      return true;
    }
    const meaning = this.meanings[kind];
    if (meaning === undefined) return false;
    if (kind === KIND.ga_log_entry) this.gaLog.add(time, time, seq, meaning);
    const [devid, index] = [at(PLACE.devid), at(PLACE.index)];
    const isOfEntry = devid !== NO_NUMBER && index !== NO_NUMBER;
    const name = isOfEntry
      ? irteName(Math.max(at(PLACE.segment), 0), devid, index)
      : this.vcpus.get(at(PLACE.vcpu));
    if (name !== undefined) this.ticks.add(name, time, seq, meaning);
    return true;
  }

  /** What was collected. */
  done(): Omit<EventPass, "avic"> {
    const { ticks, hostIrqs } = this;
    return { ticks, hostIrqs, writes: this.writes.done(), gaLog: this.gaLog.done() };
  }
}

/** A write is told by its cause. */
function writeMeaning(cause: number): RowMeaning {
  const known = WRITES.get(cause);
  if (known !== undefined) return known;
  const label = causeName(cause === NO_NUMBER ? null : cause) ?? "cause not known";
  const meaning = { state: "tick.interrupt", label, ...OBSERVED };
  WRITES.set(cause, meaning);
  return meaning;
}

const WRITES = new Map<number, RowMeaning>();
