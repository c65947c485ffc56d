// Judges what the fates of a recording are decided by: by the platform's table, less what the recording does not follow.

import type Database from "better-sqlite3";
import { type FateInputs, type FateRules, type FateVerdict } from "../../domain/platform/fate.js";
import { type StateValue } from "../../domain/platform/state-values.js";
import { platformOf } from "../../platforms/registry.js";
import { type FateFactsSeen, type Flight } from "../../projections/fate-cases.js";
import { seenNames } from "../read/directory.js";
import { doubtsOf } from "../read/doubts.js";
import { type Recording } from "../read/recordings.js";
import { unfollowedBy } from "../read/unfollowed-by.js";
import { all, q } from "../store/sql.js";

/** Each of them must be followed for the route of an entry to be known. */
const OF_ROUTE: readonly StateValue[] = ["routes", "connections", "irqfds", "links"];

/** Judges what the fates of one recording are decided by. */
export class FateJudge {
  private readonly rules: FateRules;
  private readonly apics: ReadonlyMap<number, number>;
  private readonly unfollowed = new Map<StateValue, boolean>();
  private readonly verdicts = new Map<string, FateVerdict>();
  private readonly recording: Recording;
  private readonly names: ReadonlySet<string>;
  /** Why nothing is known of it; null = nothing says so. */
  private readonly doubt: string | null;

  /** The judge of a recording as it stands; null = its platform has no table of fates. */
  static of(sqlite: Database.Database, recording: Recording): FateJudge | null {
    const { fates } = platformOf(recording);
    return fates === undefined ? null : new FateJudge(sqlite, recording, fates);
  }

  private constructor(sqlite: Database.Database, recording: Recording, rules: FateRules) {
    this.rules = rules;
    this.recording = recording;
    this.names = seenNames(sqlite, recording);
    this.doubt = doubtsOf(sqlite, recording)[0]?.says ?? null;
    const cpus = q.selectFrom("host_cpu").select(["cpu", "apic_id"]);
    const rows = all(sqlite, cpus.where("recording_id", "=", recording.id));
    this.apics = new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id]));
  }

  /** What becomes of an interrupt where this is known. */
  verdictOf(of: FateFactsSeen): FateVerdict {
    if (this.doubt !== null) return { fate: "unknown", path: null, reason: this.doubt };
    if (of.inFlight === "perhaps") return PERHAPS;
    if (of.inFlight === "alone" && this.isFollowed("run state")) return PERHAPS;
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

  /** Is a function at work, as far as the recording shows? What shows that it is over may be missing from one in doubt. */
  flightOf({ inFlight }: FateFactsSeen): Flight {
    return this.doubt === null ? inFlight : null;
  }

  /** A valid entry cannot end before a write makes it one that is not. */
  private entryOf({ entry }: FateFactsSeen): FateInputs["entry"] {
    if (entry === null || !this.isFollowed("entry")) return null;
    if (this.isFollowed("life of an entry")) return entry;
    return this.rules.judge({ ...NOTHING, entry }).fate === "blocked" ? null : entry;
  }

  /** Once freed, a vCPU stays so. */
  private placeOf({ run_state }: FateFactsSeen): FateInputs["vcpu"] {
    if (run_state === "freed") return run_state;
    const isAlive = run_state === "running" || this.isFollowed("life of a vCPU");
    return this.isFollowed("run state") && isAlive ? run_state : null;
  }

  private isOnCpu({ pcpu, destination }: FateFactsSeen): boolean | null {
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

/** Whether the IOMMU uses the bits before a function's write or those after is not known, nor whether it is at work. */
const PERHAPS: FateVerdict = {
  fate: "unknown",
  path: null,
  reason: "not known: what a function does that is perhaps at work on it",
};

const NOTHING = { vcpu: null, isOnCpu: null, route: null } as const;
