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
import { blankLostSpans } from "./lost-fates.js";

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
  const { fates } = platformOf(recording);
  for (const table of ["fate_case", "fate_verdict"] as const)
    run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  if (fates === undefined) return;
  const judge = new Judge(sqlite, recording, fates);
  const writer = new CaseWriter(sqlite, id);
  for (const each of cases) {
    const verdict = judge.verdictOf(each);
    writer.add(each.key, verdict.fate === "unknown" ? null : each.vcpu, {
      ...verdict,
      inFlight: each.inFlight,
    });
  }
  blankLostSpans(sqlite, recording, cases, (key) => writer.add(key, null, LOST));
  writer.flush();
}

const LOST = { fate: "unknown", path: null, reason: "events were lost", inFlight: false } as const;

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
