// The fates of a recording, once all of it is known: every case is judged by the platform's table, less what the
// recording does not follow, and less what lost events may have changed.

import type Database from "better-sqlite3";
import { irteOfKey, type IrteKey } from "../../domain/values/ids.js";
import { type FateInputs, type FateRules, type FateVerdict } from "../../domain/platform/fate.js";
import { type StateValue } from "../../domain/platform/state-values.js";
import { platformOf } from "../../platforms/registry.js";
import { type FateCase } from "../../projections/fate-cases.js";
import { seenNames } from "../read/directory.js";
import { doubtsOf } from "../read/doubts.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { unfollowedBy } from "../read/unfollowed-by.js";
import { all, q, run } from "../store/sql.js";
import { RowInserter } from "../store/row-inserter.js";
import { LOST_REASON, blankLostSpans } from "./lost-fates.js";

/** Each of them must be followed for the route of an entry to be known. */
const OF_ROUTE: readonly StateValue[] = ["routes", "connections", "irqfds", "links"];

/**
 * Stores what the fates of a recording are decided by, and the fates, in the place of those that are stored. The
 * recording must be complete but for this, and the caller holds the transaction.
 */
export function storeFates(
  sqlite: Database.Database,
  id: number,
  cases: readonly FateCase[],
): void {
  const recording = pickRecording(sqlite, id);
  const writer = new FateCases(sqlite, id);
  writer.add(cases);
  blankLostSpans(sqlite, recording, cases, (key) => writer.addLost(key));
  writer.flush();
}

/**
 * Stores the cases of one recording as they come up. Until the recording is complete they are judged by what is known
 * so far. The caller holds the transaction.
 */
export class FateCases {
  private readonly sqlite: Database.Database;
  private readonly id: number;
  private writer: CaseWriter | null = null;
  private count = 0;

  /** `id`: the recording's number. */
  constructor(sqlite: Database.Database, id: number) {
    this.sqlite = sqlite;
    this.id = id;
  }

  /** `all`: every case so far; those that are not stored yet are. */
  add(all: readonly FateCase[]): void {
    const { sqlite, id } = this;
    if (this.writer !== null && this.count === all.length) return;
    const recording = pickRecording(sqlite, id);
    const { fates } = platformOf(recording);
    this.writer ??= this.begin();
    if (fates === undefined) return;
    const judge = new Judge(sqlite, recording, fates);
    for (const each of all.slice(this.count)) {
      const verdict = judge.verdictOf(each);
      const vcpu = verdict.fate === "unknown" ? null : each.vcpu;
      this.writer.add(each.key, vcpu, { ...verdict, inFlight: each.inFlight });
    }
    this.count = all.length;
    this.writer.flush();
  }

  /** A case of an entry of which nothing is known. Returns its number. */
  addLost(key: IrteKey): number {
    this.writer ??= this.begin();
    return this.writer.add(key, null, LOST);
  }

  /** Stores what is queued. */
  flush(): void {
    this.writer?.flush();
  }

  /** What an earlier run of an import has stored, or an earlier judgement, goes. */
  private begin(): CaseWriter {
    for (const table of ["fate_case", "fate_verdict"] as const)
      run(this.sqlite, q.deleteFrom(table).where("recording_id", "=", this.id));
    return new CaseWriter(this.sqlite, this.id);
  }
}

const LOST = { fate: "unknown", path: null, reason: LOST_REASON, inFlight: false } as const;

/** Judges the cases of a recording. */
class Judge {
  private readonly rules: FateRules;
  private readonly apics: ReadonlyMap<number, number>;
  private readonly unfollowed = new Map<StateValue, boolean>();
  private readonly verdicts = new Map<string, FateVerdict>();
  private readonly recording: Recording;
  private readonly names: ReadonlySet<string>;
  /** Why nothing is known of it; null = nothing says so. */
  private readonly doubt: string | null;

  constructor(sqlite: Database.Database, recording: Recording, rules: FateRules) {
    this.rules = rules;
    this.recording = recording;
    this.names = seenNames(sqlite, recording);
    this.doubt = doubtsOf(sqlite, recording)[0]?.says ?? null;
    const cpus = q.selectFrom("host_cpu").select(["cpu", "apic_id"]);
    const rows = all(sqlite, cpus.where("recording_id", "=", recording.id));
    this.apics = new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id]));
  }

  verdictOf(of: FateCase): FateVerdict {
    if (this.doubt !== null) return { fate: "unknown", path: null, reason: this.doubt };
    const inputs = {
      entry: this.entryOf(of),
      vcpu: this.placeOf(of),
      isOnCpu: this.isOnCpu(of),
      route: OF_ROUTE.every((value) => this.isFollowed(value)) ? of.route : null,
    };
    const name = Object.values(inputs).join(",");
    const known = this.verdicts.get(name);
    if (known !== undefined) return known;
    const verdict = this.rules.judge(inputs);
    this.verdicts.set(name, verdict);
    return verdict;
  }

  /** A valid entry cannot end before a write makes it one that is not. */
  private entryOf({ entry }: FateCase): FateInputs["entry"] {
    if (entry === null || !this.isFollowed("entry")) return null;
    if (this.isFollowed("life of an entry")) return entry;
    return this.rules.judge({ ...NOTHING, entry }).fate === "blocked" ? null : entry;
  }

  /** Once freed, a vCPU stays so. */
  private placeOf({ run_state }: FateCase): FateInputs["vcpu"] {
    if (run_state === "freed") return run_state;
    const isAlive = run_state === "running" || this.isFollowed("life of a vCPU");
    return this.isFollowed("run state") && isAlive ? run_state : null;
  }

  private isOnCpu({ pcpu, destination }: FateCase): boolean | null {
    const apic = pcpu === null ? undefined : this.apics.get(pcpu);
    if (apic === undefined || !this.isFollowed("run state")) return null;
    return apic === destination;
  }

  private isFollowed(value: StateValue): boolean {
    const known = this.unfollowed.get(value);
    if (known !== undefined) return known;
    const { names, recording } = this;
    const isFollowed = unfollowedBy(recording, { names }, value).length === 0;
    this.unfollowed.set(value, isFollowed);
    return isFollowed;
  }
}

const NOTHING = { vcpu: null, isOnCpu: null, route: null } as const;

/** Writes cases and verdicts in the order in which they come; a case's number is its place, from 1. */
class CaseWriter {
  private readonly recording: number;
  private readonly rows: RowInserter;
  private readonly insertVerdict: Database.Statement<(number | string | null)[]>;
  private readonly verdicts = new Map<string, number>();
  private cases = 0;

  constructor(sqlite: Database.Database, recording: number) {
    this.recording = recording;
    this.rows = new RowInserter(
      sqlite,
      "fate_case",
      "recording_id id segment devid irte_index vcpu fate_verdict".split(" "),
    );
    this.insertVerdict = sqlite.prepare(
      "INSERT INTO fate_verdict (recording_id, id, fate, path, in_flight, reason) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  /** Returns the number of the case. */
  add(
    key: IrteKey,
    vcpu: number | null,
    verdict: FateVerdict & { readonly inFlight: boolean },
  ): number {
    const { segment, devid, index } = irteOfKey(key);
    const id = ++this.cases;
    const of = this.verdict(verdict);
    this.rows.queue(this.recording, id, segment, devid, index, vcpu, of);
    return id;
  }

  /** Stores what is queued. */
  flush(): void {
    this.rows.flush();
  }

  private verdict({
    fate,
    path,
    reason,
    inFlight,
  }: FateVerdict & { readonly inFlight: boolean }): number {
    const name = [fate, path, inFlight, reason].join("\n");
    const old = this.verdicts.get(name);
    if (old !== undefined) return old;
    const id = this.verdicts.size + 1;
    this.verdicts.set(name, id);
    this.insertVerdict.run(this.recording, id, fate, path, inFlight ? 1 : 0, reason);
    return id;
  }
}
