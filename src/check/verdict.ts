// What is decided about a write, and the tests that the decision rests on.

import { type TwinEvent } from "../domain/events/event.js";
import { isGuestMode } from "../domain/amd/irte.js";
import { type IrteBits, agrees, type Predicted } from "../domain/bits.js";
import { type Step, type Walk } from "../domain/model/calls.js";
import { type Difference } from "../domain/amd/releases.js";
import { type IrteModel } from "../domain/model/model.js";

export type Verdict = "explained" | "mismatched" | "unexpected" | "unknown" | "undefined";

/** One difference between the rules and the recording. */
export interface WriteFinding {
  readonly kind: "mismatch" | "unexpected" | "missing";
  readonly rule: string | null;
  readonly seq: number;
  readonly key: number;
  readonly vcpu: number | null;
  /** irteKey() of the entry that the rules demand a write of where this one came. */
  readonly instead_of?: number | undefined;
  /** How many writes of one function it stands for. */
  readonly times?: number | undefined;
  /** The row of the table in rules.ts that makes it one; null = none in particular. */
  readonly row?: Difference | null | undefined;
  readonly expected: Predicted | null;
  readonly observed: IrteBits | null;
  readonly cause_seq: number | null;
  readonly evidence: readonly number[];
}

/** What was decided about the writes of a recording. */
export interface WriteCounts {
  observed: number;
  explained: number;
  mismatched: number;
  unexpected: number;
  missing: number;
  unknown: number;
  undefined: number;
}

/** Which probes a recording has: without its probe a cause cannot be seen. */
export type Sees = (name: string) => boolean;

/**
 * What a write looks like that a function without a probe made: names of its probes, and a test of
 * the entry before and after.
 */
const UNSEEN: readonly (readonly [
  readonly string[],
  (before: IrteBits, seen: IrteBits) => boolean,
])[] = [
  [["avic_vcpu_load"], differsInRun],
  [["avic_vcpu_put"], differsInRun],
  [["avic_blocking"], differsInRun],
  [["avic_unblocking"], differsInRun],
  // Whose list an entry is on.
  [["avic_pi_update"], (before, seen) => differsInRun(before, seen) || isToggle(before, seen)],
  [["avic_refresh"], isToggle],
  [["ir_set_vcpu_affinity"], (before, seen) => isGuestMode(before) || isGuestMode(seen)],
  [["ir_activate"], (_before, seen) => (seen.loL & 1) === 1],
  [["ir_deactivate"], (_before, seen) => (seen.loL & 1) === 0],
  [["irte_set_affinity"], (before, seen) => !isGuestMode(before) && !isGuestMode(seen)],
];

function isToggle(before: IrteBits, seen: IrteBits): boolean {
  return isGuestMode(before) !== isGuestMode(seen);
}

/** Posted before and after, to the same vCPU: at most IsRun, GALogIntr and the destination differ. */
function differsInRun(before: IrteBits, seen: IrteBits): boolean {
  const same = before.loH === seen.loH && before.hiL === seen.hiL;
  return same && isGuestMode(before) && isGuestMode(seen) && ((before.loL ^ seen.loL) & 0xbb) === 0;
}

/** Could a function whose probe no line of the recording has have made this write? */
export function couldBeUnseen(sees: Sees, before: IrteBits, seen: IrteBits): boolean {
  return UNSEEN.some(([probes, looksLike]) => !probes.some(sees) && looksLike(before, seen));
}

export function bitsOf({ loH, loL, hiH, hiL }: TwinEvent): IrteBits {
  return { loH, loL, hiH, hiL };
}

/** What the step writes: from the shadow, and where the last write is in doubt from what it was else. */
export function predictions(step: Step, irte: IrteModel): readonly (Predicted | "unknown")[] {
  const { shadow, otherwise } = irte;
  const shadows = otherwise === null ? [shadow] : [shadow, otherwise];
  return shadows.map((each) => step.op(irte, each)).filter((each) => each !== null);
}

/** The step writes other bits. */
export function isWrong(step: Step, irte: IrteModel, seen: IrteBits): boolean {
  const known = predictions(step, irte);
  return known.length > 0 && !known.some((each) => each === "unknown" || agrees(each, seen));
}

export function isLinked(step: Walk, key: number): boolean {
  const { atEntry, vcpu } = step;
  return atEntry.includes(key) || vcpu.list.includes(key) || vcpu.changing.includes(key);
}

/** The shortest list of events that shows it, in order. */
export function evidence(...seqs: readonly (number | null)[]): readonly number[] {
  const known = seqs.filter((seq) => seq !== null);
  return [...new Set(known)].sort((a, b) => a - b);
}

/** The event after which a write is missing: the one before it in the walk, else what demands it. */
export function placeOf(step: Step, irte: IrteModel): number {
  if (step.type === "single") return Math.max(step.demandedBy, irte.lastWrite ?? 0);
  const before = step.atEntry.slice(0, Math.max(0, step.atEntry.indexOf(irte.key)));
  return Math.max(step.demandedBy, ...before.map((key) => step.done.get(key) ?? 0));
}
