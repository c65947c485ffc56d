// The lanes of a recording that were read, kept as long as there is room for them.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { keptReport, lastReport } from "../../check/kept-report.js";
import { type CheckReport } from "../../check/report.js";
import { type LaneRowsFrom } from "../../domain/platform/lanes.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { momentsOf, type Counted } from "./counted.js";
import { eventPass, packedInhibitCounts, packedInhibits, type EventPass } from "./event-pass.js";
import { findingSpans, findingsLane, type FindingSpan } from "./finding-spans.js";
import { entryModes, type EntryModes } from "./entry-modes.js";
import { packCounts, passCounts, type LaneCounts } from "./lane-counts.js";
import { laneOfId, type AskedLane } from "./lane-ids.js";
import { laneSource, type LaneSource } from "./lane-reader.js";
import { LaneSubjects } from "./lane-subjects.js";
import { Known } from "./known.js";
import { LaneRowsBuilder, NOTHING, bytesOf, type LaneRows } from "./lane-rows.js";
import { packedSpans } from "./packed-spans.js";
import { rowNames } from "./row-names.js";
import { packedMoments } from "./packed-lanes.js";
import { packedMarkers } from "./read-markers.js";
import { packedEvents, packsThere, type PacksThere } from "./packs.js";
import { cpuLanes } from "./read-cpus.js";
import { fateLanes } from "./read-fates.js";
import { readerOf } from "./row-readers.js";
import { withVerdicts } from "./tick-verdicts.js";

/** Lanes that are kept of all recordings of a timeline take at most so many bytes. */
const KEPT_BYTES = 64_000_000;

/** What one pass over the events collects for all subjects. */
const MOMENTS: ReadonlySet<LaneRowsFrom> = new Set(["moments of a vCPU", "moments of an entry"]);

/** Lanes by the names of their subjects. */
type Lanes = ReadonlyMap<string, LaneRows>;

/** What was read of one state of one recording. */
export class LaneStore {
  private readonly lanes = new Map<string, LaneRows>();
  private readonly passes = new Map<string, unknown>();
  private readonly works = new Map<string, Steps<unknown>>();
  private bytes = 0;
  private there: PacksThere | null = null;
  private subjects: LaneSubjects | null = null;
  private whatIsKnown: Known | null = null;

  /** The rows of a lane. Throws ERR_NAME for an id that no lane of the recording has. */
  *rows(source: LaneSource, id: string): Steps<LaneRows> {
    const lane = laneOfId(source.table, id);
    const rows = yield* this.rowsOf(source, lane);
    if (rows.from.length === 0) (this.subjects ??= new LaneSubjects(source)).require(lane);
    return rows;
  }

  private *rowsOf(source: LaneSource, lane: AskedLane): Steps<LaneRows> {
    const { id } = lane;
    const known = this.lanes.get(id);
    if (known !== undefined) {
      this.lanes.delete(id);
      this.lanes.set(id, known);
      return known;
    }
    const passed = yield* this.passed(source, lane);
    if (passed !== undefined) return passed;
    const markers = lane.of.rows_from === "markers" ? yield* packedMarkers(source) : null;
    if (markers !== null) return this.keep(id, markers);
    const rows = new LaneRowsBuilder();
    yield* readerOf(lane)(source, rows, this.known(source));
    const read = rows.done();
    return this.keep(id, MOMENTS.has(lane.of.rows_from) ? yield* withVerdicts(source, read) : read);
  }

  /** What of the recording is known. */
  known(source: LaneSource): Known {
    return (this.whatIsKnown ??= new Known(source));
  }

  /** How many rows lanes have. `quick`: passes are not waited for. */
  *counts(source: LaneSource, quick: boolean): Steps<LaneCounts> {
    const there = this.packs(source);
    if (there === "none") {
      const found = (this.passes.get("events") ?? null) as EventPass | null;
      const events = quick ? found : yield* this.events(source);
      return passCounts(events, quick ? this.fatesSoFar() : yield* this.fates(source));
    }
    const isAtOnce = !quick || packedEvents(source, "inhibit") <= INHIBITS_FEW;
    const inhibits = isAtOnce ? yield* this.inhibitCounts(source) : this.inhibitCountsSoFar();
    if (there === "whole") return yield* packCounts(source, inhibits, "packed");
    const fates = quick ? this.fatesSoFar() : yield* this.fates(source);
    return yield* packCounts(source, inhibits, fates);
  }

  /** What counters count. */
  *moments(source: LaneSource): Steps<Counted> {
    if (this.packs(source) === "none") {
      const { writes, gaLog } = yield* this.events(source);
      return { writes: momentsOf(writes), gaLog: momentsOf(gaLog) };
    }
    return yield* this.once("moments", function* () {
      const writes = packedMoments(source, "write");
      yield;
      return { writes, gaLog: packedMoments(source, "ga_log") };
    });
  }

  /** The modes of all entries. */
  modes(source: LaneSource): Steps<EntryModes> {
    return this.once("modes", () => entryModes(source));
  }

  /** The findings of the last check, or of a new one. */
  report({ sqlite, recording }: LaneSource): Steps<CheckReport> {
    return this.once("report", () => lastReport(sqlite, recording));
  }

  /** The findings of the last check, if they are there without a new one; null = they are not. */
  *reportSoFar({ sqlite, recording }: LaneSource): Steps<CheckReport | null> {
    if (this.reportInMemory !== null) return this.reportInMemory;
    const report = yield* keptReport(sqlite, recording, recording.rulesAllowed);
    if (report !== null) this.passes.set("report", report);
    return report;
  }

  /** The same, if they were read already: to read them takes as long as all else that is drawn first. */
  get reportInMemory(): CheckReport | null {
    return (this.passes.get("report") ?? null) as CheckReport | null;
  }

  /** Is the lane one that only a new check would fill? */
  *isPending(source: LaneSource, id: string): Steps<boolean> {
    if (laneOfId(source.table, id).of.rows_from !== "findings" || this.lanes.has(id)) return false;
    return (yield* this.reportSoFar(source)) === null;
  }

  /** From when to when each finding was so. */
  *spans(source: LaneSource): Steps<readonly FindingSpan[]> {
    const { findings } = yield* this.report(source);
    if (this.packs(source) === "whole")
      return yield* this.once("spans", () => packedSpans(source, findings));
    const fates = yield* this.fates(source);
    return yield* this.once("spans", () =>
      findingSpans(source, findings, (irte) => fates.get(irte)),
    );
  }

  /** The rows of a lane that a pass makes together with others; undefined = it is none of these. */
  private *passed(source: LaneSource, lane: AskedLane): Steps<LaneRows | undefined> {
    const packs = this.packs(source);
    const { id, of, name } = lane;
    const { rows_from: rows } = of;
    if (rows === "inhibits") return yield* this.inhibitsOf(source, lane);
    if (MOMENTS.has(rows) && packs === "none") {
      const { ticks } = yield* this.events(source);
      return this.keep(id, yield* withVerdicts(source, ticks.lane(name)));
    }
    if (rows === "fates" && packs !== "whole")
      return (yield* this.fates(source)).get(name) ?? NOTHING;
    if (rows === "runs" && packs !== "whole")
      return (yield* this.cpus(source)).get(Number(name)) ?? NOTHING;
    if (rows !== "findings") return undefined;
    const report = yield* this.report(source);
    return this.keep(id, yield* findingsLane(source, report, yield* this.spans(source)));
  }

  private packs(source: LaneSource): PacksThere {
    return (this.there ??= packsThere(source));
  }

  private fates(source: LaneSource): Steps<Lanes> {
    return this.once("fates", () => fateLanes(source));
  }

  private cpus(source: LaneSource): Steps<ReadonlyMap<number, LaneRows>> {
    return this.once("cpus", () => cpuLanes(source, this.known(source)));
  }

  private events(source: LaneSource): Steps<EventPass> {
    return this.once("events", () => eventPass(source, this.known(source)));
  }

  private inhibitCounts(source: LaneSource): Steps<ReadonlyMap<string, number>> {
    return this.once("inhibits", () => packedInhibitCounts(source, this.known(source)));
  }

  private inhibitCountsSoFar(): ReadonlyMap<string, number> | null {
    return (this.passes.get("inhibits") ?? null) as ReadonlyMap<string, number> | null;
  }

  /** The inhibits of one VM. */
  private *inhibitsOf(source: LaneSource, { id, name: vm }: AskedLane): Steps<LaneRows> {
    if (this.packs(source) === "none") return (yield* this.events(source)).avic.get(vm) ?? NOTHING;
    const vms = [...rowNames(source).vms].filter(([, name]) => name === vm);
    const found = yield* packedInhibits(
      source,
      this.known(source),
      vms.map(([row]) => row),
    );
    return this.keep(id, found.get(vm) ?? NOTHING);
  }

  private fatesSoFar(): Lanes | null {
    return (this.passes.get("fates") ?? null) as Lanes | null;
  }

  /**
   * What is made once and then kept. Questions that wait for the same work take turns at it; it goes on where it is when
   * one of them is stopped.
   */
  private *once<Result>(name: string, make: () => Steps<Result>): Steps<Result> {
    while (!this.passes.has(name)) {
      const work = (this.works.get(name) ?? make()) as Steps<Result>;
      this.works.set(name, work);
      let step: IteratorResult<undefined, Result>;
      try {
        step = work.next();
      } catch (error) {
        this.works.delete(name);
        throw error;
      }
      if (step.done === true) {
        this.works.delete(name);
        this.passes.set(name, step.value);
      } else yield;
    }
    return this.passes.get(name) as Result;
  }

  private keep(id: string, rows: LaneRows): LaneRows {
    this.lanes.set(id, rows);
    this.bytes += bytesOf(rows);
    for (const [oldest, old] of this.lanes) {
      if (this.bytes <= KEPT_BYTES || oldest === id) break;
      this.lanes.delete(oldest);
      this.bytes -= bytesOf(old);
    }
    return rows;
  }
}

/** So many are counted sooner than a second question would be asked. */
const INHIBITS_FEW = 10_000;

const stores = new WeakMap<Database.Database, Map<string, LaneStore>>();

/** Two states of recordings are kept: to compare two recordings needs both. */
const STORES_KEPT = 2;

/** The source of a recording, and what was read of it as it is now. */
export function laneStore(
  sqlite: Database.Database,
  recording: Recording,
): readonly [LaneSource, LaneStore] {
  const known = stores.get(sqlite) ?? new Map<string, LaneStore>();
  stores.set(sqlite, known);
  const { id, state, lastSeq, sha256 } = recording;
  const key = `${id} ${state} ${lastSeq ?? 0} ${sha256 ?? ""}`;
  const store = known.get(key) ?? new LaneStore();
  known.delete(key);
  known.set(key, store);
  for (const oldest of known.keys()) {
    if (known.size <= STORES_KEPT) break;
    known.delete(oldest);
  }
  return [laneSource(sqlite, recording), store];
}

/** From when to when what each finding of a recording says was so. */
export function findingSpansOf(
  sqlite: Database.Database,
  recording: Recording,
): Steps<readonly FindingSpan[]> {
  const [source, store] = laneStore(sqlite, recording);
  return store.spans(source);
}

/** The report of the last check, or of a new one. */
export function reportOf(sqlite: Database.Database, recording: Recording): Steps<CheckReport> {
  const [source, store] = laneStore(sqlite, recording);
  return store.report(source);
}
