// Two CPUs at one entry. Before the series KVM's loads and puts and the IOMMU driver's updates share an
// entry's shadow without a common lock; since then a change of the host's affinity does. A write may
// carry what another CPU has just put there, ahead of that CPU's own write, or repeat what it wrote.

import { sameBits, type IrteBits, agrees, isComplete } from "../domain/bits.js";
import { type Step, type Walk } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import { isLinked } from "./verdict.js";

/** The write repeats what another function wrote since this one, whose event is `root`, was entered. */
export function isRepeated(irte: IrteModel, seen: IrteBits, root: number): boolean {
  const { shadow, lastWrite, lastRoot } = irte;
  const isSince = lastWrite !== null && lastWrite > root && lastRoot !== root;
  return isSince && shadow !== null && sameBits(shadow, seen);
}

/** The write carries another step's effect too, in either order; that step's own write is early then. */
export function isMixed(
  step: Step,
  irte: IrteModel,
  seen: IrteBits,
  pending: Iterable<Step>,
): boolean {
  if (irte.shadow === null) return false;
  for (const other of pending) {
    if (!inTurn([other, step], irte, seen) && !inTurn([step, other], irte, seen)) continue;
    irte.early.add(other);
    return true;
  }
  return false;
}

/** The write is the shadow as it is, or as another CPU has made it since. */
export function repeats(irte: IrteModel, seen: IrteBits, pending: Iterable<Step>): boolean {
  if (irte.shadow !== null && sameBits(irte.shadow, seen)) return true;
  for (const other of pending) {
    const theirs = other.op(irte, irte.shadow);
    if (theirs === null || theirs === "unknown" || !agrees(theirs, seen)) continue;
    irte.early.add(other);
    return true;
  }
  return false;
}

/** What another CPU has put into the shadow left the step nothing to write. */
export function wasForestalled(irte: IrteModel, step: Step, pending: Iterable<Step>): boolean {
  for (const other of pending) {
    const theirs = other.op(irte, irte.shadow);
    if (theirs === null || theirs === "unknown" || !isComplete(theirs)) continue;
    if (step.op(irte, theirs.bits) === null) return true;
  }
  return false;
}

/** Is it the shadow after both steps. */
function inTurn([first, second]: readonly [Step, Step], irte: IrteModel, seen: IrteBits): boolean {
  const between = first.op(irte, irte.shadow);
  if (between === null || between === "unknown" || !isComplete(between)) return false;
  const both = second.op(irte, between.bits);
  return both !== "unknown" && agrees(both ?? between, seen);
}

/** The step is to write the entry, and has not yet. */
export function concerns(step: Step, irte: IrteModel): boolean {
  if (step.type === "single") return step.irte === irte;
  return isLinked(step, irte.key) && !step.done.has(irte.key);
}

/** The entry was on the list since the walk's function was entered. */
export function stayed({ vcpu, demandedBy }: Walk, { key, linkedBy }: IrteModel): boolean {
  const { list, changing } = vcpu;
  return list.includes(key) && !changing.includes(key) && (linkedBy ?? 0) <= demandedBy;
}
