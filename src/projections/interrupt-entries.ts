// Which entries may have raised an interrupt that the GA log names a vCPU for. KVM is told of it some time after the
// IOMMU logged it, so what matters is what was so at any time since the vCPU ran last.

import { type FateRules } from "../domain/platform/fate.js";
import { type RoutesOfIt } from "../domain/platform/interrupt.js";
import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import { type FateCases, type FateFactsSeen } from "./fate-cases.js";

/** What an entry is to a vCPU. */
type Part = "fits" | "wrong" | "open" | "unnoticed";

/** The entries that post to one vCPU. */
interface Posting {
  /** null = none does: of most vCPUs, which are gone. */
  places: Set<number> | null;
  /** The event at which an entry came or went last. */
  changed: Seq;
  /** How many entries are so. */
  readonly counts: Record<Part, number>;
  /** The event at which one was so last, if none is now. */
  readonly last: Record<Part, Seq>;
}

/** Where an entry counts; `vcpu` null = it may post to any vCPU. */
interface Place {
  readonly vcpu: VcpuRow | null;
  readonly parts: readonly Part[];
}

/** The entries of one recording, by the vCPU that they post to. */
export class PostingEntries {
  private readonly rules: FateRules;
  private keys: readonly IrteKey[] = [];
  /** By `FateCase.place`; undefined = it posts to no vCPU. */
  private readonly now: (Place | undefined)[] = [];
  private readonly postings = new RowMap<Posting>();
  /** Places that entries had, by a number for the vCPU and the parts. */
  private readonly byName = new Map<number, Place>();
  /** By what `FateRules.entryOf` says. */
  private readonly waking: (boolean | undefined)[] = [];
  private readonly isPosting: (boolean | undefined)[] = [];
  /** How many entries may post to any vCPU, and when one did last. */
  private stray = 0;
  private lastStray: Seq = 0;

  /** `rules`: those of the platform. */
  constructor(rules: FateRules) {
    this.rules = rules;
  }

  /** The fate of an entry is another case from an event on. */
  take(seq: Seq, id: number, cases: FateCases): void {
    this.keys = cases.keys;
    const seen = cases.facts[cases.factsIn(id) - 1];
    if (seen === undefined) return;
    const entry = cases.placeOf(id);
    const before = this.now[entry];
    const after = this.placeOf(cases.vcpuOf(id), seen);
    if (before === after || (before === undefined && after === NOWHERE)) return;
    // While a function is at work on an entry, its route and its bits may already be those of two moments.
    const isAtWork = seen.inFlight !== false && seen.inFlight !== null;
    if (isAtWork && before?.vcpu === after.vcpu) return;
    if (before !== undefined) this.leave(entry, before, after, seq);
    this.now[entry] = after === NOWHERE ? undefined : after;
    if (after !== NOWHERE) this.enter(entry, before, after, seq);
  }

  /** The one entry that can have raised an interrupt for a vCPU since an event; null = several can, or none is known. */
  raiserOf(vcpu: VcpuRow, since: Seq): IrteKey | null {
    const posting = this.postings.get(vcpu);
    if (posting?.places?.size !== 1 || posting.changed >= since || this.isStraying(since))
      return null;
    const [place = -1] = posting.places;
    return this.keys[place] ?? null;
  }

  /** Did all entries that can have raised an interrupt for a vCPU since an event agree with their routes? */
  routesOf(vcpu: VcpuRow, since: Seq): RoutesOfIt {
    const posting = this.postings.get(vcpu);
    if (posting === undefined || this.isStraying(since)) return "not known";
    const fits = had(posting, "fits", since);
    if (had(posting, "open", since) || fits === had(posting, "wrong", since)) return "not known";
    return fits ? "fits" : "wrong";
  }

  /** Does an entry say, at the latest event, that the vCPU does not run though it does? */
  isUnnoticed(vcpu: VcpuRow): boolean {
    return (this.postings.get(vcpu)?.counts.unnoticed ?? 0) > 0;
  }

  /** Does any entry post to the vCPU? */
  isPostedTo(vcpu: VcpuRow): boolean {
    return (this.postings.get(vcpu)?.places ?? null) !== null;
  }

  private isStraying(since: Seq): boolean {
    return this.stray > 0 || this.lastStray >= since;
  }

  private placeOf(
    vcpu: VcpuRow | null,
    { entry, route, run_state, inFlight }: FateFactsSeen,
  ): Place {
    if (entry === null) return STRAY;
    if (!this.posts(entry)) return NOWHERE;
    if (vcpu === null) return STRAY;
    const fit = route === null ? 0 : route === "fits" ? 1 : 2;
    const isUnnoticed = run_state === "running" && inFlight === false && this.wakes(entry);
    return this.place(vcpu, isUnnoticed ? fit + 3 : fit);
  }

  /** Places that are the same are one, so that a change that is none is seen at once. */
  private place(vcpu: VcpuRow, parts: number): Place {
    const name = nameOf(vcpu, parts);
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const made = { vcpu, parts: PARTS[parts] ?? [] };
    this.byName.set(name, made);
    return made;
  }

  /** Does the entry post to a vCPU? */
  private posts(entry: number): boolean {
    return (this.isPosting[entry] ??= this.rules.needs(entry).vcpu);
  }

  /** Does the entry say that its vCPU is to be woken? */
  private wakes(entry: number): boolean {
    const known = this.waking[entry];
    if (known !== undefined) return known;
    const asleep = { vcpu: "blocking", isOnCpu: null, route: "fits" } as const;
    const wakes = this.rules.judge({ entry, ...asleep }).fate === "wake-up";
    this.waking[entry] = wakes;
    return wakes;
  }

  private leave(place: number, { vcpu, parts }: Place, after: Place, seq: Seq): void {
    if (vcpu === null) {
      if (--this.stray === 0) this.lastStray = seq;
      return;
    }
    const posting = this.posting(vcpu);
    for (const part of parts) {
      posting.counts[part]--;
      posting.last[part] = seq;
    }
    if (after.vcpu === vcpu) return;
    posting.changed = seq;
    posting.places?.delete(place);
    if (posting.places?.size === 0) this.abandon(vcpu, posting);
  }

  /** No entry posts to the vCPU any more. */
  private abandon(vcpu: VcpuRow, posting: Posting): void {
    posting.places = null;
    for (const parts of PARTS.keys()) this.byName.delete(nameOf(vcpu, parts));
  }

  private enter(place: number, before: Place | undefined, after: Place, seq: Seq): void {
    const { vcpu, parts } = after;
    if (vcpu === null) {
      this.stray++;
      return;
    }
    const posting = this.posting(vcpu);
    for (const part of parts) posting.counts[part]++;
    if (before?.vcpu === vcpu) return;
    (posting.places ??= new Set()).add(place);
    posting.changed = seq;
  }

  private posting(vcpu: VcpuRow): Posting {
    const known = this.postings.get(vcpu);
    if (known !== undefined) return known;
    const none = (): Record<Part, number> => ({ fits: 0, wrong: 0, open: 0, unnoticed: 0 });
    const made: Posting = { places: null, changed: 0, counts: none(), last: none() };
    this.postings.set(vcpu, made);
    return made;
  }
}

/** What an entry that posts to a vCPU can be to it. */
const PARTS: readonly (readonly Part[])[] = [
  ...([["open"], ["fits"], ["wrong"]] as const),
  ...([
    ["open", "unnoticed"],
    ["fits", "unnoticed"],
    ["wrong", "unnoticed"],
  ] as const),
];

function nameOf(vcpu: VcpuRow, parts: number): number {
  return vcpu * PARTS.length + parts;
}

/** An entry that may post to any vCPU. */
const STRAY: Place = { vcpu: null, parts: [] };
/** One that posts to none. */
const NOWHERE: Place = { vcpu: null, parts: [] };

/** Was an entry so at the event, or at any time since? */
function had({ counts, last }: Posting, part: Part, since: Seq): boolean {
  return counts[part] > 0 || last[part] > since;
}
