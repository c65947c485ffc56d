// The interrupts that a recording shows, as rows: what decides the verdict about one is a case, of which there are few.

import {
  OUTCOMES as OUTCOME_SAYS,
  SHOWN_BY,
  type InterruptFacts,
  type RoutesOfIt,
} from "../domain/platform/interrupt.js";
import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";

/** An interrupt of which nothing more can come. null = none, or not known. */
export interface ShownInterrupt {
  /** The event that shows it first. */
  readonly seq: Seq;
  /** The entry that raised it. */
  readonly key: IrteKey | null;
  /** The vCPU that should get it. */
  readonly vcpu: VcpuRow | null;
  /** The vCPU that got it, or is told of it. */
  readonly got: VcpuRow | null;
  /** The event at which a local APIC accepted it. */
  readonly accepted: Seq | null;
  /** The event at which the vCPU was back from its halt. */
  readonly woken: Seq | null;
  /** The event from which on the vCPU was known to run, after all of these. */
  readonly running: Seq | null;
  /** The number of its case. */
  readonly case: number;
}

const SHOWN = Object.keys(SHOWN_BY);
const OUTCOMES = Object.keys(OUTCOME_SAYS);
const ROUTES: readonly RoutesOfIt[] = ["fits", "wrong", "not known"];

/** Gives every case a number, from 1, in the order in which they come up. */
export class InterruptCases {
  /** All cases; the number of a case is its place, from 1. */
  readonly all: InterruptFacts[] = [];
  private readonly numbers = new Map<number, number>();

  /** The number of the case. */
  of(facts: InterruptFacts): number {
    const { shown, outcome, route, isAmbiguous } = facts;
    const way = SHOWN.indexOf(shown) * 16 + OUTCOMES.indexOf(outcome);
    const name = (way * 4 + ROUTES.indexOf(route)) * 2 + (isAmbiguous ? 1 : 0);
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.all.push({ shown, outcome, route, isAmbiguous });
    this.numbers.set(name, this.all.length);
    return this.all.length;
  }
}
