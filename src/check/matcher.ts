// Which step of a function under way a write belongs to. Pure: nothing here changes the model, a call or a
// step; what a match leaves behind is told in its result.
//
// Two CPUs can be at one entry: before the series KVM's loads and puts and the IOMMU driver's updates share an
// entry's shadow without a common lock; since then a change of the host's affinity does. A write may carry
// what another CPU has just put there, ahead of that CPU's own write, or repeat what it wrote.

import {
  agrees,
  isComplete,
  sameBits,
  type IrteBits,
  type Predicted,
} from "../domain/values/bits.js";
import { type IrteKey, type Seq } from "../domain/values/ids.js";
import { type Call, type Step, type Walk } from "../domain/model/calls.js";
import { type Kernel } from "../domain/model/kernel.js";
import { type IrteModel, type Model } from "../domain/model/model.js";

/** The step that a write fulfils. */
export interface Match {
  /** The step. */
  readonly step: Step;
  /** Steps of the same function before it: what they still owe is missing. */
  readonly passed: readonly Step[];
  /** The steps of the function that are left. */
  readonly left: readonly Step[];
  /** A step of another CPU whose effect the write carries too: its own write is still to come. */
  readonly early: Step | null;
}

/** The step of the call that this write fulfils; null = none. */
export function match(kernel: Kernel, call: Call, irte: IrteModel, seen: IrteBits): Match | null {
  const able = (step: Step): boolean => accepts(step, irte);
  const step =
    call.steps.find(
      (each) => able(each) && (each.type === "single" || !isWrong(each, irte, seen)),
    ) ??
    // Neither its turn nor its bits: it stands for another write, and its own is still to come.
    call.steps.find((each) => able(each) && owedBefore(kernel.model, each, irte.key).length === 0);
  if (step !== undefined) return matchOf(call, step, null);
  for (const each of call.steps) {
    const race = concerns(each, irte) ? raceOf(kernel, call, each, irte, seen) : null;
    if (race !== null) return matchOf(call, each, race.early);
  }
  return null;
}

function matchOf({ steps }: Call, step: Step, early: Step | null): Match {
  const at = steps.indexOf(step);
  const left = steps.slice(step.type === "single" ? at + 1 : at);
  return { step, passed: steps.slice(0, at), left, early };
}

/** Can the step write the entry? */
function accepts(step: Step, irte: IrteModel): boolean {
  if (irte.early.has(step)) return true;
  if (step.type === "single") return step.irte === irte && canWrite(step, irte);
  if (step.done.has(irte.key)) return false;
  if (isLinked(step, irte.key)) return canWrite(step, irte);
  // A link made before the recording began shows itself by its first write.
  return !step.vcpu.listKnown && !step.vcpu.corrupt;
}

function canWrite(step: Step, irte: IrteModel): boolean {
  return predictions(step, irte).length > 0;
}

/** What the step writes: from the shadow, and where the last write is in doubt from what it was else. */
export function predictions(step: Step, irte: IrteModel): readonly (Predicted | "unknown")[] {
  const { shadow, otherwise } = irte;
  const shadows = otherwise === null ? [shadow] : [shadow, otherwise];
  return shadows.map((each) => step.op(irte, each)).filter((each) => each !== null);
}

/** Does the step write other bits? */
function isWrong(step: Step, irte: IrteModel, seen: IrteBits): boolean {
  const known = predictions(step, irte);
  return known.length > 0 && !known.some((each) => each === "unknown" || agrees(each, seen));
}

/** Is the entry on the list that is walked, or was it or will it be while the walk is under way? */
export function isLinked({ atEntry, vcpu }: Walk, key: IrteKey): boolean {
  return atEntry.includes(key) || vcpu.list.includes(key) || vcpu.changing.includes(key);
}

/** Is the step to write the entry, and has not yet? */
export function concerns(step: Step, irte: IrteModel): boolean {
  if (step.type === "single") return step.irte === irte;
  return isLinked(step, irte.key) && !step.done.has(irte.key);
}

/** Was the entry on the list all the time since the walk's function was entered? */
export function stayed({ vcpu, demandedBy }: Walk, { key, linkedBy }: IrteModel): boolean {
  const { list, changing } = vcpu;
  return list.includes(key) && !changing.includes(key) && (linkedBy ?? 0) <= demandedBy;
}

/** Elements before this one in the list that still owe a write, and were not passed over before. */
export function owedBefore(model: Model, step: Step, key: IrteKey): readonly IrteKey[] {
  if (step.type === "single") return [];
  const { atEntry, done, skipped, vcpu } = step;
  if (vcpu.changing.includes(key)) return [];
  // What was linked anew meanwhile is at the head now.
  const isBefore = (each: IrteKey): boolean =>
    vcpu.list.indexOf(each) < vcpu.list.indexOf(key) || !vcpu.list.includes(key);
  return atEntry
    .slice(0, Math.max(0, atEntry.indexOf(key)))
    .filter((each) => !done.has(each) && !skipped.has(each))
    .filter((each) => stayed(step, model.irte(each)) && isBefore(each))
    .filter((each) => isOrderKnown(model, each, key));
}

/**
 * Is it known which of two elements is before the other? Of two links that were not seen to be made it is not, nor
 * of one of them where another link may have been missed; those that were seen are before all that were not.
 */
function isOrderKnown(model: Model, a: IrteKey, b: IrteKey): boolean {
  const unseen = [a, b].filter((key) => model.irte(key).linkedBy === null).length;
  return unseen === 0 || (unseen === 1 && !model.hasLostLink);
}

/** The event after which a write is missing: the one before it in the walk, else what demands it. */
export function placeOf(step: Step, irte: IrteModel): Seq {
  if (step.type === "single") return Math.max(step.demandedBy, irte.lastWrite ?? 0);
  const before = step.atEntry.slice(0, Math.max(0, step.atEntry.indexOf(irte.key)));
  return Math.max(step.demandedBy, ...before.map((key) => step.done.get(key) ?? 0));
}

// --- races ---------------------------------------------------------------------------------------

/** A write that carries or repeats what another CPU did. */
interface Race {
  /** The step whose effect it carries ahead of that step's own write; null = it only repeats. */
  readonly early: Step | null;
}

/** Steps of other functions under way that are to write the entry. */
export function pendingSteps(kernel: Kernel, irte: IrteModel, own: Call): readonly Step[] {
  const pending: Step[] = [];
  for (const call of kernel.open) {
    if (call === own) continue;
    for (const step of call.steps) if (concerns(step, irte)) pending.push(step);
  }
  return pending;
}

/** The race that explains the write of a step; null = none does. */
export function raceOf(
  kernel: Kernel,
  call: Call,
  step: Step,
  irte: IrteModel,
  seen: IrteBits,
): Race | null {
  if (isRepeated(irte, seen, call.root)) return { early: null };
  if (irte.shadow === null) return null;
  const other = pendingSteps(kernel, irte, call).find(
    (each) => isInTurn([each, step], irte, seen) || isInTurn([step, each], irte, seen),
  );
  return other === undefined ? null : { early: other };
}

/** The write repeats what another function wrote since this one, whose event is `root`, was entered. */
function isRepeated(irte: IrteModel, seen: IrteBits, root: Seq): boolean {
  const { shadow, lastWrite, lastRoot } = irte;
  const isSince = lastWrite !== null && lastWrite > root && lastRoot !== root;
  return isSince && shadow !== null && sameBits(shadow, seen);
}

/** Are the bits those of the shadow after both steps? */
function isInTurn(
  [first, second]: readonly [Step, Step],
  irte: IrteModel,
  seen: IrteBits,
): boolean {
  const between = first.op(irte, irte.shadow);
  if (between === null || between === "unknown" || !isComplete(between)) return false;
  const both = second.op(irte, between.bits);
  return both !== "unknown" && agrees(both ?? between, seen);
}

/**
 * The own write of a step whose effect was seen before: it is the shadow as it is, or as another CPU has made it
 * since. null = it is neither.
 */
export function repetitionOf(
  irte: IrteModel,
  seen: IrteBits,
  pending: readonly Step[],
): Race | null {
  if (irte.shadow !== null && sameBits(irte.shadow, seen)) return { early: null };
  const other = pending.find((each) => {
    const theirs = each.op(irte, irte.shadow);
    return theirs !== null && theirs !== "unknown" && agrees(theirs, seen);
  });
  return other === undefined ? null : { early: other };
}

/** Has what another CPU put into the shadow left the step nothing to write? */
export function wasForestalled(irte: IrteModel, step: Step, pending: readonly Step[]): boolean {
  return pending.some((other) => {
    const theirs = other.op(irte, irte.shadow);
    if (theirs === null || theirs === "unknown" || !isComplete(theirs)) return false;
    return step.op(irte, theirs.bits) === null;
  });
}
