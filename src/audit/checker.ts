// Compares what the rules demand with what a recording shows. One pass over the events, in order:
// a function's entry says which writes must follow on its task; each observed write is matched with
// them, and what is left when the task goes on is missing.
//
// A function ends, for us, with the next event of its task that is not part of it. Its walk over an
// ir_list must write every element that was linked the whole time; one linked or unlinked meanwhile
// may be written or not, because the events do not order the lock.

import { KIND, type TwinEvent } from "../domain/event.js";
import { isGuestMode, sameBits, type IrteBits } from "../domain/irte.js";
import { agrees, isComplete } from "../domain/irte-rules.js";
import { type Call, type Step, type Walk } from "../domain/calls.js";
import { SECOND_WRITE, decide } from "../domain/decide.js";
import { Kernel, type TagNames } from "../domain/kernel.js";
import { type IrteModel, type Model, type VcpuModel } from "../domain/model.js";
import { type Rules } from "../domain/rules.js";
import { InvariantChecker } from "./invariants.js";
import {
  couldBeUnseen,
  evidence,
  isLinked,
  type Sees,
  type Verdict,
  type WriteCounts,
  type WriteFinding,
} from "./verdict.js";

/** Events that a task prints while another function of it is under way. */
const ASIDES = new Set<number>([
  KIND.host_irq_handled,
  KIND.ga_log_entry,
  KIND.irq_accepted,
  KIND.host_vector_assigned,
]);

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
    this.invariants = new InvariantChecker(rules, this.model, names);
    this.sees = sees;
    this.onVerdict = onVerdict;
  }

  /** Takes the next event. */
  step(event: TwinEvent): void {
    this.endOthers(event);
    this.invariants.observe(event, this.kernel.keyOf(event));
    if (event.kind === KIND.irte_written) this.written(event);
    else decide(this.kernel, event);
  }

  /** The recording is over: a function that is still under way may have been cut off. */
  end(): void {
    for (const call of this.kernel.calls.values()) this.settleCall(call, false);
    this.kernel.calls.clear();
  }

  // --- functions under way ----------------------------------------------------------------------

  /** Ends the task's function unless the event is part of it. */
  private endOthers(event: TwinEvent): void {
    const { task, kind, cpu } = event;
    for (const call of this.kernel.calls.values()) {
      if (call.returned !== null && event.line > call.returned) {
        call.returned = null;
        this.settleCall(call, true);
      }
    }
    const running = this.kernel.onCpu.get(cpu);
    if (running !== undefined && running.task !== task) {
      this.settleCall(running, true);
      this.kernel.onCpu.delete(cpu);
    }
    if (task === null || ASIDES.has(kind)) return;
    const call = this.kernel.calls.get(task);
    if (call === undefined || event.cause_seq === call.root) return;
    this.settleCall(call, true);
    this.kernel.calls.delete(task);
  }

  /** What the function owed is due; `complete`: it had the time to do it. */
  private settleCall(call: Call, complete: boolean): void {
    const { steps, atEnd } = call;
    call.steps = [];
    call.atEnd = [];
    if (complete) for (const step of steps) this.demand(call, step);
    for (const link of atEnd) link();
    const vcpu = call.target === null ? null : this.model.vcpu(call.target);
    if (complete) {
      const keys = [...call.touched, ...(vcpu?.list ?? [])].filter(
        (key) => !this.isBusy(key, call),
      );
      this.invariants.settled(keys, call.last);
    }
    call.touched.clear();
  }

  /** Another function under way is to write the entry, or runs on the vCPU whose list holds it. */
  private isBusy(key: number, own: Call): boolean {
    const irte = this.model.irte(key);
    const holder = this.model.holderOf(key);
    for (const call of this.kernel.calls.values()) {
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
      if (step.owed?.() !== false) this.miss(call, step.irte, step, null);
      return;
    }
    for (const key of step.atEntry) {
      const isOwed = step.skipped.has(key) || step.vcpu.list.includes(key);
      if (isOwed && !step.done.has(key)) this.miss(call, this.model.irte(key), step, step.vcpu);
    }
  }

  private miss(call: Call, irte: IrteModel, step: Step, vcpu: VcpuModel | null): void {
    if (irte.freed || vcpu?.corrupt === true) return;
    const predicted = step.op(irte, irte.shadow);
    if (predicted === null || predicted === "unknown") return;
    this.counts.missing++;
    this.findings.push({
      kind: "missing",
      rule: step.rule,
      seq: call.last,
      key: irte.key,
      vcpu: vcpu?.vcpu ?? call.target,
      expected: predicted,
      observed: null,
      cause_seq: call.root,
      evidence: evidence(irte.lastWrite, call.root, call.last),
    });
    irte.otherwise = irte.shadow;
    irte.shadow = isComplete(predicted) ? predicted.bits : irte.shadow;
  }

  // --- observed writes ----------------------------------------------------------------------------------

  private written(event: TwinEvent): void {
    const key = this.kernel.keyOf(event);
    if (key === null) return;
    this.counts.observed++;
    const irte = this.model.irte(key);
    const onTask = event.task === null ? undefined : this.kernel.calls.get(event.task);
    const call = onTask?.root === event.cause_seq ? onTask : null;
    const step = call === null ? null : this.take(call, irte);
    const seen: IrteBits = { loH: event.loH, loL: event.loL, hiH: event.hiH, hiL: event.hiL };
    if (step === null) this.unmatched(event, irte, seen, call);
    else this.matched(event, irte, seen, step, call?.root ?? null);
    if (!isGuestMode(seen)) this.model.learnDestMode((seen.loL & 0x40) !== 0);
    irte.lastWrite = event.seq;
    irte.lastCause = event.cause;
    if (call === null) return;
    call.last = event.seq;
    call.touched.add(key);
  }

  /** The step that this write fulfils; steps before it that owe writes are missing then. */
  private take(call: Call, irte: IrteModel): Step | null {
    for (let i = 0; i < call.steps.length; i++) {
      const step = call.steps[i];
      if (step === undefined || !this.accepts(step, irte)) continue;
      for (const owed of call.steps.slice(0, i)) this.demand(call, owed);
      call.steps = call.steps.slice(step.type === "single" ? i + 1 : i);
      if (step.type === "walk") this.advance(step, irte.key);
      return step;
    }
    return null;
  }

  /** Marks an element as written; those before it in the list that still owe a write are skipped. */
  private advance(step: Walk, key: number): void {
    step.done.add(key);
    const at = step.atEntry.indexOf(key);
    for (const earlier of step.atEntry.slice(0, Math.max(0, at))) {
      if (!step.done.has(earlier) && step.vcpu.list.includes(earlier)) step.skipped.add(earlier);
    }
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
    if (step.op(irte, irte.shadow) !== null) return true;
    return irte.otherwise !== null && step.op(irte, irte.otherwise) !== null;
  }

  private matched(
    event: TwinEvent,
    irte: IrteModel,
    seen: IrteBits,
    step: Step,
    root: number | null,
  ): void {
    const vcpu = step.type === "walk" ? step.vcpu : null;
    const verdict = this.undecidable(irte, step) ?? this.compare(irte, seen, step);
    if (verdict === "explained" && step.rule === SECOND_WRITE) {
      const proof = evidence(irte.lastWrite, root, event.seq);
      this.invariants.secondWrite(event.seq, irte.key, event.vcpu, proof);
    }
    const predicted = step.op(irte, irte.shadow);
    this.settle(event, irte, seen, verdict, step.rule);
    if (verdict === "unexpected") this.findings.push(this.unexpected(event, irte, seen, vcpu));
    if (verdict !== "mismatched" || predicted === null || predicted === "unknown") return;
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
      evidence: evidence(irte.lastWrite, root, event.seq),
    });
  }

  /** Why a write cannot be judged; null = it can. */
  private undecidable(irte: IrteModel, step: Step): Verdict | null {
    if (step.type === "walk" && !isLinked(step, irte.key)) {
      step.vcpu.list = [...step.vcpu.list, irte.key];
      return "unknown";
    }
    const isCorrupt = step.type === "walk" && step.vcpu.corrupt;
    return irte.freed || isCorrupt ? "undefined" : null;
  }

  private compare(irte: IrteModel, seen: IrteBits, step: Step): Verdict {
    if (irte.early.delete(step) && irte.shadow !== null) {
      // Its effect was seen in another CPU's write already; its own write repeats the shadow.
      if (sameBits(irte.shadow, seen)) return "explained";
    }
    const predicted = step.op(irte, irte.shadow);
    if (predicted === "unknown" || predicted === null) return "unknown";
    if (step.type === "walk" && step.skipped.delete(irte.key)) return "unexpected";
    const isRight =
      agrees(predicted, seen) ||
      this.agreesOtherwise(step, irte, seen) ||
      this.agreesAfterRace(step, irte, seen);
    if (!isRight) return "mismatched";
    return isComplete(predicted) ? "explained" : "unknown";
  }

  /** If the write before was misreported, this one shows what it really was. */
  private agreesOtherwise(step: Step, irte: IrteModel, seen: IrteBits): boolean {
    if (irte.otherwise === null) return false;
    const predicted = step.op(irte, irte.otherwise);
    return predicted !== null && predicted !== "unknown" && agrees(predicted, seen);
  }

  /**
   * Before the series KVM's loads and puts and the IOMMU driver's updates share an entry's shadow
   * without a common lock: a write may carry what another CPU has just put there, ahead of that
   * CPU's own write.
   */
  private agreesAfterRace(step: Step, irte: IrteModel, seen: IrteBits): boolean {
    if (irte.shadow === null) return false;
    for (const other of this.pendingFor(irte, step)) {
      const theirs = other.op(irte, irte.shadow);
      if (theirs === null || theirs === "unknown" || !isComplete(theirs)) continue;
      const both = step.op(irte, theirs.bits);
      if (both === "unknown" || !agrees(both ?? theirs, seen)) continue;
      irte.early.add(other);
      return true;
    }
    return false;
  }

  /** Steps of other functions under way that are to write the entry. */
  private *pendingFor(irte: IrteModel, own: Step): IterableIterator<Step> {
    for (const call of this.kernel.calls.values()) {
      for (const step of call.steps) {
        if (step === own) continue;
        if (
          step.type === "single"
            ? step.irte === irte
            : isLinked(step, irte.key) && !step.done.has(irte.key)
        ) {
          yield step;
        }
      }
    }
  }

  private unmatched(event: TwinEvent, irte: IrteModel, seen: IrteBits, call: Call | null): void {
    const target = call?.target == null ? null : this.model.vcpu(call.target);
    const isUndefined = irte.freed || target?.corrupt === true;
    if (isUndefined || irte.shadow === null || couldBeUnseen(this.sees, irte.shadow, seen)) {
      this.settle(event, irte, seen, isUndefined ? "undefined" : "unknown", null);
      return;
    }
    const before = irte.shadow;
    this.settle(event, irte, seen, "unexpected", null);
    irte.otherwise = before;
    this.findings.push(this.unexpected(event, irte, seen, target));
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
