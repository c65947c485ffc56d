// Compares what the rules demand with what a recording shows. One pass over the events, in order:
// a function's entry says which writes must follow on its task; each observed write is matched with
// them, and what is left when the task goes on is missing.
//
// A function ends, for us, with the next event of its task that is not part of it. Its walk over an
// ir_list must write every element that was linked the whole time; one linked or unlinked meanwhile
// may be written or not, because the events do not order the lock.

import { KIND } from "../domain/events/kinds.js";
import { type TwinEvent, type CallReturn } from "../domain/events/event.js";
import { isGuestMode } from "../domain/amd/irte.js";
import { type IrteBits, agrees, isComplete, type Predicted } from "../domain/bits.js";
import { type Call, type Step, type Walk } from "../domain/model/calls.js";
import { decide } from "../domain/amd/vcpu-rules.js";
import { SECOND_WRITE } from "../domain/amd/routing-rules.js";
import { Kernel, isPartOf, type TagNames } from "../domain/model/kernel.js";
import { type IrteModel, type Model, type VcpuModel } from "../domain/model/model.js";
import { type Rules } from "../domain/amd/releases.js";
import { Gaps, type GapSpan } from "./gaps.js";
import { InvariantChecker } from "./invariants.js";
import { canJudgeRule, couldBeUnseen, shows, type Sees } from "../domain/amd/probes/sees.js";
import { concerns, isMixed, isRepeated, repeats, stayed, wasForestalled } from "./race.js";
import {
  bitsOf,
  evidence,
  isLinked,
  isWrong,
  predictions,
  placeOf,
  type Verdict,
  type WriteCounts,
  type WriteFinding,
} from "./verdict.js";

/** Rules whose writes carry irq_cfg. */
const UNPOSTS = new Set(["T2", "T3", "T8"]);

export class Checker {
  readonly counts: WriteCounts = {
    observed: 0,
    explained: 0,
    mismatched: 0,
    unexpected: 0,
    missing: 0,
    unknown: 0,
    undefined: 0,
  };
  readonly findings: WriteFinding[] = [];
  readonly invariants: InvariantChecker;
  private readonly kernel: Kernel;
  private readonly model: Model;
  private readonly sees: Sees;
  private readonly gaps = new Gaps();
  /** Tasks that were seen to end a function since events were lost; null = none were. */
  private settled: Set<number | null> | null = null;
  private readonly onVerdict:
    ((event: TwinEvent, verdict: Verdict, rule: string | null) => void) | undefined;

  constructor(
    rules: Rules,
    sees: Sees,
    apicOfCpu: ReadonlyMap<number, number>,
    names: TagNames,
    onVerdict?: (event: TwinEvent, verdict: Verdict, rule: string | null) => void,
  ) {
    this.kernel = new Kernel(rules, apicOfCpu, names);
    this.model = this.kernel.model;
    this.invariants = new InvariantChecker(rules, this.model, names, sees);
    this.sees = sees;
    this.onVerdict = onVerdict;
  }

  /** What most remapped entries of the recording say of the host's dm: constant for a boot. */
  assumeDestMode(logical: boolean): void {
    this.model.learnDestMode(logical);
  }

  /** Where events were lost: nothing is judged there. */
  assumeGaps(spans: readonly GapSpan[]): void {
    this.gaps.add(spans);
  }

  private forget(): void {
    this.settled = new Set();
    this.kernel.forget();
    this.invariants.forget();
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    this.kernel.returned(returns);
  }

  /** Takes the next event. */
  step(event: TwinEvent): void {
    if (this.gaps.isEdge(event)) this.forget();
    if (this.gaps.holds(event)) {
      if (event.kind !== KIND.irte_written) return;
      this.counts.observed++;
      this.counts.unknown++;
      this.onVerdict?.(event, "unknown", null);
      return;
    }
    this.settleEnded(event);
    this.invariants.observe(event, this.kernel.keyOf(event));
    if (event.kind === KIND.irte_written) this.written(event);
    else decide(this.kernel, event);
    // Until its function is over, an entry whose route has just changed is not at rest.
    for (const key of this.invariants.takeRerouted()) this.kernel.callOf(event).touched.add(key);
  }

  /** The recording is over: a function that is still under way may have been cut off. */
  end(): void {
    for (const call of this.kernel.calls.values()) this.settleCall(call, false);
    this.kernel.calls.clear();
  }

  // --- functions under way ----------------------------------------------------------------------

  private settleEnded(event: TwinEvent): void {
    const { calls } = this.kernel;
    const was = event.task === null ? undefined : calls.get(event.task);
    for (const call of this.kernel.ended(event)) this.settleCall(call, true);
    if (was !== undefined && !calls.has(event.task ?? -1)) this.settled?.add(event.task);
  }

  /** What the function owed is due; `complete`: it had the time to do it. */
  private settleCall(call: Call, complete: boolean): void {
    const { steps, atEnd } = call;
    call.steps = [];
    call.atEnd = [];
    if (complete) for (const step of steps) this.demand(call, step);
    if (complete && canJudgeRule(this.sees, "T3 presumed"))
      for (const step of call.presumed.splice(0)) this.demand(call, step);
    for (const link of atEnd) link();
    const vcpu = call.target === null ? null : this.model.vcpu(call.target);
    if (complete) {
      const keys = [...call.touched, ...(vcpu?.list ?? [])].filter(
        (key) => !this.isBusy(key, call),
      );
      this.invariants.settled(keys, call.last);
    }
    call.touched.clear();
    this.kernel.open.delete(call);
  }

  /** Another function under way is to write the entry, or runs on the vCPU whose list holds it. */
  private isBusy(key: number, own: Call): boolean {
    const irte = this.model.irte(key);
    const holder = this.model.holderOf(key);
    for (const call of this.kernel.open) {
      if (call === own) continue;
      if (call.touched.has(key)) return true;
      const isOn = (step: Step): boolean =>
        step.type === "walk" ? step.vcpu === holder || isLinked(step, key) : step.irte === irte;
      if (call.steps.some(isOn)) return true;
    }
    return false;
  }

  /** What a step still owes is missing, and is taken as done: the kernel's own state says so. */
  private demand(call: Call, step: Step): void {
    if (step.type === "single") {
      if (step.owed()) this.miss(call, step.irte, step, null);
      return;
    }
    for (const key of step.atEntry) {
      const irte = this.model.irte(key);
      const isOwed = step.skipped.has(key) || stayed(step, irte);
      if (isOwed && step.due.has(key) && !step.done.has(key))
        this.miss(call, irte, step, step.vcpu);
    }
  }

  private miss(call: Call, irte: IrteModel, step: Step, vcpu: VcpuModel | null): void {
    if (irte.freed || irte.dangling || vcpu?.corrupt === true) return;
    if (!canJudgeRule(this.sees, step.rule)) return;
    const predicted = step.op(irte, irte.shadow);
    if (predicted === null || predicted === "unknown") return;
    if (wasForestalled(irte, step, this.pendingFor(irte, call))) return;
    this.counts.missing++;
    // Owed because the vCPU ran: that is in doubt now.
    if (step.rule === SECOND_WRITE && call.target !== null)
      this.model.vcpu(call.target).running = null;
    irte.otherwise = irte.shadow;
    irte.shadow = isComplete(predicted) ? predicted.bits : irte.shadow;
    if (this.isInstead(call, irte, step, predicted)) return;
    this.findings.push({
      kind: "missing",
      rule: step.rule,
      row: step.type === "single" ? step.row : null,
      seq: placeOf(step, irte),
      key: irte.key,
      vcpu: vcpu?.vcpu ?? call.target,
      expected: predicted,
      observed: null,
      cause_seq: call.root,
      evidence: evidence(...this.inputs(step, irte, call), placeOf(step, irte), call.last),
    });
  }

  /** The function wrote another entry in its place: one finding, not two. */
  private isInstead(call: Call, irte: IrteModel, step: Step, expected: Predicted): boolean {
    const at = this.findings.findLastIndex(({ seq }) => seq === call.stray);
    const finding = this.findings[at];
    if (finding === undefined || finding.instead_of !== undefined) return false;
    const proof = evidence(...finding.evidence, irte.lastWrite);
    this.findings[at] = {
      ...finding,
      rule: step.rule,
      instead_of: irte.key,
      expected,
      evidence: proof,
    };
    return true;
  }

  // --- observed writes ----------------------------------------------------------------------------------

  private written(event: TwinEvent): void {
    const key = this.kernel.keyOf(event);
    if (key === null) return;
    this.counts.observed++;
    const seen = bitsOf(event);
    const irte = this.model.irte(key);
    const onTask = event.task === null ? undefined : this.kernel.calls.get(event.task);
    const call = onTask !== undefined && isPartOf(onTask, event) ? onTask : null;
    const step = call === null ? null : this.take(call, irte, seen);
    // Where the last write is in doubt, so is the entry before this one.
    const before = irte.otherwise === null ? irte.shadow : null;
    if (step === null) this.unmatched(event, irte, seen, call);
    else if (call !== null) this.matched(event, irte, seen, step, call);
    if (!isGuestMode(seen)) this.model.learnDestMode((seen.loL & 0x40) !== 0);
    if (irte.otherwise === null) this.invariants.written(event, key, before);
    if (irte.otherwise === null && call === null && !irte.freed && !irte.dangling)
      this.invariants.orphan(event, key);
    irte.lastWrite = event.seq;
    irte.lastCause = event.cause;
    irte.lastRoot = event.cause_seq;
    if (call === null) return;
    call.last = event.seq;
    call.touched.add(key);
    this.kernel.open.add(call);
  }

  /** The step that this write fulfils; steps before it that owe writes are missing then. */
  private take(call: Call, irte: IrteModel, seen: IrteBits): Step | null {
    const able = call.steps.filter((step) => this.accepts(step, irte));
    const step =
      able.find((each) => each.type === "single" || !isWrong(each, irte, seen)) ??
      // Neither its turn nor its bits: it stands for another write, and its own is still to come.
      able.find((each) => this.owedBefore(each, irte.key).length === 0) ??
      call.steps.find((each) => concerns(each, irte) && this.isRaced(each, irte, seen, call));
    if (step === undefined) return null;
    const at = call.steps.indexOf(step);
    for (const owed of call.steps.slice(0, at)) this.demand(call, owed);
    call.steps = call.steps.slice(step.type === "single" ? at + 1 : at);
    return step;
  }

  /**
   * Marks an element as written; those before it in the list that still owe a write are skipped. If
   * one of them is written after all, this write came before its turn.
   */
  private advance(step: Walk, key: number, event: TwinEvent, verdict: Verdict): void {
    step.done.set(key, event.seq);
    if (step.skipped.delete(key)) this.outOfOrder(step);
    for (const earlier of this.owedBefore(step, key)) {
      step.skipped.add(earlier);
      if (verdict === "explained") step.early ??= event;
    }
  }

  /** Elements before this one in the list that still owe a write, and were not passed over before. */
  private owedBefore(step: Step, key: number): readonly number[] {
    if (step.type === "single") return [];
    const { atEntry, done, skipped, vcpu } = step;
    if (vcpu.changing.includes(key)) return [];
    // What was linked anew meanwhile is at the head now.
    const isBefore = (each: number): boolean =>
      vcpu.list.indexOf(each) < vcpu.list.indexOf(key) || !vcpu.list.includes(key);
    return atEntry
      .slice(0, Math.max(0, atEntry.indexOf(key)))
      .filter((each) => !done.has(each) && !skipped.has(each))
      .filter((each) => stayed(step, this.model.irte(each)) && isBefore(each));
  }

  /** The write that came before its turn is unexpected there. Once for a walk. */
  private outOfOrder(step: Walk): void {
    const { early } = step;
    if (early === null) return;
    step.early = null;
    const irte = this.model.irte(this.kernel.keyOf(early) ?? 0);
    this.counts.explained--;
    this.counts.unexpected++;
    this.onVerdict?.(early, "unexpected", step.rule);
    this.findings.push(this.unexpected(early, irte, bitsOf(early), step.vcpu));
  }

  private accepts(step: Step, irte: IrteModel): boolean {
    if (irte.early.has(step)) return true;
    if (step.type === "single") return step.irte === irte && this.opCanWrite(step, irte);
    if (step.done.has(irte.key)) return false;
    if (isLinked(step, irte.key)) return this.opCanWrite(step, irte);
    // A link made before the recording began shows itself by its first write.
    return !step.vcpu.listKnown && !step.vcpu.corrupt;
  }

  private opCanWrite(step: Step, irte: IrteModel): boolean {
    return predictions(step, irte).length > 0;
  }

  private matched(event: TwinEvent, irte: IrteModel, seen: IrteBits, step: Step, call: Call): void {
    const { root } = call;
    const vcpu = step.type === "walk" ? step.vcpu : null;
    const verdict = this.undecidable(irte, step) ?? this.compare(irte, seen, step, call);
    if (verdict === "explained" && step.rule === SECOND_WRITE) {
      const runs = call.target === null ? null : this.model.vcpu(call.target).lastEvent;
      const proof = evidence(runs, irte.lastWrite, root, event.seq);
      this.invariants.secondWrite(event.seq, irte.key, event.vcpu, proof);
    }
    const [predicted] = predictions(step, irte);
    this.settle(event, irte, seen, verdict, step.rule);
    if (step.type === "walk") this.advance(step, irte.key, event, verdict);
    if (verdict !== "mismatched" || predicted === undefined || predicted === "unknown") return;
    irte.otherwise = predicted.bits;
    this.findings.push({
      kind: "mismatch",
      rule: step.rule,
      seq: event.seq,
      key: irte.key,
      vcpu: vcpu?.vcpu ?? event.vcpu,
      expected: predicted,
      observed: seen,
      cause_seq: root,
      evidence: evidence(...this.inputs(step, irte, call), event.seq),
    });
  }

  /**
   * What a prediction rests on: the entry's last write, the function and what it was told, and for a walk
   * what linked the entry, for a posting the route, for an unposting the host's vector and CPU.
   */
  private inputs(step: Step, irte: IrteModel, call: Call): readonly (number | null)[] {
    return [
      irte.lastWrite,
      call.root,
      step.demandedBy,
      step.type === "walk" ? irte.linkedBy : null,
      step.rule === "T1" ? call.routed : null,
      UNPOSTS.has(step.rule) ? this.model.cfgSeq(irte) || null : null,
    ];
  }

  /** Why a write cannot be judged; null = it can. */
  private undecidable(irte: IrteModel, step: Step): Verdict | null {
    if (step.type === "walk" && !isLinked(step, irte.key)) {
      this.model.append(irte.key, step.vcpu);
      return "unknown";
    }
    const isCorrupt = step.type === "walk" && step.vcpu.corrupt;
    return irte.freed || isCorrupt ? "undefined" : null;
  }

  private compare(irte: IrteModel, seen: IrteBits, step: Step, call: Call): Verdict {
    // Its effect was seen in another CPU's write already; its own write repeats the shadow.
    if (irte.early.delete(step) && repeats(irte, seen, this.pendingFor(irte, call)))
      return "explained";
    const all = predictions(step, irte);
    const known = all.filter((each) => each !== "unknown");
    if (known.length === 0 && all.length > 0) return "unknown";
    const right = known.find((each) => agrees(each, seen));
    if (right !== undefined) return isComplete(right) ? "explained" : "unknown";
    if (this.isRaced(step, irte, seen, call)) return "explained";
    if (irte.dangling) return "undefined";
    return known.length > 0 && canJudgeRule(this.sees, step.rule) ? "mismatched" : "unknown";
  }

  private isRaced(step: Step, irte: IrteModel, seen: IrteBits, call: Call): boolean {
    if (isRepeated(irte, seen, call.root)) return true;
    return isMixed(step, irte, seen, this.pendingFor(irte, call));
  }

  /** Steps of other functions under way that are to write the entry. */
  private *pendingFor(irte: IrteModel, own: Call): IterableIterator<Step> {
    for (const call of this.kernel.open) {
      if (call === own) continue;
      for (const step of call.steps) {
        if (concerns(step, irte)) yield step;
      }
    }
  }

  private unmatched(event: TwinEvent, irte: IrteModel, seen: IrteBits, call: Call | null): void {
    const excuse = this.excuse(event, irte, seen, call);
    if (excuse !== null) {
      this.settle(event, irte, seen, excuse.verdict, excuse.rule);
      return;
    }
    const before = irte.shadow;
    const target = call?.target == null ? null : this.model.vcpu(call.target);
    const row = call?.spared.get(irte.key) ?? null;
    this.settle(event, irte, seen, "unexpected", null);
    irte.otherwise = before ?? seen;
    // It may be a load or put that the recording lost: what the vCPU does is in doubt as well.
    const holder = this.model.holderOf(irte.key);
    if (holder !== null && !this.isAnothers(irte, call)) holder.running = null;
    this.stray({ ...this.unexpected(event, irte, seen, target), row }, call);
  }

  /** Why a write that no step of its function demands may be right all the same; null = it is not. */
  private excuse(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    call: Call | null,
  ): { readonly verdict: Verdict; readonly rule: string | null } | null {
    const { shadow, freed, dangling } = irte;
    if (!this.isSettledSinceGap(event)) return { verdict: "unknown", rule: null };
    if (this.isAnothers(irte, call)) return null;
    const isCorrupt = call?.target != null && this.model.vcpu(call.target).corrupt;
    if (freed || dangling || isCorrupt) return { verdict: "undefined", rule: null };
    if (shadow === null) return { verdict: "unknown", rule: null };
    // The driver was called for it, so no unseen function wrote it.
    if (call?.spared.has(irte.key) === true || !couldBeUnseen(this.sees, shadow, seen)) return null;
    const rule = this.kernel.ruleByBits(irte, event.cpu, seen);
    return { verdict: rule === null ? "unknown" : "explained", rule };
  }

  /** The function writes one entry only, and it is not this one, whatever state this one is in. */
  private isAnothers({ key }: IrteModel, call: Call | null): boolean {
    if (call === null || call.walks || !call.isForOne || call.touched.has(key)) return false;
    return shows(this.sees, "every writer");
  }

  /** A write that nothing explains. What the same function writes besides is counted with it. */
  private stray(finding: WriteFinding, call: Call | null): void {
    const at = call === null ? -1 : this.findings.findLastIndex(({ seq }) => seq === call.stray);
    const first = this.findings[at];
    if (first === undefined) {
      this.findings.push(finding);
      if (call !== null) call.stray = finding.seq;
      return;
    }
    const proof = evidence(...first.evidence, finding.seq);
    this.findings[at] = { ...first, times: (first.times ?? 1) + 1, evidence: proof };
  }

  /** After a gap the first function seen of a task may run inside one that was not. */
  private isSettledSinceGap({ task }: TwinEvent): boolean {
    return this.settled === null || this.settled.has(task);
  }

  private unexpected(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    vcpu: VcpuModel | null,
  ): WriteFinding {
    return {
      kind: "unexpected",
      rule: null,
      seq: event.seq,
      key: irte.key,
      vcpu: vcpu?.vcpu ?? null,
      expected: null,
      observed: seen,
      cause_seq: event.cause_seq,
      evidence: evidence(irte.lastWrite, event.cause_seq, event.seq),
    };
  }

  private settle(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    verdict: Verdict,
    rule: string | null,
  ): void {
    this.counts[verdict]++;
    irte.shadow = seen;
    irte.otherwise = null;
    this.onVerdict?.(event, verdict, rule);
  }
}
