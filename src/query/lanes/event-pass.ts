// One pass over the events for all lanes that no view has: AVIC's inhibits, interrupts, and what counters count.

import { type Steps } from "../../base/steps.js";
import { KIND } from "../../domain/events/kinds.js";
import { findPlatform } from "../../platforms/registry.js";
import { INHIBIT_EVENTS, TICK_EVENTS } from "../../projections/lane-packs.js";
import { lostSpans } from "../../timeline/derive/known-until.js";
import { timeOf } from "../../timeline/read/events.js";
import { InhibitLanes, type InhibitFacts } from "./inhibit-lanes.js";
import { type Known } from "./known.js";
import { type LaneSource } from "./lane-reader.js";
import { LANE_FLAGS } from "./lane-styles.js";
import { type LaneRows } from "./lane-rows.js";
import { NO_NUMBER, forEachRow, numbersSql } from "./number-rows.js";
import { PackReader, packHeads } from "./packs.js";
import { COLUMNS, PLACE } from "./pass-columns.js";
import { TickLanes, type Ticks } from "./tick-lanes.js";
import { rowNames } from "./row-names.js";

/** One event as the pass reads it. */
export interface PassEvent {
  /** Its seq. */
  readonly seq: number;
  /** Units since the recording's first line. */
  readonly time: number;
  /** The number of its kind. */
  readonly kind: number;
  /** The row number of its VM; null = it has none. */
  readonly vm: number | null;
  /** Its payload column a. */
  readonly a: number | null;
  /** Its payload column b. */
  readonly b: number | null;
}

/** What the pass finds. */
export interface EventPass {
  /** By `vmN`. */
  readonly avic: ReadonlyMap<string, LaneRows>;
  /** By the name of the IRTE or vCPU. */
  readonly ticks: Ticks;
  /** The host IRQ that each IRTE was prepared for last, by its name. */
  readonly hostIrqs: ReadonlyMap<string, number>;
  /** IRTE writes, each with its cause as its state's label. */
  readonly writes: LaneRows;
  /** GA log entries. */
  readonly gaLog: LaneRows;
}

const KINDS = [
  ...[...INHIBIT_EVENTS, ...TICK_EVENTS].map((name) => KIND[name]),
  ...[KIND.irte_written, KIND.irte_prepared],
].join(", ");

const SQL = `SELECT ${numbersSql(COLUMNS)}
  FROM event NOT INDEXED WHERE seq BETWEEN :first AND :last AND kind IN (${KINDS})`;

const SEQS_PER_PAGE = 65_536;

const SOME_SQL = `SELECT ${numbersSql(COLUMNS)}
  FROM json_each(:seqs) AS j CROSS JOIN event ON event.seq = j.value`;

const SEQS_PER_STEP = 8192;

/** Goes through the events of a recording. */
export function* eventPass(source: LaneSource, known: Known): Steps<EventPass> {
  const { sqlite, recording, base } = source;
  const names = rowNames(source);
  const inhibits = new InhibitLanes({ names: names.vms, ...inhibitFacts(source, known) });
  const ticks = new TickLanes(names.vcpus, source.table);
  const take = (row: Float64Array): void => {
    if (!ticks.take(row)) inhibits.take(inhibitEvent(row));
  };
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE - 1, recording.lastSeq ?? 0);
    forEachRow(sqlite, SQL, { base, first, last }, COLUMNS.length, take);
    yield;
  }
  return { avic: inhibits.done(), ...ticks.done() };
}

/** VMs whose inhibits are in memory at once while they are counted. */
const VMS_PER_COUNT = 256;

/** How many rows the lanes of inhibits have, by `vmN`. */
export function* packedInhibitCounts(
  source: LaneSource,
  known: Known,
): Steps<ReadonlyMap<string, number>> {
  const { vms } = rowNames(source);
  const rows = new Map<string, number[]>();
  for (const { subject } of packHeads(source, "inhibit")) {
    const name = vms.get(subject) ?? "vm?";
    const same = rows.get(name);
    if (same === undefined) rows.set(name, [subject]);
    else same.push(subject);
  }
  const counts = new Map<string, number>();
  const all = [...rows.values()];
  for (let first = 0; first < all.length; first += VMS_PER_COUNT) {
    const some = all.slice(first, first + VMS_PER_COUNT).flat();
    const lanes = yield* packedInhibits(source, known, some);
    for (const [vm, { from }] of lanes) counts.set(vm, from.length);
  }
  return counts;
}

/** The lanes of inhibits of these rows of `vm`, by `vmN`, from the events that packs name. */
export function* packedInhibits(
  source: LaneSource,
  known: Known,
  vms: readonly number[],
): Steps<ReadonlyMap<string, LaneRows>> {
  const { sqlite, base } = source;
  const names = rowNames(source).vms;
  const inhibits = new InhibitLanes({ names, ...inhibitFacts(source, known) });
  // 0: what is of all VMs.
  const all = [...new Set([0, ...vms])].flatMap((subject) => {
    const pack = new PackReader(source, "inhibit", subject);
    const seqs: number[] = [];
    while (pack.hasNext()) seqs.push(pack.nextSeq());
    return seqs;
  });
  all.sort((a, b) => a - b);
  for (let first = 0; first < all.length; first += SEQS_PER_STEP) {
    const seqs = JSON.stringify(all.slice(first, first + SEQS_PER_STEP));
    forEachRow(sqlite, SOME_SQL, { base, seqs }, COLUMNS.length, (row) => {
      inhibits.take(inhibitEvent(row));
    });
    yield;
  }
  return inhibits.done();
}

function inhibitEvent(row: Float64Array): PassEvent {
  const at = (place: number): number => row[place] ?? NO_NUMBER;
  const [vm, a, b] = [told(at(PLACE.vm)), told(at(PLACE.a)), told(at(PLACE.b))];
  return { seq: at(PLACE.seq), time: at(PLACE.time), kind: at(PLACE.kind), vm, a, b };
}

function told(value: number): number | null {
  return value === NO_NUMBER ? null : value;
}

/** Inhibits are known where no line is missing that would show them, as `at` has it. */
function inhibitFacts(
  { sqlite, recording, base }: LaneSource,
  known: Known,
): Omit<InhibitFacts, "names"> {
  const platform = findPlatform(recording.platform);
  const lost = lostSpans(sqlite, recording)
    .filter(([from]) => from >= recording.firstSeq)
    .map(([from, to]) => {
      const time = Number(timeOf(sqlite, from) - base);
      return { ...{ from, to, time, flags: LANE_FLAGS.lost, label: "unknown" } };
    });
  const label = `unknown  ${known.unread}`;
  const unread = known.cuts.map(({ seq, time }) => {
    return { ...{ from: seq, to: seq + 1, time, flags: 0, label } };
  });
  return {
    inhibitNames: (mask) => platform?.inhibitNames(mask) ?? [],
    lost: [...lost, ...unread].sort((a, b) => a.from - b.from || a.to - b.to),
    whyUnknown: (vm) => known.inhibits(vm),
  };
}
