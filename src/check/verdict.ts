// What is decided about a write, and the tests that the decision rests on.

import { type TwinEvent } from "../domain/events/event.js";
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
