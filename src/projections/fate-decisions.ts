// Decides the fates of entries anew: which case each of them is, and which of that is a change.

import { type RunState } from "../domain/fold/state.js";
import { type FateRules, type RouteFit } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { FateCases, type Flight } from "./fate-cases.js";
import { type FateEntry } from "./fate-entries.js";
import { type FateRoutes } from "./fate-routes.js";
import { runStateOf } from "./fate-vcpus.js";
import { KeptList } from "./kept-list.js";

/** Changes of fates, in their order: one array for each column. All changes that an event makes come together. */
export interface FateChanges {
  /** The events from which on it is so. */
  readonly seqs: number[];
  /** The numbers of the cases that it is from there on. */
  readonly cases: number[];
}

/** The cases of all entries that have one, after a change. */
export interface FateSnapshot {
  /** The event that made the change. */
  readonly seq: number;
  /** How many other fates the same event changed before. */
  readonly nth: number;
  /** The numbers of the cases. */
  readonly cases: Uint32Array;
}

/** What changed since the last call. */
export interface DrainedFates {
  /** The changes. */
  readonly changes: FateChanges;
  /** The cases of all entries, after some of them. */
  readonly snapshots: readonly FateSnapshot[];
}

/** So many changes for each entry come between two snapshots: then these take a quarter of a byte for each change. */
const CHANGES_PER_ENTRY = 16;
const CHANGES_MIN = 256;

/** The facts of one entry, written over for each: almost all of them have come up before. */
interface Scratch {
  entry: number | null;
  run_state: RunState | null;
  pcpu: number | null;
  destination: number | null;
  route: RouteFit | null;
  inFlight: Flight;
}

/** Collects the entries whose fates may be others, and decides them when an event is over. */
export class FateDecisions {
  /** All facts and cases that have come up. */
  readonly cases = new FateCases();
  private readonly rules: FateRules;
  private readonly routes: FateRoutes;
  private readonly dirty = new KeptList<FateEntry>();
  /** Entries of which something may be known since events were lost last. */
  private readonly known = new KeptList<FateEntry>();
  /** The entries that are followed. */
  readonly followed = new Set<FateEntry>();
  /** Entries that have a case. */
  private readonly decided: FateEntry[] = [];
  /** The changes since the last `drain`. */
  changes: FateChanges = { seqs: [], cases: [] };
  private snapshots: FateSnapshot[] = [];
  /** Changes since the last snapshot. */
  private sinceSnapshot = 0;
  private readonly seen: Scratch = {
    ...{ entry: null, inFlight: false },
    ...{ run_state: null, pcpu: null, destination: null, route: null },
  };

  /** `rules`: those of the platform. */
  constructor(rules: FateRules, routes: FateRoutes) {
    this.rules = rules;
    this.routes = routes;
  }

  /** Is there nothing to decide? */
  get isDone(): boolean {
    return this.dirty.size === 0;
  }

  /** The fate of an entry may be another one. */
  mark(entry: FateEntry): void {
    if (entry.isDirty) return;
    entry.isDirty = true;
    this.dirty.push(entry);
  }

  /** No function is at work on the entry that was not seen to begin. */
  follow(entry: FateEntry): void {
    entry.isFollowed = true;
    this.followed.add(entry);
  }

  /** A function may be at work on the entry, or is over, without a line that shows it. */
  unfollow(entry: FateEntry): void {
    entry.isFollowed = false;
    this.followed.delete(entry);
    this.mark(entry);
  }

  /** Events were lost: what is known of entries may be so no more. */
  forget(): void {
    const { known } = this;
    for (let i = 0; i < known.size; i++) {
      const entry = known.at(i);
      entry.isKnown = false;
      entry.isFollowed = entry.isNew = false;
      entry.resolved = null;
      entry.ended = [];
      this.mark(entry);
    }
    known.clear();
    this.followed.clear();
  }

  /** Decides what is marked, as of the event `seq`. */
  decide(seq: number): void {
    const { dirty, changes } = this;
    let nth = 0;
    for (let i = 0; i < dirty.size; i++) {
      const entry = dirty.at(i);
      entry.isDirty = false;
      this.know(entry);
      const found = this.caseOf(entry);
      if (entry.now === found) continue;
      if (entry.now === 0) this.decided.push(entry);
      entry.now = found;
      changes.seqs.push(seq);
      changes.cases.push(found);
      nth++;
    }
    dirty.clear();
    this.sinceSnapshot += nth;
    const { length } = this.decided;
    if (this.sinceSnapshot >= Math.max(CHANGES_MIN, CHANGES_PER_ENTRY * length))
      this.snapshot(seq, nth - 1);
  }

  /** Hands over what changed since the last call. */
  drain(): DrainedFates {
    const { changes, snapshots } = this;
    this.changes = { seqs: [], cases: [] };
    this.snapshots = [];
    return { changes, snapshots };
  }

  private know(entry: FateEntry): void {
    if (entry.isKnown) return;
    if (entry.entry === null && entry.resolved === null && !entry.isFollowed) return;
    entry.isKnown = true;
    this.known.push(entry);
  }

  private snapshot(seq: number, nth: number): void {
    const { decided } = this;
    const cases = new Uint32Array(decided.length);
    for (const [i, { now }] of decided.entries()) cases[i] = now;
    this.snapshots.push({ seq, nth, cases });
    this.sinceSnapshot = 0;
  }

  private caseOf(of: FateEntry): number {
    const { cases, seen } = this;
    const { bits, entry, needs, vcpu } = of;
    const posts = needs?.vcpu === true && bits !== null;
    if (posts) this.seePosted(of, bits, needs.cpu);
    else this.seeNothing();
    seen.entry = entry;
    seen.inFlight = this.flightOf(of);
    const row = posts && vcpu !== null ? vcpu.row : null;
    return cases.caseOf(of.place, row, cases.factsOf(seen));
  }

  /** An entry that posts to no vCPU: only its bits decide. */
  private seeNothing(): void {
    const { seen } = this;
    seen.run_state = null;
    seen.pcpu = null;
    seen.destination = null;
    seen.route = null;
  }

  /** An entry that posts: where its vCPU is, and whether it fits its route. */
  private seePosted(of: FateEntry, bits: IrteBits, needsCpu: boolean): void {
    const { rules, seen } = this;
    const { vcpu } = of;
    seen.run_state = vcpu === null ? null : runStateOf(vcpu);
    const usesCpu = needsCpu && vcpu !== null && seen.run_state === "running";
    seen.pcpu = usesCpu ? (vcpu.state?.pcpu ?? null) : null;
    seen.destination = usesCpu ? rules.destinationOf(bits) : null;
    seen.route = this.routes.fitOf(of, rules.vectorOf(bits));
  }

  private flightOf(of: FateEntry): Flight {
    if (isPerhapsAtWork(of)) return "perhaps";
    return isAloneAtWork(of) ? "alone" : this.isInFlight(of);
  }

  /**
   * Is a function at work on an entry? null = one may be whose beginning was not seen, or whose end does not show, or of which
   * it does not show that it works on this one.
   */
  private isInFlight(entry: FateEntry): boolean | null {
    const { atWork, isFollowed } = entry;
    for (let i = 0; i < atWork.size; i++) {
      const { isSeen, begun, isDoubtful } = atWork.at(i);
      if (!isDoubtful && (isSeen || begun !== null)) return true;
    }
    return isFollowed && atWork.size === 0 && this.routes.isFollowed(entry) ? false : null;
  }
}

/** Is a function perhaps at work on an entry? Then the IOMMU may use the bits before a write of it, or those after. */
function isPerhapsAtWork({ atWork, later }: FateEntry): boolean {
  for (let i = 0; i < atWork.size; i++) {
    const { isPerhaps, isDoubtful, kind } = atWork.at(i);
    if (isPerhaps || (isDoubtful && later !== undefined && kind !== "route")) return true;
  }
  return false;
}

function isAloneAtWork({ atWork }: FateEntry): boolean {
  for (let i = 0; i < atWork.size; i++) if (atWork.at(i).kind === "alone") return true;
  return false;
}
