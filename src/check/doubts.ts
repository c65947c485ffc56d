// What contradictions leave in doubt: a difference between the rules and the recording that lies where two lines
// contradict each other says nothing about the kernel.

import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { evidence } from "../domain/platform/invariant.js";
import { type Contradiction } from "../domain/platform/consistency.js";

/** A difference between the rules and the recording. */
export interface Difference {
  /** The event at which they differ. */
  readonly seq: Seq;
  /** The IRTE (irteKey()); null = it is about none. */
  readonly key: IrteKey | null;
  /** The row number of the vCPU; null = it is about none. */
  readonly vcpu: VcpuRow | null;
  /** The event that brought the write about; null or absent = none is known. */
  readonly cause_seq?: Seq | null;
  /** The events that it rests on. */
  readonly evidence: readonly Seq[];
}

/** Events that a contradiction names at most. */
const EVIDENCE_MAX = 12;

/** The contradictions about one vCPU or one entry: their places in the list of all, in order. */
interface Places {
  readonly at: number[];
  /** The first event of the contradictions up to each. */
  readonly from: Seq[];
}

/** The contradictions of a recording, and what they leave in doubt. */
export class Doubts {
  /** Every contradiction so far, in the order in which they were found. */
  readonly found: Contradiction[];
  private readonly ofRoot = new Map<Seq, number>();
  private readonly ofLine = new Map<Seq, number>();
  private readonly ofVcpu = new Map<VcpuRow, Places>();
  private readonly ofKey = new Map<IrteKey, Places>();

  /** `found`: the list to which contradictions are added. */
  constructor(found: readonly Contradiction[]) {
    this.found = [...found];
    for (const [place, each] of found.entries()) {
      if (each.root !== null && !this.ofRoot.has(each.root)) this.ofRoot.set(each.root, place);
      this.note(each, place);
    }
  }

  /** Is the difference explained by a line that is missing or wrong? Then it is evidence of that. */
  explains(difference: Difference): boolean {
    const place = Math.min(
      this.ofCall(difference),
      this.since(difference),
      placeOf(this.ofLine, ...difference.evidence),
    );
    const each = this.found[place];
    if (each === undefined) return false;
    if (each.evidence.length < EVIDENCE_MAX && difference.seq <= each.seq) {
      const told = { ...each, evidence: evidence(...each.evidence, difference.seq) };
      this.found[place] = told;
      this.note(told, place);
    }
    return true;
  }

  private ofCall({ seq, cause_seq = null }: Difference): number {
    return placeOf(this.ofRoot, seq, ...(cause_seq === null ? [] : [cause_seq]));
  }

  /**
   * The first about the same entry or vCPU whose lines do not all come later: what the line that is missing or wrong
   * would have changed lasts.
   */
  private since({ seq, key, vcpu, evidence: lines }: Difference): number {
    const last = Math.max(seq, ...lines);
    return Math.min(
      vcpu === null ? Infinity : firstFrom(this.ofVcpu.get(vcpu), last),
      key === null ? Infinity : firstFrom(this.ofKey.get(key), last),
    );
  }

  private note({ key, vcpu, keys, seq, evidence: lines }: Contradiction, place: number): void {
    for (const line of lines) if (place < placeOf(this.ofLine, line)) this.ofLine.set(line, place);
    const first = Math.min(seq, ...lines);
    if (vcpu !== null) noteIn(this.ofVcpu, vcpu, place, first);
    for (const each of key === null ? keys : new Set([key, ...keys]))
      noteIn(this.ofKey, each, place, first);
  }
}

/** The first place that one of these events has; Infinity = none. */
function placeOf(places: ReadonlyMap<Seq, number>, ...seqs: readonly Seq[]): number {
  return Math.min(...seqs.map((seq) => places.get(seq) ?? Infinity));
}

/** The first that begins by this event; Infinity = none. */
function firstFrom(places: Places | undefined, last: Seq): number {
  if (places === undefined) return Infinity;
  const { at, from } = places;
  // The first events up to each only get earlier along the list.
  let [low, high] = [0, from.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] ?? 0) <= last) high = middle;
    else low = middle + 1;
  }
  return at[low] ?? Infinity;
}

function noteIn<Subject>(
  all: Map<Subject, Places>,
  subject: Subject,
  place: number,
  first: Seq,
): void {
  let places = all.get(subject);
  if (places === undefined) all.set(subject, (places = { at: [], from: [] }));
  const { at, from } = places;
  if (place > (at.at(-1) ?? -1)) {
    at.push(place);
    from.push(Math.min(from.at(-1) ?? Infinity, first));
    return;
  }
  for (let i = at.lastIndexOf(place); i < from.length && (from[i] ?? 0) > first; i++)
    from[i] = first;
}
