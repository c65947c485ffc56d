// Compares what the rules demand with what a recording shows. One pass over the events, in order: a function's
// entry says which writes must follow on its task; each observed write is matched with them (matcher), decided
// (judge) and kept (ledger); what is left when the task goes on is missing.
//
// A function ends, for us, with the next event of its task that is not part of it. Its walk over a list must
// write every element that was linked the whole time; one linked or unlinked meanwhile may be written or not,
// because the events do not order the lock.

import { Debts } from "./debts.js";
import { agrees, type IrteBits } from "../domain/values/bits.js";
import { type Consistency, type Contradiction } from "../domain/platform/consistency.js";
import { irteKeyOf, type CallReturn, type TwinEvent, bitsOf } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { type IrteKey } from "../domain/values/ids.js";
import { evidence } from "../domain/platform/invariant.js";
import { isPartOf, type Call, type Step, type Walk } from "../domain/model/calls.js";
import { type IrteModel } from "../domain/model/model.js";
import {
  type HostFacts,
  type NamesOf,
  type Platform,
  type RulesKernel,
  type Sees,
} from "../domain/platform/platform.js";
import { Gaps, type GapSpan } from "./gaps.js";
import { InvariantRunner } from "./invariant-runner.js";
import { Judge } from "./judge.js";
import {
  Ledger,
  type OnVerdict,
  type Verdict,
  type WriteCounts,
  type WriteFinding,
} from "./ledger.js";
import { concerns, match, owedBefore, predictions } from "./matcher.js";
import { Pairs, type Pair } from "./pairs.js";
import { Doubts, type Difference } from "./doubts.js";

/** What the checker needs to know of a recording besides its events. */
export interface CheckSubject {
  readonly platform: Platform;
  /** The rules profile to judge by. */
  readonly profile: string;
  readonly sees: Sees;
  readonly host: HostFacts;
  readonly names: NamesOf;
  /** Where events were lost: nothing is judged there. Default: nowhere. */
  readonly gaps?: readonly GapSpan[];
  readonly onVerdict?: OnVerdict;
  /**
   * Are the rules the recording's own? By others the functions of the kernel call each other in another way, so that
   * its lines are not compared with each other. Default: yes.
   */
  readonly isOwn?: boolean;
}

/** Checks one recording, event by event. */
export class Checker {
  readonly invariants: InvariantRunner;
  /** Lines of the recording that contradict each other; once it is over. */
  contradictions: readonly Contradiction[] = [];
  private readonly kernel: RulesKernel;
  private readonly judge: Judge;
  private readonly ledger: Ledger;
  private readonly debts: Debts;
  private readonly gaps: Gaps;
  private readonly consistency: Consistency | null;
  private readonly pairs = new Pairs((event, pair) => {
    this.process(event, pair);
  });

  constructor({
    platform,
    profile,
    sees,
    host,
    names,
    gaps = [],
    onVerdict,
    isOwn = true,
  }: CheckSubject) {
    this.kernel = platform.newKernel(profile, host, names);
    this.invariants = new InvariantRunner(platform, profile, this.kernel, sees);
    this.judge = new Judge(platform, profile, this.kernel, sees);
    this.ledger = new Ledger(onVerdict);
    const { kernel, ledger, invariants } = this;
    this.debts = new Debts({ platform, profile, kernel, sees, ledger, invariants });
    this.gaps = new Gaps(gaps);
    this.consistency = (isOwn ? platform.newConsistency?.(kernel, sees) : null) ?? null;
  }

  /** What was decided about the writes so far. */
  get counts(): Readonly<WriteCounts> {
    return this.ledger.counts;
  }

  /** The findings about writes, in the order in which they were found. */
  get findings(): readonly WriteFinding[] {
    return this.ledger.findings;
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    this.kernel.returned(returns);
  }

  /** Takes the next event. */
  step(event: TwinEvent): void {
    this.pairs.push(event);
  }

  private process(event: TwinEvent, pair: Pair): void {
    if (this.gaps.isEdge(event)) this.forget();
    const isWrite = event.kind === KIND.irte_written;
    if (this.gaps.holds(event)) {
      if (!isWrite) return;
      this.ledger.counts.observed++;
      this.ledger.decide(event, "unknown", null);
      return;
    }
    this.settleEnded(event);
    this.consistency?.observe(event);
    this.invariants.observe(event);
    if (isWrite) this.written(event, this.seenBits(event, pair));
    else if (event.kind !== KIND.irte_exchanged) this.kernel.advance(event);
    else if (this.consistency?.exchange(event) === true) this.written(event, bitsOf(event));
    // Until its function is over, an entry whose route has just changed is not at rest.
    for (const key of this.kernel.takeRerouted()) this.kernel.callOf(event).touched.add(key);
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

  /** The recording is over: a function that is still under way may have been cut off. */
  finish(): void {
    this.pairs.end();
    for (const call of this.kernel.calls.values()) this.debts.settle(call, false);
    this.kernel.calls.clear();
    const doubts = new Doubts(this.consistency?.found ?? []);
    if (doubts.found.length === 0) return;
    const isExplained = (difference: Difference): boolean => doubts.explains(difference);
    this.ledger.dismiss(isExplained);
    this.invariants.dismiss(isExplained);
    this.contradictions = doubts.found;
  }

  private forget(): void {
    this.gaps.forgetTasks();
    this.consistency?.forget();
    this.kernel.forget();
  }

  // --- functions under way ----------------------------------------------------------------------

  private settleEnded(event: TwinEvent): void {
    const { calls } = this.kernel;
    const was = event.task === null ? undefined : calls.get(event.task);
    for (const call of this.kernel.ended(event)) this.debts.settle(call, true);
    const isOver = was?.isOutermost === true && !calls.has(event.task ?? -1);
    if (isOver) this.gaps.noteEnded(event.task);
  }

  // --- observed writes ----------------------------------------------------------------------------

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
    const verdict = this.judge.judge(irte, seen, step, call);
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
  private advanceWalk(step: Walk, key: IrteKey, event: TwinEvent, verdict: Verdict): void {
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
    if (this.consistency?.explainsStray(event) === true) {
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
    verdict: Verdict,
    rule: string | null,
  ): void {
    irte.shadow = seen;
    irte.otherwise = null;
    this.ledger.decide(event, verdict, rule);
  }
}
