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
import { RowInserter } from "../store/row-inserter.js";
import { FateJudge } from "./fate-judge.js";
import { LOST_REASON, blankLostSpans } from "./lost-fates.js";

const CASE_COLUMNS = "recording_id id segment devid irte_index vcpu fate_facts".split(" ");
const FACTS_COLUMNS = "recording_id id fate_verdict".split(" ");
const INSERT_VERDICT =
  "INSERT INTO fate_verdict (recording_id, id, fate, path, in_flight, reason) VALUES (?, ?, ?, ?, ?, ?)";

/** Where events were lost. */
const LOST = { fate: "unknown", path: null, reason: LOST_REASON } as const;

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
  private readonly cases: RowInserter;
  private readonly facts: RowInserter;
  private readonly verdicts = new Map<string, number>();
  private hasBegun = false;
  private caseCount = 0;
  private factsCount = 0;

  /** `id`: the recording's number. `writes`: where its rows go; absent = straight into the timeline. */
  constructor(sqlite: Database.Database, id: number, writes: Writes = directly(sqlite)) {
    this.sqlite = sqlite;
    this.writes = writes;
    this.id = id;
    this.cases = new RowInserter(writes, "fate_case", CASE_COLUMNS);
    this.facts = new RowInserter(writes, "fate_facts", FACTS_COLUMNS);
  }

  /** Stores what of all facts and cases so far is not stored yet; `to`: the first so many cases. */
  add(all: FateCases, to = all.count): void {
    if (!this.hasBegun) this.begin();
    while (this.caseCount < to) {
      const next = this.caseCount + 1;
      this.addCase(keyOf(all, all.placeOf(next)), all.vcpuOf(next), all.factsIn(next));
    }
    this.cases.flush();
    if (this.factsCount < all.facts.length) this.judge(all.facts.slice(this.factsCount));
    this.facts.flush();
  }

  /** The recording is complete but for its fates: everything is judged once more, and what was lost is taken off. */
  complete(all: FateCases): void {
    atOnce(this.completing(all));
  }

  /** The same in steps. The caller lets no one else use the transaction. */
  *completing(all: FateCases): Steps<void> {
    for (let to = CASES_PER_STEP; to < all.count; to += CASES_PER_STEP) {
      this.add(all, to);
      yield;
    }
    this.add(all);
    yield;
    this.clear("fate_facts", "fate_verdict");
    this.verdicts.clear();
    this.factsCount = 0;
    this.judge(all.facts);
    let lost: number | null = null;
    blankLostSpans(this.sqlite, pickRecording(this.sqlite, this.id), all, (place) => {
      lost ??= this.addFacts({ ...LOST, inFlight: null });
      return this.addCase(keyOf(all, place), null, lost);
    });
    this.cases.flush();
    this.facts.flush();
  }

  /** What an earlier run of an import has stored goes. */
  private begin(): void {
    this.clear("fate_case", "fate_facts", "fate_verdict");
    this.hasBegun = true;
  }

  private clear(...tables: readonly ("fate_case" | "fate_facts" | "fate_verdict")[]): void {
    for (const table of tables)
      write(this.writes, q.deleteFrom(table).where("recording_id", "=", this.id));
  }

  private judge(facts: readonly FateFactsSeen[]): void {
    const judge = FateJudge.of(this.sqlite, pickRecording(this.sqlite, this.id));
    if (judge === null) return;
    for (const each of facts) this.addFacts({ ...judge.verdictOf(each), inFlight: each.inFlight });
  }

  /** Returns the number of the case. */
  private addCase(key: IrteKey, vcpu: number | null, facts: number): number {
    const { segment, devid, index } = irteOfKey(key);
    const id = ++this.caseCount;
    const { cases } = this;
    cases.beginRow(this.id);
    cases.integer(id);
    cases.integer(segment);
    cases.integer(devid);
    cases.integer(index);
    cases.integer(vcpu);
    cases.integer(facts);
    cases.endRow();
    return id;
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
  if (inFlight === null || inFlight === "perhaps") return IN_FLIGHT_UNKNOWN;
  return inFlight ? 1 : 0;
}

function keyOf({ keys }: FateCases, place: number): IrteKey {
  const key = keys[place];
  if (key === undefined) throw new RangeError(`no entry is at ${place}`);
  return key;
}
