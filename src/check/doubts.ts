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

/** The contradictions of a recording, and what they leave in doubt. */
export class Doubts {
  /** Every contradiction so far, in the order in which they were found. */
  readonly found: Contradiction[];

  /** `found`: the list to which contradictions are added. */
  constructor(found: readonly Contradiction[]) {
    this.found = [...found];
  }

  /** Is the difference explained by a line that is missing or wrong? Then it is evidence of that. */
  explains(difference: Difference): boolean {
    const at = this.found.findIndex(
      (each) =>
        isOfCall(difference, each) || isSince(difference, each) || restsOn(difference, each),
    );
    const each = this.found[at];
    if (each === undefined) return false;
    if (each.evidence.length < EVIDENCE_MAX && difference.seq <= each.seq)
      this.found[at] = { ...each, evidence: evidence(...each.evidence, difference.seq) };
    return true;
  }
}

function isOfCall({ seq, cause_seq }: Difference, { root }: Contradiction): boolean {
  return root !== null && (cause_seq === root || seq === root);
}

/** One of the lines that prove the difference is one of those that contradict each other. */
function restsOn(difference: Difference, contradiction: Contradiction): boolean {
  return difference.evidence.some((seq) => contradiction.evidence.includes(seq));
}

/**
 * About the same entry or vCPU, and not over before the lines that contradict each other: what the line that is missing
 * or wrong would have changed lasts.
 */
function isSince(difference: Difference, contradiction: Contradiction): boolean {
  const { key, vcpu, keys, seq, evidence: lines } = contradiction;
  const at = Math.max(difference.seq, ...difference.evidence);
  if (at < Math.min(seq, ...lines)) return false;
  const isSameVcpu = vcpu !== null && difference.vcpu === vcpu;
  const isSameKey =
    difference.key !== null && (difference.key === key || keys.includes(difference.key));
  return isSameVcpu || isSameKey;
}
