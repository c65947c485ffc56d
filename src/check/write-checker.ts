// Observed writes: each is matched with what the function that made it owes, is decided, and becomes the entry's
// bits.

import { type Debts } from "./debts.js";
import { agrees, type IrteBits } from "../domain/values/bits.js";
import { type Consistency } from "../domain/platform/consistency.js";
import { irteKeyOf, type TwinEvent, bitsOf } from "../domain/events/event.js";
import { type IrteKey } from "../domain/values/ids.js";
import { evidence } from "../domain/platform/invariant.js";
import { isPartOf, type Call, type Step, type Walk } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import { type RulesKernel } from "../domain/platform/platform.js";
import { type Gaps } from "./gaps.js";
import { type InvariantRunner } from "./invariant-runner.js";
import { type Judge } from "./judge.js";
import { type Ledger, type WriteDecision } from "./ledger.js";
import { concerns, match, owedBefore, predictions } from "./matcher.js";
import { type Pair } from "./pairs.js";

/** What a write is checked with. */
export interface WriteContext {
  /** The kernel as the rules follow it. */
  readonly kernel: RulesKernel;
  /** Decides about a write that a step explains. */
  readonly judge: Judge;
  /** Gets the verdicts. */
  readonly ledger: Ledger;
  /** Knows the writes that functions still owe. */
  readonly debts: Debts;
  /** Get what a write breaks. */
  readonly invariants: InvariantRunner;
  /** Where events were lost. */
  readonly gaps: Gaps;
  /** null = the recording's lines are not compared with each other. */
  readonly consistency: Consistency | null;
}

/** Checks the writes of a recording. */
export class WriteChecker {
  private readonly kernel: RulesKernel;
  private readonly judge: Judge;
  private readonly ledger: Ledger;
  private readonly debts: Debts;
  private readonly invariants: InvariantRunner;
  private readonly gaps: Gaps;
  private readonly consistency: Consistency | null;

  /** Checks the writes of one recording, in the order of its events. */
  constructor({ kernel, judge, ledger, debts, invariants, gaps, consistency }: WriteContext) {
    this.kernel = kernel;
    this.judge = judge;
    this.ledger = ledger;
    this.debts = debts;
    this.invariants = invariants;
    this.gaps = gaps;
    this.consistency = consistency;
  }

  /** Takes a write, with the exchange that carried it out. */
  observe(write: TwinEvent, pair: Pair): void {
    this.written(write, this.seenBits(write, pair));
  }

  /** Takes an exchange whose write has no line. */
  observeExchange(exchange: TwinEvent): void {
    this.written(exchange, bitsOf(exchange));
  }

  /** The bits of a write. Where its exchange has others, those that the rules demand; else those of the exchange. */
  private seenBits(event: TwinEvent, { exchange, isNext }: Pair): IrteBits {
    const own = bitsOf(event);
    const isSame = this.consistency?.write(event, exchange, isNext) ?? true;
    const key = irteKeyOf(event);
    const call = this.callThatPrinted(event);
    if (isSame || exchange == null || key === null || call === null) return own;
    const irte = this.kernel.model.irte(key);
    const isDemanded = call.steps
      .filter((step) => concerns(step, irte))
      .flatMap((step) => predictions(step, irte))
      .some((each) => each !== "unknown" && agrees(each, own));
    return isDemanded ? own : bitsOf(exchange);
  }

  private written(event: TwinEvent, seen: IrteBits): void {
    const key = irteKeyOf(event);
    if (key === null) return;
    this.ledger.counts.observed++;
    const irte = this.kernel.model.irte(key);
    const call = this.callThatPrinted(event);
    const step = call === null ? null : this.stepOf(call, irte, seen);
    // Where the last write is in doubt, so is the entry before this one.
    const before = irte.otherwise === null ? irte.shadow : null;
    if (step === null || call === null) this.unmatched(event, irte, seen, call);
    else this.matched(event, irte, seen, step, call);
    this.kernel.learnFrom(seen);
    this.testWrite(event, irte, before, call);
    irte.lastWrite = event.seq;
    irte.lastCause = event.cause;
    irte.lastRoot = event.cause_seq;
    if (call === null) return;
    call.last = event.seq;
    call.touched.add(key);
    this.kernel.open.add(call);
  }

  private callThatPrinted(event: TwinEvent): Call | null {
    const onTask = event.task === null ? undefined : this.kernel.calls.get(event.task);
    return onTask !== undefined && isPartOf(onTask, event) ? onTask : null;
  }

  private testWrite(
    event: TwinEvent,
    irte: IrteModel,
    before: IrteBits | null,
    call: Call | null,
  ): void {
    if (irte.otherwise !== null) return;
    this.invariants.written({ event, before }, irte.key);
    if (call === null && !irte.freed && !irte.dangling)
      this.invariants.writtenUnseen(event, irte.key);
  }

  /** The step that this write fulfils; steps before it that owe writes are missing then. */
  private stepOf(call: Call, irte: IrteModel, seen: IrteBits): Step | null {
    const found = match(this.kernel, call, irte, seen);
    if (found === null) return null;
    if (found.early !== null) irte.early.add(found.early);
    for (const passed of found.passed) this.debts.demand(call, passed);
    call.steps = [...found.left];
    return found.step;
  }

  private matched(event: TwinEvent, irte: IrteModel, seen: IrteBits, step: Step, call: Call): void {
    const verdict = this.verdictOn(event, irte, seen, step, call);
    if (verdict === "explained") this.noteBug(event, irte, step, call);
    const [expected] = predictions(step, irte);
    this.decide(event, irte, seen, verdict, step.rule);
    if (step.type === "walk") this.advanceWalk(step, irte.key, event, verdict);
    if (verdict !== "mismatched" || expected === undefined || expected === "unknown") return;
    irte.otherwise = expected.bits;
    this.ledger.mismatch(event, irte, expected, {
      step,
      call,
      inputs: this.debts.inputs(step, irte, call),
    });
  }

  private verdictOn(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    step: Step,
    call: Call,
  ): WriteDecision {
    const verdict = this.judge.judge(irte, seen, step, call);
    const isExplained =
      verdict === "mismatched" && this.consistency?.explainsMismatch(event, seen) === true;
    return isExplained ? "unknown" : verdict;
  }

  /** Making the step shows a known bug. */
  private noteBug(event: TwinEvent, irte: IrteModel, step: Step, call: Call): void {
    if (step.type !== "single" || step.bug === null) return;
    const runs = call.target === null ? null : this.kernel.model.vcpu(call.target).lastEvent;
    const proof = evidence(runs, irte.lastWrite, call.root, event.seq);
    const subject = { key: irte.key, vcpu: event.vcpu, evidence: proof };
    this.invariants.report(step.bug, event.seq, subject);
  }

  /**
   * Marks an element as written; those before it in the list that still owe a write are skipped. If one of
   * them is written after all, this write came before its turn.
   */
  private advanceWalk(step: Walk, key: IrteKey, event: TwinEvent, verdict: WriteDecision): void {
    step.done.set(key, event.seq);
    if (step.skipped.delete(key)) this.withdrawEarly(step);
    for (const earlier of owedBefore(this.kernel.model, step, key)) {
      step.skipped.add(earlier);
      if (verdict === "explained") step.early ??= event;
    }
  }

  /** The write that came before its turn is unexpected there. Once for a walk. */
  private withdrawEarly(step: Walk): void {
    const { early } = step;
    if (early === null) return;
    step.early = null;
    const irte = this.kernel.model.irte(irteKeyOf(early) ?? 0);
    this.ledger.withdraw(early, irte, step.rule, step.vcpu.vcpu);
  }

  private unmatched(event: TwinEvent, irte: IrteModel, seen: IrteBits, call: Call | null): void {
    const excuse = this.judge.excuse(event, irte, seen, call, this.gaps.isSettled(event));
    if (excuse !== null) {
      this.decide(event, irte, seen, excuse.verdict, excuse.rule);
      return;
    }
    // Its function is over, or has returned: a line is missing that would tell which one writes.
    const isAfter = call === null || call.isOver;
    if (this.consistency?.explainsStray(event, seen, isAfter) === true) {
      this.decide(event, irte, seen, "unknown", null);
      return;
    }
    const before = irte.shadow;
    this.decide(event, irte, seen, "unexpected", null);
    irte.otherwise = before ?? seen;
    // It may be a load or put that the recording lost: what the vCPU does is in doubt as well.
    const holder = this.kernel.model.holderOf(irte.key);
    if (holder !== null && !this.judge.isAnothers(irte, call)) holder.running = null;
    this.ledger.stray(event, irte, call);
  }

  private decide(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    verdict: WriteDecision,
    rule: string | null,
  ): void {
    irte.shadow = seen;
    irte.otherwise = null;
    this.ledger.decide(event, verdict, rule);
  }
}
