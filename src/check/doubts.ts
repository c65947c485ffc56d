// What contradictions leave in doubt: a difference between the rules and the recording that lies where two lines
// contradict each other says nothing about the kernel.

import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { type Contradiction } from "../domain/platform/consistency.js";

/** A difference between the rules and the recording. */
export interface Difference {
  readonly seq: Seq;
  readonly key: IrteKey | null;
  readonly vcpu: VcpuRow | null;
  readonly cause_seq?: Seq | null;
  readonly evidence: readonly Seq[];
}

/** Is the difference explained by a line that is missing or wrong? */
export function isDoubted(difference: Difference, found: readonly Contradiction[]): boolean {
  return found.some((each) => isOfCall(difference, each) || isBetween(difference, each));
}

function isOfCall({ seq, cause_seq }: Difference, { root }: Contradiction): boolean {
  return root !== null && (cause_seq === root || seq === root);
}

/** Between the lines that contradict each other, and about the same entry or vCPU. */
function isBetween(difference: Difference, contradiction: Contradiction): boolean {
  const { key, vcpu, keys, evidence, seq } = contradiction;
  const at = Math.max(difference.seq, ...difference.evidence);
  const [first = seq] = evidence;
  if (at < first || difference.seq > seq) return false;
  const isSameVcpu = vcpu !== null && difference.vcpu === vcpu;
  const isSameKey =
    difference.key !== null && (difference.key === key || keys.includes(difference.key));
  return isSameVcpu || isSameKey;
}
