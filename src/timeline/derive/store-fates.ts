// What the fates of a recording are decided by, stored as it comes up, and judged by the platform's table, less what the
// recording does not follow, and less what lost events may have changed.

import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../../base/steps.js";
import { irteOfKey, type IrteKey } from "../../domain/values/ids.js";
import { type FateVerdict } from "../../domain/platform/fate.js";
import { type FateCases, type FateFactsSeen, type Flight } from "../../projections/fate-cases.js";
import { pickRecording } from "../read/recordings.js";
import { IN_FLIGHT_UNKNOWN } from "../store/fate-rows.js";
import { q } from "../store/sql.js";
import { directly, write, type Writes } from "../store/writes.js";
import { COPIED_COLUMNS } from "../store/page-file.js";
import { RowInserter, putIntegers, type RowSink } from "../store/row-inserter.js";
import { FateJudge } from "./fate-judge.js";
import { LOST_REASON, blankLostSpans } from "./lost-fates.js";

const FACTS_COLUMNS = "recording_id id fate_verdict".split(" ");
const INSERT_VERDICT =
  "INSERT INTO fate_verdict (recording_id, id, fate, path, in_flight, reason) VALUES (?, ?, ?, ?, ?, ?)";

/** Where events were lost. */
const LOST = { fate: "unknown", path: null, reason: LOST_REASON } as const;

interface Case {
  readonly key: IrteKey;
  /** The vCPU that the entry posts to; null = none, or not known. */
  readonly vcpu: number | null;
  /** The number of the facts. */
  readonly facts: number;
}

/** Storing so many cases takes some hundredths of a second. */
const CASES_PER_STEP = 8192;

/**
 * Stores the cases of one recording. Until the recording is complete they are judged by what is known so far. The
 * caller holds the transactions.
 */
export class FateWriter {
  private readonly sqlite: Database.Database;
  private readonly writes: Writes;
  private readonly id: number;
  private readonly cases: RowSink;
  /** Cases that come up when no further rows are composed. */
  private readonly lastCases: RowInserter;
  private readonly facts: RowInserter;
  private readonly verdicts = new Map<string, number>();
  private hasBegun = false;
  private caseCount = 0;
  private factsCount = 0;

  /**
   * `id`: the recording's number. `writes`: where its rows go; absent = straight into the timeline. `cases`: where rows of
   * cases go that `queue` takes, until it is complete.
   */
  constructor(
    sqlite: Database.Database,
    id: number,
    writes: Writes = directly(sqlite),
    cases?: RowSink,
  ) {
    this.sqlite = sqlite;
    this.writes = writes;
    this.id = id;
    this.lastCases = new RowInserter(writes, "fate_case", COPIED_COLUMNS.fate_case.split(" "));
    this.cases = cases ?? this.lastCases;
    this.facts = new RowInserter(writes, "fate_facts", FACTS_COLUMNS);
  }

  /** Queues the rows of all cases that are new. */
  queue(all: FateCases): void {
    this.queueTo(all, all.count, this.cases);
  }

  /** What an earlier run of an import has stored goes. Call it before what `queue` queued is stored. */
  begin(): void {
    if (this.hasBegun) return;
    this.clear("fate_case", "fate_facts", "fate_verdict");
    this.hasBegun = true;
  }

  /** Stores what of all facts so far is not stored yet. */
  add(all: FateCases): void {
    if (this.factsCount < all.facts.length) this.judge(all.facts.slice(this.factsCount));
    this.facts.flush();
  }

  /** The recording is complete but for its fates: everything is judged once more, and what was lost is taken off. */
  complete(all: FateCases): void {
    atOnce(this.completing(all));
  }

  /** The same in steps. The caller lets no one else use the transaction. */
  *completing(all: FateCases): Steps<void> {
    const { lastCases } = this;
    this.begin();
    for (let to = this.caseCount; to < all.count;) {
      to = Math.min(to + CASES_PER_STEP, all.count);
      this.queueTo(all, to, lastCases);
      lastCases.flush();
      yield;
    }
    this.clear("fate_facts", "fate_verdict");
    this.verdicts.clear();
    this.factsCount = 0;
    this.judge(all.facts);
    let lost: number | null = null;
    blankLostSpans(this.sqlite, pickRecording(this.sqlite, this.id), all, (place) => {
      lost ??= this.addFacts({ ...LOST, inFlight: null });
      this.caseCount++;
      this.putCase(lastCases, { key: keyOf(all, place), vcpu: null, facts: lost });
      return this.caseCount;
    });
    lastCases.flush();
    this.facts.flush();
  }

  private clear(...tables: readonly ("fate_case" | "fate_facts" | "fate_verdict")[]): void {
    for (const table of tables)
      write(this.writes, q.deleteFrom(table).where("recording_id", "=", this.id));
  }

  private judge(facts: readonly FateFactsSeen[]): void {
    const judge = FateJudge.of(this.sqlite, pickRecording(this.sqlite, this.id));
    if (judge === null) return;
    for (const each of facts)
      this.addFacts({ ...judge.verdictOf(each), inFlight: judge.flightOf(each) });
  }

  private queueTo(all: FateCases, to: number, rows: RowSink): void {
    while (this.caseCount < to) {
      const next = ++this.caseCount;
      const key = keyOf(all, all.placeOf(next));
      this.putCase(rows, { key, vcpu: all.vcpuOf(next), facts: all.factsIn(next) });
    }
  }

  /** Hands over the row of the last case. */
  private putCase(rows: RowSink, { key, vcpu, facts }: Case): void {
    const { segment, devid, index } = irteOfKey(key);
    putIntegers(rows, [this.id, this.caseCount, segment, devid, index, vcpu, facts]);
  }

  /** Returns the number of the facts. */
  private addFacts(verdict: FateVerdict & Pick<FateFactsSeen, "inFlight">): number {
    const id = ++this.factsCount;
    this.facts.queue(this.id, id, this.verdictId(verdict));
    return id;
  }

  private verdictId({
    fate,
    path,
    reason,
    inFlight,
  }: FateVerdict & Pick<FateFactsSeen, "inFlight">): number {
    const name = [fate, path, inFlight, reason].join("\n");
    const old = this.verdicts.get(name);
    if (old !== undefined) return old;
    const id = this.verdicts.size + 1;
    this.verdicts.set(name, id);
    this.writes.run(INSERT_VERDICT, [this.id, id, fate, path, flightCode(inFlight), reason]);
    return id;
  }
}

/** As `fate_verdict.in_flight` has it. */
function flightCode(inFlight: Flight): number {
  return typeof inFlight === "boolean" ? Number(inFlight) : IN_FLIGHT_UNKNOWN;
}

function keyOf({ keys }: FateCases, place: number): IrteKey {
  const key = keys[place];
  if (key === undefined) throw new RangeError(`no entry is at ${place}`);
  return key;
}
