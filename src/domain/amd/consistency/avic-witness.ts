// AVIC of a VM and of its vCPUs: what inhibits it, who takes it up, and that it is loaded with its vCPU.

import { type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type VcpuRow, type VmRow } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { type Doubt, type Witness, type WitnessContext } from "./witness.js";

/** Whether AVIC is active, and the event that showed it. */
interface Shown {
  readonly active: boolean;
  readonly seq: number;
  /** Shown by avic_refresh_apicv_exec_ctrl(), which is called for a change only. */
  readonly isRefresh: boolean;
}

const INHIBITS = new Set<number>([KIND.avic_inhibit_set, KIND.avic_inhibit_cleared]);
/** kvm_apicv_init() sets DISABLED and ABSENT of a new VM by itself. */
const FIRST_REASONS = new Set([0, 2]);

/** IRQWIN: Linux 7.2 and newer print it with a change of any other reason. */
const COMES_WITH_OTHERS = 8;

/** svm_vcpu_load() or put, and what was shown of AVIC when it was entered. */
interface Moving {
  readonly outer: TwinEvent;
  readonly before: Shown | undefined;
}

/** Events that interrupt a function and are no part of it. */
const ASIDES = new Set<number>([
  KIND.host_irq_handled,
  KIND.ga_log_entry,
  KIND.irq_accepted,
  KIND.host_vector_assigned,
  KIND.host_affinity_set,
]);

/** The function of AVIC inside of a load, put, block and unblock. */
const INNER: Readonly<Record<number, number>> = {
  [KIND.vcpu_loaded]: KIND.avic_vcpu_loaded,
  [KIND.vcpu_put]: KIND.avic_vcpu_put,
  [KIND.vcpu_blocking]: KIND.avic_vcpu_put,
  [KIND.vcpu_unblocking]: KIND.avic_vcpu_loaded,
};

/** Watches AVIC. */
export class AvicWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly shown = new Map<VcpuRow, Shown>();
  private readonly inhibits = new Map<VmRow, TwinEvent>();
  /** Kinds of event in which AVIC's function was seen to be called, though a build may inline it. */
  private readonly nested = new Set<number>();
  /** Reasons for an inhibit that the recording has printed. */
  private readonly traced = new Set<number>();
  /** svm_vcpu_load() or put under way, by task. */
  private readonly moving = new Map<number, Moving>();
  private readonly seesBoth: boolean;
  private readonly seesRefresh: boolean;
  /** Which VM is at an address is known. */
  private readonly seesVms: boolean;
  /** A VM was inhibited after its creation: its vCPUs take that up, which a recording may not show. */
  private isInhibited = false;
  private readonly seesNewVms: boolean;

  constructor(at: WitnessContext) {
    this.at = at;
    this.seesBoth = at.seesAll(
      ...[PROBE.svm_vcpu_load, PROBE.svm_vcpu_put, PROBE.avic_vcpu_load, PROBE.avic_vcpu_put],
    );
    this.seesRefresh = at.sees(PROBE.avic_refresh);
    this.seesVms = at.seesAll(PROBE.vm_init, PROBE.vm_destroy, PROBE.avic_vm_init_ret);
    this.seesNewVms = at.seesAll(PROBE.vm_init, PROBE.kvm_apicv_inhibit_changed);
  }

  observe(event: TwinEvent): void {
    this.testInner(event);
    this.testDone(event);
    switch (event.kind) {
      case KIND.avic_inhibit_set:
      case KIND.avic_inhibit_cleared:
        this.testInhibit(event);
        break;
      case KIND.avic_refreshed:
        this.testRefresh(event);
        break;
      case KIND.vcpu_blocking:
      case KIND.vcpu_unblocking:
        this.testActive(event);
        break;
      case KIND.vcpu_destroyed:
        if (event.vcpu !== null) this.shown.delete(event.vcpu);
    }
  }

  forget(): void {
    this.shown.clear();
    this.inhibits.clear();
    this.moving.clear();
  }

  /** C9 */
  private testInhibit(event: TwinEvent): void {
    const { vm, kind } = event;
    const reason = payload.reason(event);
    const now = payload.inhibits(event);
    this.testAsked(event, reason);
    if (kind === KIND.avic_inhibit_set && !FIRST_REASONS.has(reason ?? -1)) this.isInhibited = true;
    if (!this.seesVms) return;
    // Of which VM it is, is not shown: it may be any.
    if (vm === null) this.inhibits.clear();
    if (vm === null || reason === null || now === null) return;
    const last = this.inhibits.get(vm);
    this.inhibits.set(vm, event);
    const before = last === undefined ? null : payload.inhibits(last);
    if (before === null || last === undefined) return;
    const bit = 2 ** reason;
    const had = Math.floor(before / bit) % 2 === 1;
    const isSet = kind === KIND.avic_inhibit_set;
    const expected = before + (isSet ? (had ? 0 : bit) : had ? -bit : 0);
    if (expected !== now) this.at.report("C9", event, [last.seq]);
  }

  /** C15: all but those of a new VM are asked for, and a reason that AVIC has is printed. */
  private testAsked(event: TwinEvent, reason: number | null): void {
    const { before } = this.at;
    if (reason !== null) this.traced.add(reason);
    if (before === undefined || !this.at.sees(PROBE.apicv_inhibit)) return;
    const isOfNewVm = event.kind === KIND.avic_inhibit_set && FIRST_REASONS.has(reason ?? 0);
    const isAsked =
      before.kind === KIND.avic_inhibit_requested && payload.reason(before) === reason;
    const isWithOther = INHIBITS.has(before.kind) && reason === COMES_WITH_OTHERS;
    if (!isAsked && !isOfNewVm && !isWithOther)
      this.at.report("C15", event, [before.seq], { root: null });
  }

  /** C15: the request before this event on its task was not printed. */
  private testDone(event: TwinEvent): void {
    const { before } = this.at;
    if (before === undefined || INHIBITS.has(event.kind)) return;
    if (before.kind === KIND.vm_created && this.seesNewVms)
      this.at.report("C15", event, [before.seq], { key: null, vcpu: null, root: null });
    if (before.kind !== KIND.avic_inhibit_requested) return;
    if (ASIDES.has(event.kind) || !this.traced.has(payload.reason(before) ?? -1)) return;
    this.at.report("C15", event, [before.seq], { key: null, vcpu: null, root: null });
  }

  /** C10 */
  private testRefresh(event: TwinEvent): void {
    const { vcpu, vm } = event;
    const active = payload.apicv_active(event);
    if (vcpu === null || active === null) return;
    const before = this.shown.get(vcpu);
    const inhibit = vm === null ? undefined : this.inhibits.get(vm);
    const inhibits = inhibit === undefined ? null : payload.inhibits(inhibit);
    this.shown.set(vcpu, { active: active !== 0, seq: event.seq, isRefresh: true });
    if (before?.active === (active !== 0)) this.doubt("C10", event, [before.seq]);
    if (inhibits !== null && active !== 0 && inhibits !== 0)
      this.doubt("C10", event, [inhibit?.seq]);
  }

  /** C10: the same value that a refresh, or a load with AVIC, has shown. */
  private testActive(event: TwinEvent): void {
    const active = payload.apicv_active(event);
    if (event.vcpu === null || active === null) return;
    const before = this.shown.get(event.vcpu);
    this.shown.set(event.vcpu, { active: active !== 0, seq: event.seq, isRefresh: false });
    if (before !== undefined && before.active !== (active !== 0) && this.seesRefresh)
      this.doubt("C10", event, [before.seq]);
  }

  /** Whether AVIC is active on the vCPU is not known. */
  private doubt(
    id: "C7" | "C10",
    event: TwinEvent,
    others: readonly (number | undefined)[],
    about: Doubt = {},
  ): void {
    const { vcpu = event.vcpu } = about;
    this.at.report(id, event, others, about);
    if (vcpu !== null) this.at.kernel.model.vcpu(vcpu).active = null;
  }

  /** C7: svm_vcpu_load() and put call AVIC's functions first, or not at all. */
  private testInner(event: TwinEvent): void {
    const { task, kind } = event;
    if (task === null || ASIDES.has(kind)) return;
    const moving = this.moving.get(task);
    this.moving.delete(task);
    if (this.calls(kind) && event.vcpu !== null)
      this.moving.set(task, { outer: event, before: this.shown.get(event.vcpu) });
    if (moving !== undefined) this.testCalled(moving, event);
    else if (this.isInnermost(event)) this.testCaller(event);
  }

  /** Since the series a block or unblock calls an inner function, which is no event. */
  private calls(kind: number): boolean {
    const isMove = kind === KIND.vcpu_loaded || kind === KIND.vcpu_put;
    const isShown = isMove || !this.at.kernel.rules.togglesInOneWrite;
    return this.seesBoth && isShown && INNER[kind] !== undefined;
  }

  private testCalled({ outer, before }: Moving, event: TwinEvent): void {
    const { vcpu } = outer;
    if (vcpu === null) return;
    const isCalled = event.kind === INNER[outer.kind] && event.vcpu === vcpu;
    if (outer.kind === KIND.vcpu_blocking || outer.kind === KIND.vcpu_unblocking) {
      this.testNested(outer, event, isCalled);
      return;
    }
    const { seq } = isCalled ? event : outer;
    // The task may go on long after: what was shown meanwhile counts.
    if (this.shown.get(vcpu) === before)
      this.shown.set(vcpu, { active: isCalled, seq, isRefresh: false });
    if (before === undefined || before.active === isCalled) return;
    if (this.seesRefresh || (!isCalled && !this.isInhibited))
      this.doubt("C7", event, [before.seq, outer.seq], { vcpu, root: outer.seq });
  }

  /** Some builds inline the function of AVIC in a block or unblock: then none of the recording shows it. */
  private testNested(outer: TwinEvent, event: TwinEvent, isCalled: boolean): void {
    const { vcpu, seq } = outer;
    if (isCalled) this.nested.add(outer.kind);
    else if (this.nested.has(outer.kind) && payload.apicv_active(outer) === 1)
      this.at.report("C7", event, [seq], { vcpu, root: seq });
  }

  private isInnermost({ kind }: TwinEvent): boolean {
    return kind === KIND.avic_vcpu_loaded || kind === KIND.avic_vcpu_put;
  }

  /** A load or put of AVIC that no function called. */
  private testCaller(event: TwinEvent): void {
    const { before } = this.at;
    if (event.cause_seq !== null || before === undefined || !this.seesBoth) return;
    if (!this.at.seesAll(PROBE.avic_blocking, PROBE.avic_unblocking)) return;
    // Before the series a refresh calls them as well.
    if (!this.at.sees(PROBE.avic_refresh) && !this.at.kernel.rules.togglesInOneWrite) return;
    this.at.report("C7", event, [before.seq], { root: event.seq });
  }
}
