// What is said of the interrupts of a recording: each case is judged by the platform's table, less what the recording
// does not follow, and less what lost events may have changed.

import type Database from "better-sqlite3";
import { type InterruptFacts, type Outcome } from "../../domain/platform/interrupt.js";
import { type StateValue } from "../../domain/platform/state-values.js";
import { platformOf } from "../../platforms/registry.js";
import { seenNames } from "../read/directory.js";
import { doubtsOf } from "../read/doubts.js";
import { pickRecording } from "../read/recordings.js";
import { unfollowedBy } from "../read/unfollowed-by.js";
import { q } from "../store/sql.js";
import { directly, write, type Writes } from "../store/writes.js";
import { RowInserter } from "../store/row-inserter.js";
import { withLostSpans } from "./known-until.js";

const CASE_COLUMNS = "recording_id id shown fate path verdict sure reason";
/** Each of them must be followed for the route of an interrupt to be known. */
const OF_ROUTE: readonly StateValue[] = ["routes", "connections", "irqfds"];
const OF_PLACE: readonly StateValue[] = ["run state", "life of a vCPU"];

/** What the lost events leave of an interrupt. */
const LOST = { outcome: "cut", route: "not known", isAmbiguous: true } as const;

/** Stores what is said of the interrupts of one recording. The caller holds the transaction. */
export class InterruptStore {
  private readonly sqlite: Database.Database;
  private readonly writes: Writes;
  private readonly id: number;
  private judged = 0;

  /** `id`: the recording's number. `writes`: where the cases go; absent = straight into the timeline. */
  constructor(sqlite: Database.Database, id: number, writes: Writes = directly(sqlite)) {
    this.sqlite = sqlite;
    this.writes = writes;
    this.id = id;
  }

  /** Stores the cases so far. Until the recording is complete they are judged by what is known. */
  add(cases: readonly InterruptFacts[]): void {
    if (this.judged !== cases.length) this.judge(cases);
  }

  /** The recording is complete, and its rows are stored: judges all cases once more. */
  complete(cases: readonly InterruptFacts[]): void {
    const known = this.judge(cases);
    if (cases.length === 0) return;
    const forget = (columns: string, where = ""): void => {
      const sets = columns.split(" ").map((column) => `${column} = NULL`);
      this.sqlite
        .prepare(`UPDATE interrupt SET ${sets.join(", ")} WHERE recording_id = ? ${where}`)
        .run(this.id);
    };
    if (!known.isRouted) {
      forget("vcpu");
      forget("got accepted_seq", `AND interrupt_case IN (${this.casesOf("handled")})`);
    }
    if (!known.isNamed) forget("vcpu got");
    if (!known.isPlaced) forget("woken_seq running_seq");
    if (!known.isEntry) forget("segment devid irte_index");
    this.blankLostSpans(cases);
  }

  private casesOf(shown: string): string {
    return `SELECT id FROM interrupt_case WHERE recording_id = ${this.id} AND shown = '${shown}'`;
  }

  /** Judges all cases, with what lost events leave of each. */
  private judge(cases: readonly InterruptFacts[]): Known {
    const { sqlite, writes, id } = this;
    const recording = pickRecording(sqlite, id);
    write(writes, q.deleteFrom("interrupt_case").where("recording_id", "=", id));
    const rules = platformOf(recording).fates?.judgeInterrupt;
    const known = this.known();
    if (rules === undefined) return known;
    const writer = new RowInserter(writes, "interrupt_case", CASE_COLUMNS.split(" "));
    const all = cases.flatMap((facts, i) => [
      { number: i + 1, facts: lessUnfollowed(facts, known) },
      { number: -1 - i, facts: { ...facts, ...LOST } },
    ]);
    for (const { number, facts } of all) {
      const { verdict, fate, path, isSure, reason } = rules(facts);
      const why = known.doubt ?? reason;
      const told = known.doubt === null ? [fate, path, verdict] : ["unknown", path, "unknown"];
      const sure = isSure && known.doubt === null ? 1 : 0;
      writer.queue(id, number, facts.shown, ...told, sure, why);
    }
    writer.flush();
    this.judged = cases.length;
    return known;
  }

  private known(): Known {
    const recording = pickRecording(this.sqlite, this.id);
    const names = seenNames(this.sqlite, recording);
    const doubt = doubtsOf(this.sqlite, recording)[0]?.says ?? null;
    const follows = (values: readonly StateValue[]): boolean =>
      doubt === null &&
      values.every((value) => unfollowedBy(recording, { names }, value).length === 0);
    return {
      doubt,
      isRouted: follows(OF_ROUTE),
      isPlaced: follows(OF_PLACE),
      isNamed: follows(["life of a VM"]),
      isEntry: follows(["entry"]),
      isAccepted: follows(["acceptances"]),
    };
  }

  /** Of what reaches into a span of lost events only what shows it first is known. */
  private blankLostSpans(cases: readonly InterruptFacts[]): void {
    const { sqlite, id } = this;
    if (cases.length === 0) return;
    withLostSpans(sqlite, { id }, () => {
      const last = "coalesce(running_seq, woken_seq, accepted_seq, id)";
      const span =
        "(SELECT from_seq FROM temp.lost_span WHERE to_seq > id ORDER BY to_seq LIMIT 1)";
      sqlite
        .prepare(
          `UPDATE interrupt SET interrupt_case = -interrupt_case, vcpu = NULL, accepted_seq = NULL,
             woken_seq = NULL, running_seq = NULL, segment = NULL, devid = NULL, irte_index = NULL, got = NULL
           WHERE recording_id = ? AND interrupt_case > 0 AND ${span} <= ${last}`,
        )
        .run(id);
    });
  }
}

/** What a recording follows. */
interface Known {
  /** Why nothing is known of it; null = nothing says so. */
  readonly doubt: string | null;
  /** Which route is in force. */
  readonly isRouted: boolean;
  /** Where vCPUs are. */
  readonly isPlaced: boolean;
  /** Whose struct kvm is at an address. */
  readonly isNamed: boolean;
  /** What entries hold. */
  readonly isEntry: boolean;
  /** What local APICs accept. */
  readonly isAccepted: boolean;
}

/** Of these the place of a vCPU says nothing. */
const NOWHERE: ReadonlySet<Outcome> = new Set<Outcome>([
  "dropped",
  "monitor",
  "unmatched",
  "whose",
]);

function lessUnfollowed(
  facts: InterruptFacts,
  { isRouted, isPlaced, isEntry, isAccepted }: Known,
): InterruptFacts {
  const { shown, outcome } = facts;
  const route = isRouted && isEntry ? facts.route : "not known";
  if (outcome === "unmatched")
    return { ...facts, route, outcome: isAccepted ? outcome : "unaccepted" };
  if (shown === "handled" && !isRouted) return { ...facts, route, outcome: "whose" };
  return { ...facts, route, outcome: isPlaced || NOWHERE.has(outcome) ? outcome : "where" };
}
