// Contradictions as they are found. Those of one fault are one, and it is found again by its function, its vCPU and its
// entries, so that a recording with many contradictions costs no more for each.

import { type Contradiction } from "../../platform/consistency.js";
import { type IrteKey, type Seq, type VcpuRow } from "../../values/ids.js";

/** Events that one contradiction names at most. */
const EVIDENCE_MAX = 8;

/** The faults about one vCPU or one entry: their places in the list of all, in order. */
interface Places {
  readonly at: number[];
  /** The last event of the faults up to each. */
  readonly until: Seq[];
}

/** The faults of a recording. */
export class Faults {
  /** The contradictions so far. */
  readonly found: Contradiction[] = [];
  /** The events that showed each of them first. */
  private readonly cores: (readonly Seq[])[] = [];
  private readonly ofRoot = new Map<Seq, number>();
  private readonly ofVcpu = new Map<VcpuRow, Places>();
  private readonly ofKey = new Map<IrteKey, Places>();

  /** Adds what is found to the fault that it belongs to: the latest one, if there are several. */
  add(made: Contradiction): void {
    const at = this.placeOf(made);
    const known = this.found[at];
    if (known === undefined) {
      if (made.root !== null) this.ofRoot.set(made.root, this.found.length);
      this.cores.push(made.evidence);
      this.found.push(made);
      this.note(made, this.found.length - 1);
      return;
    }
    const fault = merged(known, made, this.cores[at] ?? []);
    this.found[at] = fault;
    this.note(fault, at);
  }

  /** The same function, or the same entry or vCPU while the fault is not settled; -1 = none. */
  private placeOf({ root, vcpu, key, evidence: [first = 0] }: Contradiction): number {
    return Math.max(
      root === null ? -1 : (this.ofRoot.get(root) ?? -1),
      vcpu === null ? -1 : this.lastOpen(this.ofVcpu.get(vcpu), first),
      key === null ? -1 : this.lastOpen(this.ofKey.get(key), first),
    );
  }

  /** The last fault that has an event after this one. */
  private lastOpen(places: Places | undefined, after: Seq): number {
    if (places === undefined) return -1;
    const { at, until } = places;
    for (let i = at.length - 1; i >= 0 && (until[i] ?? 0) > after; i--) {
      const place = at[i] ?? -1;
      if ((this.found[place]?.seq ?? 0) > after) return place;
    }
    return -1;
  }

  private note({ vcpu, key, keys, seq }: Contradiction, place: number): void {
    if (vcpu !== null) noteIn(this.ofVcpu, vcpu, place, seq);
    for (const each of key === null ? keys : new Set([key, ...keys]))
      noteIn(this.ofKey, each, place, seq);
  }
}

function noteIn<Subject>(
  all: Map<Subject, Places>,
  subject: Subject,
  place: number,
  seq: Seq,
): void {
  let places = all.get(subject);
  if (places === undefined) all.set(subject, (places = { at: [], until: [] }));
  const { at, until } = places;
  const before = at.findLastIndex((each) => each <= place);
  const isNew = at[before] !== place;
  const i = isNew ? before + 1 : before;
  if (isNew) {
    at.splice(i, 0, place);
    until.splice(i, 0, until[before] ?? 0);
  }
  for (let later = i; later < until.length; later++)
    until[later] = Math.max(until[later] ?? 0, seq);
}

function merged(known: Contradiction, made: Contradiction, core: readonly Seq[]): Contradiction {
  const others = [...known.evidence, ...made.evidence].filter((seq) => !core.includes(seq));
  const latest = [...new Set(others)].sort((a, b) => b - a).slice(0, EVIDENCE_MAX - core.length);
  const proof = [...core, ...latest].sort((a, b) => a - b);
  return {
    ...known,
    key: known.key ?? made.key,
    vcpu: known.vcpu ?? made.vcpu,
    keys: [...new Set([...known.keys, ...made.keys, ...(made.key === null ? [] : [made.key])])],
    seq: Math.max(known.seq, made.seq),
    evidence: proof,
  };
}
