// What functions under way owe, and what is missing when they are over.

import { isComplete } from "../domain/values/bits.js";
import { type Consistency } from "../domain/platform/consistency.js";
import { type IrteKey, type Seq } from "../domain/values/ids.js";
import { type Call, type Step } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import { type Platform, type RulesKernel, type Sees } from "../domain/platform/platform.js";
import { type InvariantRunner } from "./invariant-runner.js";
import { type Ledger } from "./ledger.js";
import { isLinked, pendingSteps, stayed, wasForestalled } from "./matcher.js";

/** Where debts are looked up, and where what is missing is kept. */
export interface DebtContext {
  /** The platform whose rules say what a function owes. */
  readonly platform: Platform;
  /** The rules profile to judge by. */
  readonly profile: string;
  /** The kernel as the rules follow it: it knows the functions that are over. */
  readonly kernel: RulesKernel;
  /** Which probes have lines: a write that none would show is not missing. */
  readonly sees: Sees;
  /** Gets the writes that are missing. */
  readonly ledger: Ledger;
  /** Get what a missing write breaks. */
  readonly invariants: InvariantRunner;
  /** null = the recording's lines are not compared with each other. */
  readonly consistency: Consistency | null;
}

/** Settles the functions that are over. */
export class Debts {
  private readonly platform: Platform;
  private readonly profile: string;
  private readonly kernel: RulesKernel;
  private readonly sees: Sees;
  private readonly ledger: Ledger;
  private readonly invariants: InvariantRunner;
  private readonly consistency: Consistency | null;

  /** Settles the functions of one recording. */
  constructor(context: DebtContext) {
    const { platform, profile, kernel, sees, ledger, invariants, consistency } = context;
    this.platform = platform;
    this.profile = profile;
    this.kernel = kernel;
    this.sees = sees;
    this.ledger = ledger;
    this.invariants = invariants;
    this.consistency = consistency;
  }

  /** The function is over: what it owed is due. `isComplete`: it had the time to do it. */
  settle(call: Call, isComplete: boolean): void {
    const { steps, atEnd } = call;
    if (steps.length > 0) call.steps = [];
    if (atEnd.length > 0) call.atEnd = [];
    call.isOver = isComplete;
    if (isComplete) for (const step of steps) this.demand(call, step);
    if (isComplete) this.demandPresumed(call);
    for (const link of atEnd) link();
    if (isComplete) this.invariants.settle(this.atRest(call), call.last);
    call.touched.clear();
    this.kernel.open.delete(call);
  }

  /** What no event asks for is owed only where the recording would show that something else was asked for. */
  private demandPresumed(call: Call): void {
    if (call.presumed.length === 0) return;
    const sees = (rule: string): boolean =>
      this.platform.canJudgeRule(this.sees, `${rule} presumed`, this.profile);
    const owed = call.presumed.filter(({ rule }) => sees(rule));
    if (owed.length > 0) call.presumed = [];
    for (const step of owed) this.demand(call, step);
  }

  /** The entries that the function touched, or that are on its vCPU's list, and nobody else is at. */
  private atRest(own: Call): readonly IrteKey[] {
    const { target, touched } = own;
    const list = target === null ? [] : this.kernel.model.vcpu(target).list;
    if (touched.size === 0 && list.length === 0) return list;
    return [...touched, ...list].filter((key) => !this.isBusy(key, own));
  }

  /** Another function under way is to write the entry, or runs on the vCPU whose list holds it. */
  private isBusy(key: IrteKey, own: Call): boolean {
    const { model, open } = this.kernel;
    const irte = model.irte(key);
    const holder = model.holderOf(key);
    const isOn = (step: Step): boolean =>
      step.type === "walk" ? step.vcpu === holder || isLinked(step, key) : step.irte === irte;
    for (const call of open) {
      if (call !== own && (call.touched.has(key) || call.steps.some(isOn))) return true;
    }
    return false;
  }

  /** What a step still owes is missing, and is taken as done: the kernel's own state says so. */
  demand(call: Call, step: Step): void {
    if (step.type === "single") {
      if (step.owed()) this.miss(call, step.irte, step);
      return;
    }
    for (const key of step.atEntry) {
      const irte = this.kernel.model.irte(key);
      const isOwed = step.skipped.has(key) || stayed(step, irte);
      if (isOwed && step.due.has(key) && !step.done.has(key)) this.miss(call, irte, step);
    }
  }

  private miss(call: Call, irte: IrteModel, step: Step): void {
    if (irte.freed || irte.dangling || (step.type === "walk" && step.vcpu.corrupt)) return;
    if (!this.platform.canJudgeRule(this.sees, step.rule, this.profile)) return;
    const expected = step.op(irte, irte.shadow);
    if (expected === null || expected === "unknown") return;
    if (wasForestalled(irte, step, pendingSteps(this.kernel, irte, call))) return;
    if (this.consistency?.explainsMissing(call) === true) {
      irte.otherwise = irte.shadow;
      return;
    }
    // Owed because the vCPU ran: that is in doubt now.
    if (step.type === "single" && step.bug !== null && call.target !== null)
      this.kernel.model.vcpu(call.target).running = null;
    irte.otherwise = irte.shadow;
    irte.shadow = isComplete(expected) ? expected.bits : irte.shadow;
    this.ledger.missing(irte, expected, { step, call, inputs: this.inputs(step, irte, call) });
  }

  /** The events that the prediction of a step rests on; null where one was not observed. */
  inputs(step: Step, irte: IrteModel, call: Call): readonly (Seq | null)[] {
    const linkedBy = step.type === "walk" ? irte.linkedBy : null;
    const others = this.kernel.inputsOf(step, irte, call);
    return [irte.lastWrite, call.root, step.demandedBy, linkedBy, ...others];
  }
}
